from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0023_offsets_of_sessions")]

    operations = [
        migrations.AlterModelOptions(
            name="timeentry",
            options={
                "permissions": [("export_timeentry", "Can take the list of hours along")],
                "verbose_name": "time entry",
                "verbose_name_plural": "time entries",
            },
        ),
    ]
