"""Postings have a number without a gap, which is given once."""

from importlib import import_module

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# A number that is given stays.
KEPT = import_module("billing.migrations.0031_stripe_guards").PAYMENTS_COMING_BACK
ONCE = """
            AND (to_jsonb(OLD) ->> 'number' IS NULL OR to_jsonb(OLD) ->> 'number' = to_jsonb(NEW) ->> 'number')
        THEN"""
KEPT_NUMBERS = KEPT.replace("\n        THEN", ONCE)
POSTINGS = """
DROP TRIGGER ledger_transactions_kept ON ledger_transactions;
CREATE TRIGGER ledger_transactions_kept BEFORE UPDATE OR DELETE ON ledger_transactions
    FOR EACH ROW EXECUTE FUNCTION payments_guard('client_id', 'number', 'updated_at');
"""
POSTINGS_BACK = POSTINGS.replace("'number', ", "")


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0031_stripe_guards"),
        ("sessions_app", "0038_days_of_use"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ledgertransaction",
            name="number",
            field=models.PositiveIntegerField(
                blank=True,
                editable=False,
                help_text="Among the postings of its month in its currency, without a gap; given at night, and it stays.",
                null=True,
                verbose_name="number",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgertransaction",
            index=models.Index(
                condition=models.Q(("is_test", False), ("number__isnull", True)),
                fields=["id"],
                name="ledger_transactions_to_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number__isnull", True), models.Q(("is_test", False), ("number__gte", 1)), _connector="OR"
                ),
                name="ledger_transactions_number_from_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.UniqueConstraint(
                models.F("currency"),
                django.db.models.functions.datetime.ExtractYear("booked_on"),
                django.db.models.functions.datetime.ExtractMonth("booked_on"),
                models.F("number"),
                name="ledger_transactions_number_once",
            ),
        ),
        # What stands guard over the numbers, once there are some.
        migrations.RunSQL(KEPT_NUMBERS, KEPT),
        migrations.RunSQL(POSTINGS, POSTINGS_BACK),
    ]
