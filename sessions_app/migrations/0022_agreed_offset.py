from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0021_request_message_brief"),
    ]

    operations = [
        migrations.AddField(
            model_name="studiosession",
            name="agreed_offset",
            field=models.SmallIntegerField(
                blank=True,
                editable=False,
                help_text="Minutes, of the studio's clock at the start. Empty: not known.",
                null=True,
                verbose_name="ahead of UTC when agreed",
            ),
        ),
    ]
