"""Every member gets a client: the one they had, else one of the same name and address that nobody is, or a new one.

Who had which client waits in `adoption_rows` on the way back: a member without an address is not known by it.
"""

from django.db import migrations
from django.db.models.functions import Lower

TODAY = "members: taken back to before their clients"

RESTORE_CLIENTS = f"""
    UPDATE members m SET client_id = c.id
    FROM adoption_rows r JOIN adoption_sources s ON s.id = r.source_id AND s.name = '{TODAY}', clients c
    WHERE r.row_id = m.id::text AND c.id = (r.content ->> 'client_id')::bigint AND c.merged_into_id IS NULL
      AND m.client_id IS NULL;
    DELETE FROM adoption_rows WHERE source_id IN (SELECT id FROM adoption_sources WHERE name = '{TODAY}');
    DELETE FROM adoption_sources WHERE name = '{TODAY}'
"""

KEEP_CLIENTS = f"""
    INSERT INTO adoption_sources (name, marks, adopted_at)
    SELECT '{TODAY}', '[]', now() WHERE EXISTS (SELECT FROM members WHERE client_id IS NOT NULL)
    ON CONFLICT (name) DO NOTHING;
    INSERT INTO adoption_rows (source_id, table_name, row_id, content, reason)
    SELECT source.id, 'members', m.id::text, jsonb_build_object('client_id', m.client_id),
           'The former shape of members has no clients.'
    FROM members m, adoption_sources source WHERE m.client_id IS NOT NULL AND source.name = '{TODAY}'
    ON CONFLICT (source_id, table_name, row_id) DO UPDATE SET content = excluded.content
"""


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
    """Link the clients that are there already under a member's name and address, and make the others."""
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
        migrations.RunSQL(RESTORE_CLIENTS, KEEP_CLIENTS),
        migrations.RunPython(settle_emails, migrations.RunPython.noop),
        migrations.RunPython(make_clients, migrations.RunPython.noop),
        migrations.RunPython(name_referrers, migrations.RunPython.noop),
    ]
