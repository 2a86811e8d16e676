"""Credits add up whoever writes them, rows of the ledger and of pay stay as they are, sessions are charged to their own.

The functions live in each studio's own schema and name none, so they work wherever the schema is restored to.
"""

from django.db import migrations

# A link that the database empties because what it pointed to is deleted passes (an action of the database runs one
# trigger deep, a statement of ours does not); the trigger names the links.
KEPT = """
CREATE OR REPLACE FUNCTION training_kept_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    old_row jsonb := to_jsonb(OLD);
    new_row jsonb;
    link text;
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        new_row := to_jsonb(NEW);
        FOREACH link IN ARRAY TG_ARGV LOOP
            IF new_row ->> link IS NULL THEN
                old_row := old_row - link;
                new_row := new_row - link;
            END IF;
        END LOOP;
        IF new_row = old_row THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER credit_entries_append_only BEFORE UPDATE OR DELETE ON credit_entries
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('session_id', 'account_id');

CREATE TRIGGER trainer_pay_lines_append_only BEFORE UPDATE OR DELETE ON trainer_pay_lines
    FOR EACH ROW EXECUTE FUNCTION training_kept_guard('trainer_id', 'session_id', 'account_id');
"""

KEPT_BACK = """
DROP TRIGGER trainer_pay_lines_append_only ON trainer_pay_lines;
DROP TRIGGER credit_entries_append_only ON credit_entries;
DROP FUNCTION training_kept_guard();
"""

# Session and subscription are locked before their entries are added up: of two who take the last credit, the second
# waits and then sees the first one's entry. In the order in which the services lock them, and weaker than the lock of
# a deletion, so that the keys' own locks do not wait for it.
BALANCE = """
CREATE OR REPLACE FUNCTION credit_entries_balance_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    left_over bigint;
    of_session bigint;
    of_session_here bigint;
BEGIN
    IF NEW.session_id IS NOT NULL THEN
        EXECUTE format('SELECT FROM %I.training_sessions WHERE id = $1 FOR NO KEY UPDATE', TG_TABLE_SCHEMA)
            USING NEW.session_id;
    END IF;
    EXECUTE format('SELECT FROM %I.subscriptions WHERE id = $1 FOR NO KEY UPDATE', TG_TABLE_SCHEMA)
        USING NEW.subscription_id;
    EXECUTE format('SELECT sum(quantity) FROM %I.credit_entries WHERE subscription_id = $1', TG_TABLE_SCHEMA)
        INTO left_over USING NEW.subscription_id;
    IF left_over < 0 THEN
        RAISE EXCEPTION 'Subscription % would have % credits.', NEW.subscription_id, left_over
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'credit_entries_never_below_zero';
    END IF;
    IF NEW.session_id IS NOT NULL THEN
        EXECUTE format(
            'SELECT sum(quantity), coalesce(sum(quantity) FILTER (WHERE subscription_id = $2), 0)
             FROM %I.credit_entries WHERE session_id = $1 AND kind IN (''used'', ''returned'')', TG_TABLE_SCHEMA)
            INTO of_session, of_session_here USING NEW.session_id, NEW.subscription_id;
        IF of_session NOT IN (-1, 0) OR of_session_here NOT IN (-1, 0) THEN
            RAISE EXCEPTION 'Session % would be charged % times.', NEW.session_id, -of_session
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                    CONSTRAINT = 'credit_entries_session_once';
        END IF;
    END IF;
    RETURN NULL;
END
$body$;

CREATE TRIGGER credit_entries_balance AFTER INSERT ON credit_entries
    FOR EACH ROW EXECUTE FUNCTION credit_entries_balance_guard();
"""

BALANCE_BACK = """
DROP TRIGGER credit_entries_balance ON credit_entries;
DROP FUNCTION credit_entries_balance_guard();
"""

# A key on two columns: without a subscription it does not apply (MATCH SIMPLE).
OWN = """
ALTER TABLE training_sessions ADD CONSTRAINT training_sessions_charged_to_own
FOREIGN KEY (subscription_id, member_id) REFERENCES subscriptions (id, member_id)
"""

OWN_BACK = "ALTER TABLE training_sessions DROP CONSTRAINT training_sessions_charged_to_own"


class Migration(migrations.Migration):
    dependencies = [("training", "0011_memberships")]

    operations = [
        migrations.RunSQL(KEPT, KEPT_BACK),
        migrations.RunSQL(BALANCE, BALANCE_BACK),
        migrations.RunSQL(OWN, OWN_BACK),
    ]
