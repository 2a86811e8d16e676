"""Whoever referred somebody was not referred by them, directly or through others.

The function lives in each studio's own schema and names none, so it works wherever the schema is restored to.
"""

from django.db import migrations

# Two clerks who each close one half of a circle do not see each other's half: the lock lets the second one wait, and
# its question, a statement of its own, then sees what the first has committed.
# Deferrable, so that several referrals can be turned round in one transaction.
GUARD = """
CREATE OR REPLACE FUNCTION members_referral_guard() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    in_circle boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_SCHEMA || ':members_referral', 0));
    EXECUTE format(
        'WITH RECURSIVE referrers AS ('
        '  SELECT $1 AS id'
        '  UNION'
        '  SELECT m.referred_by_member_id FROM %I.members m JOIN referrers r ON m.id = r.id'
        '  WHERE m.referred_by_member_id IS NOT NULL'
        ') SELECT EXISTS (SELECT FROM referrers WHERE id = $2)', TG_TABLE_SCHEMA)
        INTO in_circle USING NEW.referred_by_member_id, NEW.id;
    IF in_circle THEN
        RAISE EXCEPTION 'Member % would be referred by themselves, through others.', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                CONSTRAINT = 'members_referral_no_circle';
    END IF;
    RETURN NULL;
END
$body$;

CREATE CONSTRAINT TRIGGER members_referral_no_circle
    AFTER INSERT OR UPDATE OF referred_by_member_id ON members
    DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW WHEN (NEW.referred_by_member_id IS NOT NULL)
    EXECUTE FUNCTION members_referral_guard();
"""

GUARD_BACK = """
DROP TRIGGER members_referral_no_circle ON members;
DROP FUNCTION members_referral_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("training", "0009_members_have_clients")]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
