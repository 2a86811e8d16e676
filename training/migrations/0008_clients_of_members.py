"""Every member gets a client: one of the same name and address that nobody else is, or a new one."""

from django.db import migrations
from django.db.models.functions import Lower


def settle_emails(apps, schema_editor):
    """Write addresses in lower case; of two that differ by case alone the second goes to the notes."""
    members = apps.get_model("training", "Member").objects
    known = set(members.filter(email=Lower("email")).values_list("email", flat=True))
    for member in members.exclude(email=Lower("email")).order_by("created_at", "pk"):
        address = member.email.lower()
        if address in known:
            member.notes = "\n".join(filter(None, [member.notes, member.email]))
            member.email = ""
        else:
            member.email = address
            known.add(address)
        member.save(update_fields=["email", "notes"])


def make_clients(apps, schema_editor):
    """Link the clients that are there already, e.g. after a way back, and make the others."""
    clients = apps.get_model("sessions_app", "Client").objects
    members = apps.get_model("training", "Member").objects
    profile = apps.get_model("office", "StudioProfile").objects.first()
    waiting = list(members.filter(client=None).order_by("created_at", "pk"))
    if not waiting:
        return
    taken = set(members.exclude(client=None).values_list("client", flat=True))
    present = clients.filter(kind="individual", merged_into=None).exclude(email="").order_by("pk")
    known = {(name, email.lower()): key for key, name, email in present.values_list("pk", "name", "email")}
    for member in waiting:
        name = f"{member.first_name} {member.last_name}".strip() or "?"
        key = known.get((name[:255], member.email))
        if key is None or key in taken:
            key = clients.create(
                name=name[:255],
                first_name=member.first_name[:100],
                last_name=member.last_name[:100],
                email=member.email,
                phone=member.phone,
                birthday=member.date_of_birth,
                currency=profile.currency if profile else "EUR",
            ).pk
        taken.add(key)
        member.client_id = key
    members.bulk_update(waiting, ["client"], batch_size=500)


def name_referrers(apps, schema_editor):
    """Write the referrer's name beside the link, for when the link is gone."""
    members = apps.get_model("training", "Member").objects
    for member in members.exclude(referred_by_member=None).select_related("referred_by_member"):
        referrer = member.referred_by_member
        member.referred_by_label = f"{referrer.first_name} {referrer.last_name}".strip()
        member.save(update_fields=["referred_by_label"])


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0007_members_in_full"),
        ("sessions_app", "0021_request_message_brief"),
        ("office", "0006_fingerprint_of_uploads"),
    ]

    operations = [
        migrations.RunPython(settle_emails, migrations.RunPython.noop),
        migrations.RunPython(make_clients, migrations.RunPython.noop),
        migrations.RunPython(name_referrers, migrations.RunPython.noop),
    ]
