"""A mail that the mail server has accepted is called sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_reply_to")]

    operations = [
        migrations.AlterField(
            model_name="emailmessage",
            name="state",
            field=models.CharField(
                choices=[("queued", "waiting"), ("sent", "sent"), ("failed", "not sent"), ("bounced", "returned")],
                db_default="queued",
                default="queued",
                max_length=16,
                verbose_name="state",
            ),
        ),
    ]
