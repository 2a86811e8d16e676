"""Extensions in a schema of their own, and the roles that are not a studio's.

An extension made by a tenant migration lands in the first studio's schema, and dropping that studio
silently removes every other studio's constraints that use it.
"""

from django.db import migrations

from studio.tenancy.services import roles

EXTENSIONS = """
CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA extensions;
CREATE OR REPLACE FUNCTION extensions.immutable_unaccent(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT extensions.unaccent('extensions.unaccent', $1) $$;
GRANT USAGE ON SCHEMA extensions TO PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"""


def make_roles(apps, schema_editor):
    roles.ensure_base_roles()


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        # The extensions and roles stay when this is taken back: other tables may stand on them.
        migrations.RunSQL(EXTENSIONS, migrations.RunSQL.noop),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
