"""What Stripe was asked, and what it told, stays as it was; only what became of it is written later.

As in 0002, the functions live in each studio's own schema.
"""

from importlib import import_module

from django.db import migrations

# The columns that may change are the trigger's arguments; Stripe's numbers and our links to money are filled in once.
KEPT = """
CREATE OR REPLACE FUNCTION stripe_kept_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    changing text[] := TG_ARGV || 'updated_at'::text;
    once text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND to_jsonb(NEW) ->> 'account_id' IS NULL THEN
            changing := changing || 'account_id'::text;
        END IF;
        FOREACH once IN ARRAY
            ARRAY['checkout_session_id', 'payment_intent_id', 'refund_id', 'payment_id', 'attempt_id', 'late_at'] LOOP
            IF coalesce(to_jsonb(OLD) ->> once, '') <> '' AND to_jsonb(OLD) ->> once <> to_jsonb(NEW) ->> once THEN
                changing := array_remove(changing, once);
            END IF;
        END LOOP;
        IF to_jsonb(NEW) - changing = to_jsonb(OLD) - changing
            AND (to_jsonb(OLD) ->> 'state' <> 'succeeded' OR to_jsonb(NEW) ->> 'state' = 'succeeded'
                OR (TG_TABLE_NAME = 'refund_attempts' AND to_jsonb(NEW) ->> 'state' = 'failed'))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'What was asked of Stripe, or told by it, stays: % %.', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER payment_attempts_kept BEFORE UPDATE OR DELETE ON payment_attempts
    FOR EACH ROW EXECUTE FUNCTION stripe_kept_guard(
        'state', 'checkout_session_id', 'payment_intent_id', 'url', 'error', 'payment_id', 'late_at', 'late_settled_at');
CREATE TRIGGER refund_attempts_kept BEFORE UPDATE OR DELETE ON refund_attempts
    FOR EACH ROW EXECUTE FUNCTION stripe_kept_guard('state', 'refund_id', 'error');
CREATE TRIGGER stripe_events_kept BEFORE UPDATE OR DELETE ON stripe_events
    FOR EACH ROW EXECUTE FUNCTION stripe_kept_guard('state', 'problem', 'tries', 'settled_at', 'attempt_id');
"""

KEPT_BACK = """
DROP TRIGGER stripe_events_kept ON stripe_events;
DROP TRIGGER refund_attempts_kept ON refund_attempts;
DROP TRIGGER payment_attempts_kept ON payment_attempts;
DROP FUNCTION stripe_kept_guard();
"""

# What a provider paid back can come back later, when the client's bank refuses it.
PAYMENTS = import_module("billing.migrations.0003_money_guards").PAYMENTS.partition("CREATE TRIGGER")[0]
STATE = "to_jsonb(OLD) ->> 'state' IN ('pending', to_jsonb(NEW) ->> 'state')"
COMES_BACK = """(to_jsonb(OLD) ->> 'state' IN ('pending', to_jsonb(NEW) ->> 'state')
                    OR (to_jsonb(OLD) ->> 'state' = 'settled' AND to_jsonb(NEW) ->> 'state' = 'failed'
                        AND to_jsonb(OLD) ->> 'direction' = 'out' AND to_jsonb(OLD) ->> 'provider' <> ''))"""
PAYMENTS_COMING_BACK = PAYMENTS.replace(STATE, COMES_BACK)


class Migration(migrations.Migration):
    dependencies = [("billing", "0030_payments_at_stripe")]

    operations = [
        migrations.RunSQL(KEPT, KEPT_BACK),
        migrations.RunSQL(PAYMENTS_COMING_BACK, PAYMENTS),
    ]
