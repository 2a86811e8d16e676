"""The doors through which a studio says which payments are its own, and by which it asks after its account.

As in 0003: they run as the owner, do one thing each, and a studio's role may use them for its own studio only.
"""

from django.db import migrations

OWN_PLACE_ONLY = """
    IF current_setting('role') LIKE 'tenant\\_%' AND place IS DISTINCT FROM current_setting('role') THEN
        RAISE EXCEPTION 'payments of % are not those of %', place, current_setting('role') USING ERRCODE = '42501';
    END IF;
"""

ACCOUNT_OF = f"""
CREATE OR REPLACE FUNCTION extensions.payment_account_of(place text)
RETURNS TABLE (provider_account text, is_ready boolean) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN {OWN_PLACE_ONLY}
    RETURN QUERY SELECT a.provider_account::text, a.is_ready FROM payment_accounts a
        JOIN studios s ON s.id = a.studio_id WHERE s.schema_name = place;
END $$;
"""

# The platform's own account, "", is given by an operator, and never by a studio to itself.
CONNECT = f"""
CREATE OR REPLACE FUNCTION extensions.connect_payment_account(place text, account text, ready boolean, who text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN {OWN_PLACE_ONLY}
    IF account = '' THEN
        RAISE EXCEPTION 'an account has a name' USING ERRCODE = '42501';
    END IF;
    INSERT INTO payment_accounts AS a (studio_id, provider_account, is_ready, connected_by)
    SELECT id, account, ready, who FROM studios WHERE schema_name = place
    ON CONFLICT (studio_id) DO UPDATE
        SET provider_account = excluded.provider_account, is_ready = excluded.is_ready,
            connected_by = CASE WHEN who = '' THEN a.connected_by ELSE who END, updated_at = now();
END $$;
"""

ROUTE = f"""
CREATE OR REPLACE FUNCTION extensions.route_payment(place text, attempt uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN {OWN_PLACE_ONLY}
    INSERT INTO payment_routes (attempt_key, studio_id) SELECT attempt, id FROM studios WHERE schema_name = place;
END $$;
"""

# After five calls in a row without an answer nobody asks for half a minute; then one may try.
MAY_CALL = """
CREATE OR REPLACE FUNCTION extensions.may_call_provider(who text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM provider_breakers WHERE provider = who AND opened_at IS NOT NULL;
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    UPDATE provider_breakers SET opened_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE provider = who AND opened_at < clock_timestamp() - interval '30 seconds';
    RETURN FOUND;
END $$;
"""

NOTE_CALL = """
CREATE OR REPLACE FUNCTION extensions.note_provider_call(who text, answered boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF answered THEN
        UPDATE provider_breakers SET failures = 0, opened_at = NULL, updated_at = clock_timestamp()
        WHERE provider = who AND failures > 0;
        RETURN;
    END IF;
    INSERT INTO provider_breakers AS b (provider, failures) VALUES (who, 1)
    ON CONFLICT (provider) DO UPDATE SET failures = b.failures + 1, updated_at = clock_timestamp(),
        opened_at = CASE WHEN b.failures >= 4 THEN clock_timestamp() ELSE b.opened_at END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0009_payment_accounts")]

    operations = [
        migrations.RunSQL(ACCOUNT_OF, "DROP FUNCTION IF EXISTS extensions.payment_account_of(text)"),
        migrations.RunSQL(
            CONNECT, "DROP FUNCTION IF EXISTS extensions.connect_payment_account(text, text, boolean, text)"
        ),
        migrations.RunSQL(ROUTE, "DROP FUNCTION IF EXISTS extensions.route_payment(text, uuid)"),
        migrations.RunSQL(MAY_CALL, "DROP FUNCTION IF EXISTS extensions.may_call_provider(text)"),
        migrations.RunSQL(NOTE_CALL, "DROP FUNCTION IF EXISTS extensions.note_provider_call(text, boolean)"),
    ]
