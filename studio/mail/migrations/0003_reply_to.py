from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0002_search_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="emailmessage",
            name="reply_to",
            field=models.EmailField(
                blank=True,
                db_default="",
                default="",
                help_text="Empty: to the sender.",
                max_length=254,
                verbose_name="answers go to",
            ),
        ),
    ]
