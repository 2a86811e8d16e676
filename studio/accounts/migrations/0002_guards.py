"""Rows of the record stay as they are, and somebody always holds the highest role.

The functions live in each studio's own schema and name none, so they work wherever the schema is restored to.
"""

from django.db import migrations

# Two changes pass: the foreign key emptying account_id when the account is deleted (an action of the database
# runs one trigger deep, a statement of ours does not, so a living link cannot be nulled by hand), and, where
# columns are named to the trigger, filling those in while the first of them is still empty.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION append_only_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    old_row jsonb := to_jsonb(OLD);
    new_row jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        new_row := to_jsonb(NEW);
        IF pg_trigger_depth() > 1
            AND new_row ->> 'account_id' IS NULL
            AND new_row - 'account_id' = old_row - 'account_id'
        THEN
            RETURN NEW;
        END IF;
        IF TG_NARGS > 0
            AND old_row ->> TG_ARGV[0] IS NULL
            AND new_row ->> TG_ARGV[0] IS NOT NULL
            AND new_row - TG_ARGV = old_row - TG_ARGV
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed or deleted.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$body$;

CREATE TRIGGER account_sessions_append_only BEFORE UPDATE OR DELETE ON account_sessions
    FOR EACH ROW EXECUTE FUNCTION append_only_guard('ended_at', 'end_reason', 'updated_at');

CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION append_only_guard();
"""

APPEND_ONLY_BACK = """
DROP TRIGGER audit_events_append_only ON audit_events;
DROP TRIGGER account_sessions_append_only ON account_sessions;
DROP FUNCTION append_only_guard();
"""

# The role's row is locked before the holders are counted: of two people leaving at once, the second waits and
# then sees the first one gone.
LAST_OWNER = """
CREATE OR REPLACE FUNCTION last_owner_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    top_role integer;
    is_held boolean;
BEGIN
    FOR top_role IN EXECUTE format(
        'SELECT g.id FROM %1$I.auth_group g
         WHERE g.name IN (''owner'', ''operator'') AND CASE $1
             WHEN ''user_roles'' THEN g.id = ($2 ->> ''group_id'')::integer
             ELSE EXISTS (SELECT FROM %1$I.user_roles r WHERE r.group_id = g.id AND r.user_id = $2 ->> ''id'')
         END
         ORDER BY g.id FOR NO KEY UPDATE OF g',
        TG_TABLE_SCHEMA) USING TG_TABLE_NAME, to_jsonb(OLD)
    LOOP
        EXECUTE format(
            'SELECT EXISTS (
                SELECT FROM %1$I.user_roles r JOIN %1$I.users u ON u.id = r.user_id
                WHERE r.group_id = $1 AND u.is_active)',
            TG_TABLE_SCHEMA) INTO is_held USING top_role;
        IF NOT is_held THEN
            RAISE EXCEPTION 'The last account with the highest role stays.'
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'user_roles_last_owner';
        END IF;
    END LOOP;
    RETURN NULL;
END
$body$;

CREATE TRIGGER user_roles_last_owner AFTER UPDATE OR DELETE ON user_roles
    FOR EACH ROW EXECUTE FUNCTION last_owner_guard();

CREATE TRIGGER users_last_owner AFTER UPDATE OF is_active ON users
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION last_owner_guard();
"""

LAST_OWNER_BACK = """
DROP TRIGGER users_last_owner ON users;
DROP TRIGGER user_roles_last_owner ON user_roles;
DROP FUNCTION last_owner_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
        migrations.RunSQL(LAST_OWNER, LAST_OWNER_BACK),
    ]
