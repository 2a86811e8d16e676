"""The right to connect the studio's account at Stripe."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0042_studio_of_payments")]

    operations = [
        migrations.AlterModelOptions(
            name="paymentattempt",
            options={
                "permissions": [("connect_paymentattempt", "Can connect the studio's account at Stripe")],
                "verbose_name": "payment at Stripe",
                "verbose_name_plural": "payments at Stripe",
            },
        ),
    ]
