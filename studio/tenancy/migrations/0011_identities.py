"""A studio has an identity that its backups and copies share, and a copy knows the addresses of its backup."""

from uuid import uuid4

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

# What was a copy already is one studio with its original.
OF_COPIES = """
    UPDATE studios c SET uid = o.uid FROM studios o WHERE o.id = c.copy_of_id
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0010_payment_doors")]

    operations = [
        migrations.AddField(
            model_name="studio",
            name="uid",
            field=models.UUIDField(
                db_default=RandomUUID(),
                default=uuid4,
                editable=False,
                help_text="Who it is, on whichever installation: its backups, and the copies made of them, have the same.",
                verbose_name="identity",
            ),
        ),
        migrations.AddField(
            model_name="studio",
            name="former_slug",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="studio",
            name="former_hosts",
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name="releasedname",
            name="studio_uid",
            field=models.UUIDField(
                help_text="Who gave it up, and may have it again. Empty: that was not written down.", null=True
            ),
        ),
        migrations.RunSQL(OF_COPIES, migrations.RunSQL.noop),
    ]
