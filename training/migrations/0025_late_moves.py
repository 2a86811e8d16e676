"""A session that is moved when it is too late to cancel it stays late."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0024_displaced_and_back")]

    operations = [
        migrations.AddField(
            model_name="trainingsession",
            name="binding_start",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="The start by which cancelling it counts as late. Empty: its own; it was never moved too late.",
                null=True,
                verbose_name="moved too late from",
            ),
        ),
    ]
