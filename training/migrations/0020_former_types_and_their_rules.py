"""Former types behave as what they are called today; rules that came later survive a way back.

`standard` was a member's session and `trail` a misspelt trial: their sessions keep the word and take credits, or none,
as those do. `0003` keeps a studio's types on the way back, when the rules of `0005` are gone already: so they wait in
`adoption_rows` from here on, for the next time forwards.
"""

from django.db import migrations

RULES = "session_types: taken back to before the rules of 0005"
KEPT = f"adoption_rows r JOIN adoption_sources s ON s.id = r.source_id AND s.name = '{RULES}'"

# Where somebody has given a former type rules of its own, they stay.
NAME_FORMER_RULES = """
    UPDATE session_types SET attendee = 'full', takes_credit = true
    WHERE code = 'standard' AND attendee = 'anyone' AND NOT takes_credit AND NOT is_active;
    UPDATE session_types SET attendee = 'trial'
    WHERE code = 'trail' AND attendee = 'anyone' AND NOT takes_credit AND NOT is_active
"""

RESTORE_RULES = f"""
    UPDATE session_types type SET billed_apart = kept.billed_apart, skips_cap = kept.skips_cap
    FROM {KEPT}, jsonb_to_record(r.content) AS kept (billed_apart boolean, skips_cap boolean)
    WHERE r.row_id = type.code;
    DELETE FROM adoption_rows WHERE source_id IN (SELECT id FROM adoption_sources WHERE name = '{RULES}');
    DELETE FROM adoption_sources WHERE name = '{RULES}'
"""

KEEP_RULES = f"""
    INSERT INTO adoption_sources (name, marks, adopted_at)
    SELECT '{RULES}', '[]', now() WHERE EXISTS (SELECT FROM session_types)
    ON CONFLICT (name) DO NOTHING;
    INSERT INTO adoption_rows (source_id, table_name, row_id, content, reason)
    SELECT source.id, 'session_types', type.code, to_jsonb(type), 'The former shape of types has no such rules.'
    FROM session_types type, adoption_sources source WHERE source.name = '{RULES}'
    ON CONFLICT (source_id, table_name, row_id) DO UPDATE SET content = excluded.content
"""


class Migration(migrations.Migration):
    dependencies = [("training", "0019_fine_quantities_of_pay"), ("office", "0002_adoption_rows")]

    operations = [
        migrations.RunSQL(NAME_FORMER_RULES, migrations.RunSQL.noop),
        migrations.RunSQL(RESTORE_RULES, KEEP_RULES),
    ]
