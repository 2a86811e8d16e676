"""The hour at which coming sessions stand on the studio's clock today counts as the one that was agreed."""

from itertools import batched
from zoneinfo import ZoneInfo

from django.db import migrations
from django.db.models.functions import Now

AT_ONCE = 1000


def note_offsets(apps, schema_editor):
    profile = apps.get_model("office", "StudioProfile").objects.first()
    if profile is None:
        return
    zone = ZoneInfo(profile.time_zone)
    sessions = apps.get_model("sessions_app", "StudioSession").objects
    coming = sessions.filter(starts_at__gt=Now(), agreed_offset__isnull=True).only("starts_at").order_by("pk")
    for some in batched(coming.iterator(chunk_size=AT_ONCE), AT_ONCE):
        for session in some:
            session.agreed_offset = session.starts_at.astimezone(zone).utcoffset().total_seconds() // 60
        sessions.bulk_update(some, ["agreed_offset"])


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0022_agreed_offset"), ("office", "0001_initial")]

    operations = [migrations.RunPython(note_offsets, migrations.RunPython.noop)]
