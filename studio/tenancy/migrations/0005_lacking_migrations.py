"""The question a deploy's gate asks: which schemas lack a migration of this program.

A schema that is ahead lacks nothing: the program may go back one release without touching a schema.
"""

from django.db import migrations

LACKING = """
CREATE OR REPLACE FUNCTION extensions.lacking_migrations(wanted text[])
RETURNS TABLE (schema_name text, lacking bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place text;
BEGIN
    FOR place IN SELECT 'public' UNION ALL SELECT s.schema_name FROM public.studios s WHERE s.status <> 'provisioning'
    LOOP
        schema_name := place;
        lacking := cardinality(wanted);
        IF to_regclass(format('%I.django_migrations', place)) IS NOT NULL THEN
            EXECUTE format(
                'SELECT count(*) FROM unnest($1) w WHERE NOT EXISTS ('
                ' SELECT FROM %I.django_migrations m WHERE (m.app || ''.'' || m.name) = w)', place
            ) INTO lacking USING wanted;
        END IF;
        IF lacking > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION extensions.lacking_migrations(text[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_schema_references")]

    operations = [migrations.RunSQL(LACKING, "DROP FUNCTION IF EXISTS extensions.lacking_migrations(text[])")]
