from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0018_charged_sessions_stay")]

    operations = [
        migrations.AlterField(
            model_name="trainerpay",
            name="quantity",
            field=models.DecimalField(decimal_places=6, max_digits=12, verbose_name="quantity"),
        ),
        migrations.AlterField(
            model_name="sessionoutcome",
            name="charged_here",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The credit was taken by this act, not by the booking.",
                verbose_name="charged at completion",
            ),
        ),
    ]
