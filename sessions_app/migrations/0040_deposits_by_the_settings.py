"""Deposits of sessions at the list's price follow it, as they did; any other stays as it is until somebody says so."""

from django.db import migrations

SAY = "UPDATE sessions SET deposit_source = 'rules' WHERE total_source = 'rules' AND deposit_source <> 'rules'"


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0039_source_of_deposit")]

    operations = [migrations.RunSQL(SAY, migrations.RunSQL.noop)]
