"""Bank debits, as what a payment was made by. There is no way back once one is in the books: it has no other name."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0048_decline_code"),
        ("office", "0013_fixed_deposit"),
        ("sessions_app", "0040_deposits_by_the_settings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="expense",
            name="expenses_method_known",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payments_method_known",
        ),
        migrations.AlterField(
            model_name="expense",
            name="payment_method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("card", "card"),
                    ("cash", "cash"),
                    ("transfer", "transfer"),
                    ("debit", "bank debit"),
                    ("cheque", "cheque"),
                    ("other", "other"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=16,
                verbose_name="paid by",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="method",
            field=models.CharField(
                choices=[
                    ("card", "card"),
                    ("cash", "cash"),
                    ("transfer", "transfer"),
                    ("debit", "bank debit"),
                    ("cheque", "cheque"),
                    ("other", "other"),
                ],
                db_default="transfer",
                default="transfer",
                max_length=16,
                verbose_name="method",
            ),
        ),
        migrations.AddConstraint(
            model_name="expense",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payment_method__in", ["", "card", "cash", "transfer", "debit", "cheque", "other"])
                ),
                name="expenses_method_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("method__in", ["card", "cash", "transfer", "debit", "cheque", "other"])),
                name="payments_method_known",
            ),
        ),
    ]
