"""Every posting is added to the days of the ledger, whoever writes; nobody else writes those.

As with the days of sessions (sessions_app 0036), whose guard they have.
"""

from django.db import migrations

COUNT = """
CREATE OR REPLACE FUNCTION ledger_days_count() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('
        INSERT INTO %1$I.ledger_days
            (booked_on, currency, ledger_account, vat_category, vat_percent, debit, credit)
        SELECT t.booked_on, t.currency, e.ledger_account, e.vat_category, e.vat_percent, sum(e.debit), sum(e.credit)
        FROM added e JOIN %1$I.ledger_transactions t ON t.id = e.transaction_id
        WHERE NOT t.is_test GROUP BY 1, 2, 3, 4, 5', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$body$;

CREATE TRIGGER ledger_entries_days_added AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_days_count();
"""

COUNT_BACK = """
DROP TRIGGER ledger_entries_days_added ON ledger_entries;
DROP FUNCTION ledger_days_count();
"""

REBUILD = """
CREATE OR REPLACE FUNCTION ledger_days_fold(home text) RETURNS bigint LANGUAGE plpgsql AS $body$
DECLARE
    made bigint;
BEGIN
    PERFORM set_config('studio.adding_up', 'on', true);
    EXECUTE format('
        WITH several AS (
            SELECT booked_on, currency, ledger_account, vat_category, vat_percent FROM %1$I.ledger_days
            GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1),
        gone AS (
            DELETE FROM %1$I.ledger_days d USING several s
            WHERE (d.booked_on, d.currency, d.ledger_account, d.vat_category)
                = (s.booked_on, s.currency, s.ledger_account, s.vat_category)
                AND d.vat_percent IS NOT DISTINCT FROM s.vat_percent
            RETURNING d.booked_on, d.currency, d.ledger_account, d.vat_category, d.vat_percent, d.debit, d.credit)
        INSERT INTO %1$I.ledger_days
            (booked_on, currency, ledger_account, vat_category, vat_percent, debit, credit)
        SELECT booked_on, currency, ledger_account, vat_category, vat_percent, sum(debit), sum(credit)
        FROM gone GROUP BY 1, 2, 3, 4, 5', home);
    GET DIAGNOSTICS made = ROW_COUNT;
    PERFORM set_config('studio.adding_up', 'off', true);
    RETURN made;
END
$body$;

CREATE OR REPLACE FUNCTION ledger_days_rebuild(home text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM set_config('studio.adding_up', 'on', true);
    EXECUTE format('LOCK TABLE %I.ledger_days IN SHARE ROW EXCLUSIVE MODE', home);
    EXECUTE format('DELETE FROM %I.ledger_days', home);
    EXECUTE format('
        INSERT INTO %1$I.ledger_days
            (booked_on, currency, ledger_account, vat_category, vat_percent, debit, credit)
        SELECT t.booked_on, t.currency, e.ledger_account, e.vat_category, e.vat_percent, sum(e.debit), sum(e.credit)
        FROM %1$I.ledger_entries e JOIN %1$I.ledger_transactions t ON t.id = e.transaction_id
        WHERE NOT t.is_test GROUP BY 1, 2, 3, 4, 5', home);
    PERFORM set_config('studio.adding_up', 'off', true);
END
$body$;

CREATE OR REPLACE FUNCTION ledger_days_anew() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('SELECT %1$I.ledger_days_rebuild(%1$L)', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$body$;

CREATE TRIGGER ledger_entries_days_emptied AFTER TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_days_anew();
"""

REBUILD_BACK = """
DROP TRIGGER ledger_entries_days_emptied ON ledger_entries;
DROP FUNCTION ledger_days_anew();
DROP FUNCTION ledger_days_rebuild(text);
DROP FUNCTION ledger_days_fold(text);
"""

GUARD = """
CREATE TRIGGER ledger_days_kept BEFORE INSERT OR UPDATE OR DELETE ON ledger_days
    FOR EACH STATEMENT EXECUTE FUNCTION days_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0024_ledger_days"), ("sessions_app", "0036_session_days_kept")]

    operations = [
        migrations.RunSQL(COUNT, COUNT_BACK),
        migrations.RunSQL(REBUILD, REBUILD_BACK),
        # What is there already.
        migrations.RunSQL("SELECT ledger_days_rebuild(current_schema())", migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, "DROP TRIGGER ledger_days_kept ON ledger_days"),
    ]
