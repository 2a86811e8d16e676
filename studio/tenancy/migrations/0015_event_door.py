"""The door by which something that the payment provider told goes into its studio, in one statement.

Unlike those of 0003 and 0010 it runs with the caller's rights: the platform's role reads whose it is, the studio's own
role keeps it, and nobody can do by it what he could not do without.
"""

from django.db import migrations

HAND_OVER = """
CREATE FUNCTION extensions.hand_over_event(
    account text, attempt uuid, told jsonb, updated_since timestamptz,
    queue text, task text, arguments jsonb, queueing_lock text
) RETURNS TABLE (place text, problem text) LANGUAGE plpgsql AS $$
DECLARE
    role_before text := current_setting('role');
    path_before text := current_setting('search_path');
    home record;
    is_open boolean;
BEGIN
    SELECT s.id, s.schema_name, s.status, s.migrating_since INTO home
    FROM public.payment_accounts a JOIN public.studios s ON s.id = a.studio_id WHERE a.provider_account = account;
    IF NOT FOUND THEN
        RETURN QUERY SELECT '', 'account';
        RETURN;
    ELSIF home.status IN ('provisioning', 'closing') THEN
        RETURN QUERY SELECT '', 'closed';
        RETURN;
    ELSIF attempt IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.payment_routes r WHERE r.attempt_key = attempt AND r.studio_id = home.id)
    THEN
        RETURN QUERY SELECT '', 'payment';
        RETURN;
    ELSIF home.migrating_since > updated_since THEN
        RETURN QUERY SELECT '', 'updating';
        RETURN;
    END IF;
    -- As `inside()` enters, and no longer than this takes. A failure takes it back by itself.
    PERFORM set_config('role', home.schema_name, true),
        set_config('search_path', home.schema_name || ', extensions', true);
    EXECUTE format('SELECT %I.keep_told_event($1)', home.schema_name) INTO is_open USING told;
    IF is_open THEN
        PERFORM extensions.defer_job(
            queue, task, jsonb_build_object('schema', home.schema_name) || arguments,
            home.schema_name || ':' || queueing_lock, NULL);
    END IF;
    PERFORM set_config('role', role_before, true), set_config('search_path', path_before, true);
    RETURN QUERY SELECT home.schema_name::text, '';
END $$;
"""
HAND_OVER_BACK = "DROP FUNCTION extensions.hand_over_event(text, uuid, jsonb, timestamptz, text, text, jsonb, text)"


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0014_provider_places")]

    operations = [migrations.RunSQL(HAND_OVER, HAND_OVER_BACK)]
