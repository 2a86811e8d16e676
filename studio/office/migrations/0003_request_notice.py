from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("office", "0002_adoption_rows"),
    ]

    operations = [
        migrations.AddField(
            model_name="studioprofile",
            name="request_notice_hours",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="Hours before the start until which clients may ask for a time. 0: until it begins.",
                verbose_name="notice of a request",
            ),
        ),
    ]
