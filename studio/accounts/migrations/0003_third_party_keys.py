"""The keys of other people's tables go with the account in the database too, so that a plain DELETE works.

Their models say CASCADE in Python only. Each key is made again under its own name; running this twice changes
nothing.
"""

from django.db import migrations

MAKE_AGAIN = """
DO $body$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT c.conname AS name, c.conrelid::regclass AS child, c.confrelid::regclass AS parent,
               a.attname AS column_name, p.attname AS parent_column
        FROM pg_constraint c
        JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        JOIN pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = c.confkey[1]
        WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace
          AND c.confdeltype <> '{kind}'
          AND (t.relname, a.attname) IN (
              ('account_emailaddress', 'user_id'),
              ('account_emailconfirmation', 'email_address_id'),
              ('mfa_authenticator', 'user_id'),
              ('django_admin_log', 'user_id'))
    LOOP
        EXECUTE format(
            'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %s (%I)
             ON DELETE {action} DEFERRABLE INITIALLY DEFERRED',
            key.child, key.name, key.name, key.column_name, key.parent, key.parent_column);
    END LOOP;
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_guards"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunSQL(
            MAKE_AGAIN.format(kind="c", action="CASCADE"),
            MAKE_AGAIN.format(kind="a", action="NO ACTION"),
        ),
    ]
