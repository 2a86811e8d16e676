"""Postings have a number without a gap, which is given once."""

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION payments_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := TG_ARGV;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND NEW.account_id IS NULL THEN
            changing := changing || 'account_id'::text;
        END IF;
        IF to_jsonb(NEW) - changing = to_jsonb(OLD) - changing
            AND (TG_TABLE_NAME <> 'payments' OR (
                to_jsonb(OLD) ->> 'state' IN ('pending', to_jsonb(NEW) ->> 'state')
                AND to_jsonb(OLD) ->> 'provider_id' IN ('', to_jsonb(NEW) ->> 'provider_id')))
            AND (to_jsonb(OLD) ->> 'number' IS NULL OR to_jsonb(OLD) ->> 'number' = to_jsonb(NEW) ->> 'number')
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

DROP TRIGGER ledger_transactions_kept ON ledger_transactions;
CREATE TRIGGER ledger_transactions_kept BEFORE UPDATE OR DELETE ON ledger_transactions
    FOR EACH ROW EXECUTE FUNCTION payments_guard('client_id', 'number', 'updated_at');
"""

GUARD_BACK = """
CREATE OR REPLACE FUNCTION payments_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := TG_ARGV;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND NEW.account_id IS NULL THEN
            changing := changing || 'account_id'::text;
        END IF;
        IF to_jsonb(NEW) - changing = to_jsonb(OLD) - changing
            AND (TG_TABLE_NAME <> 'payments' OR (
                to_jsonb(OLD) ->> 'state' IN ('pending', to_jsonb(NEW) ->> 'state')
                AND to_jsonb(OLD) ->> 'provider_id' IN ('', to_jsonb(NEW) ->> 'provider_id')))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

DROP TRIGGER ledger_transactions_kept ON ledger_transactions;
CREATE TRIGGER ledger_transactions_kept BEFORE UPDATE OR DELETE ON ledger_transactions
    FOR EACH ROW EXECUTE FUNCTION payments_guard('client_id', 'updated_at');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0029_former_payments"),
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
        # A number that is given stays.
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]
