"""How a studio keeps what Stripe told: called by `extensions.hand_over_event`, as the studio itself."""

from django.db import migrations

# What is kept is asked after in a statement of its own: another may have kept it while this one waited.
KEEP = """
CREATE FUNCTION keep_told_event(told jsonb) RETURNS boolean LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO stripe_events (event_id, type, provider_account, is_live, object_id, payload, received_at)
    VALUES (
        told ->> 'event_id', told ->> 'type', told ->> 'provider_account', (told ->> 'is_live')::boolean,
        told ->> 'object_id', told -> 'payload', (told ->> 'received_at')::timestamptz)
    ON CONFLICT (event_id) DO NOTHING;
    RETURN FOUND OR EXISTS (
        SELECT FROM stripe_events WHERE event_id = told ->> 'event_id' AND settled_at IS NULL);
END
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0043_connecting")]

    operations = [migrations.RunSQL(KEEP, "DROP FUNCTION keep_told_event(jsonb);")]
