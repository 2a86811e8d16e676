"""What was counted at a closing stands in the ledger; a contract keeps the name that was signed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0021_former_guards"),
        ("sessions_app", "0034_client_last_paid_on"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_entries_account_known",
        ),
        migrations.RemoveConstraint(
            model_name="ledgertransaction",
            name="ledger_transactions_kind_known",
        ),
        migrations.AddField(
            model_name="contract",
            name="client_label",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=255, verbose_name="client"
            ),
        ),
        migrations.AddField(
            model_name="ledgertransaction",
            name="closing",
            field=models.OneToOneField(
                blank=True,
                help_text="The closing that found a difference, or took cash out; empty elsewhere.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ledger_transaction",
                to="billing.tillclosing",
                verbose_name="day closing",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="ledger_account",
            field=models.CharField(
                choices=[
                    ("receivables", "owed by clients"),
                    ("client_credit", "credit of clients"),
                    ("deposits", "deposits invoiced"),
                    ("revenue", "revenue"),
                    ("vat", "VAT"),
                    ("rounding", "rounding"),
                    ("cash", "cash"),
                    ("bank", "bank"),
                    ("clearing", "payment provider"),
                    ("fees", "fees"),
                    ("disputed", "disputed"),
                    ("cash_difference", "cash differences"),
                    ("transit", "cash taken out of the till"),
                ],
                db_default="revenue",
                default="revenue",
                max_length=16,
                verbose_name="account",
            ),
        ),
        migrations.AlterField(
            model_name="ledgertransaction",
            name="client",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty where the till was counted: that is about no client.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sessions_app.client",
                verbose_name="client",
            ),
        ),
        migrations.AlterField(
            model_name="ledgertransaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("issue", "issued"),
                    ("credit", "credited"),
                    ("payment", "paid"),
                    ("allocation", "put against a document"),
                    ("refund", "paid back"),
                    ("fee", "fee"),
                    ("dispute", "disputed"),
                    ("closing", "day closed"),
                    ("opening", "taken over"),
                ],
                db_default="issue",
                default="issue",
                max_length=16,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ledger_account__in",
                        [
                            "receivables",
                            "client_credit",
                            "deposits",
                            "revenue",
                            "vat",
                            "rounding",
                            "cash",
                            "bank",
                            "clearing",
                            "fees",
                            "disputed",
                            "cash_difference",
                            "transit",
                        ],
                    )
                ),
                name="ledger_entries_account_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["issue", "credit", "payment", "allocation", "refund", "fee", "dispute", "closing", "opening"],
                    )
                ),
                name="ledger_transactions_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("client__isnull", True),
                        ("closing__isnull", False),
                        ("invoice__isnull", True),
                        ("is_test", False),
                        ("kind", "closing"),
                        ("payment__isnull", True),
                    ),
                    models.Q(
                        models.Q(("kind", "closing"), _negated=True),
                        ("client__isnull", False),
                        ("closing__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="ledger_transactions_of_client_or_till",
            ),
        ),
    ]
