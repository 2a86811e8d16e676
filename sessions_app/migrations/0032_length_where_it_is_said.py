from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0031_version_by_what_is_shown"),
    ]

    operations = [
        migrations.AlterField(
            model_name="trackversion",
            name="length",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                editable=False,
                help_text="Seconds, as its bytes say. Empty: their beginning does not.",
                max_digits=9,
                null=True,
                verbose_name="length",
            ),
        ),
    ]
