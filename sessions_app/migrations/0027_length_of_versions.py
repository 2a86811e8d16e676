from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0026_more_notices")]

    operations = [
        migrations.AddField(
            model_name="trackversion",
            name="length",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                editable=False,
                help_text="Seconds, as its bytes say. Empty: they do not, e.g. those of an MP3.",
                max_digits=9,
                null=True,
                verbose_name="length",
            ),
        ),
        migrations.AddConstraint(
            model_name="trackversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("length__isnull", True), ("length__gt", 0), _connector="OR"),
                name="track_versions_length_above_zero",
                violation_error_message="Audio lasts longer than nothing.",
            ),
        ),
    ]
