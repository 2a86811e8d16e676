"""Former training sessions get a machine and one member; their places go into the notes.

Every statement may run again. Forwards: machine 1 is made when there are sessions, and has them all; the one confirmed
member becomes the session's, of a cancelled one also the member whose booking was cancelled with it; further members
are set aside in `adoption_rows`; a location becomes the last line of the notes; a type nobody knows lives on, switched
off; sessions that overlap on their machine, by their trainer or by their member get `overlap_kept`.

Backwards: places and members go back to where they were. What the former shape has no column for waits in
`adoption_rows` for the next time forwards. Sessions without a trainer get a placeholder, which the output tells.
`updated_at` stays as it is both ways: nobody changed anything.
"""

from django.db import migrations

FORMER_MEMBERS = "training_session_members: before one member a session"
TODAY = "training_sessions: taken back to before machines"
PLACEHOLDER = "00000000-0000-4000-8000-000000000000"

SEED_TYPES = """
    INSERT INTO session_types (code, name, colour, attendee, takes_credit, counts_in_cap, position)
    SELECT seed.code, seed.name, seed.colour, seed.attendee, seed.takes_credit, seed.counts_in_cap, seed.position
    FROM (VALUES
        ('trial', 'Trial', '#2563eb', 'trial', false, true, 1),
        ('member', 'Member', '#16a34a', 'full', true, true, 2),
        ('contractual', 'Contractual', '#ea580c', 'trial', false, true, 3),
        ('makeup', 'Make-up', '#1e3a8a', 'full', true, true, 4),
        ('multi_site', 'Multi-site', '#9333ea', 'guest', false, true, 5),
        ('collaboration', 'Collaboration', '#65a30d', 'collaboration', false, true, 6),
        ('non_bookable', 'Not bookable', '#dc2626', 'nobody', false, false, 7),
        ('outage', 'Outage', '#64748b', 'nobody', false, false, 8)
    ) AS seed (code, name, colour, attendee, takes_credit, counts_in_cap, position)
    WHERE EXISTS (SELECT FROM studio_profile) OR EXISTS (SELECT FROM training_sessions)
    ON CONFLICT (code) DO NOTHING
"""

# Types of old, 'standard' and 'trail' among them, stay what their sessions are called; nobody can choose them again.
KEEP_FORMER_TYPES = """
    UPDATE training_sessions SET session_type = btrim(session_type) WHERE session_type <> btrim(session_type);
    INSERT INTO session_types (code, name, is_active)
    SELECT DISTINCT session_type, session_type, false FROM training_sessions
    WHERE session_type <> '' AND session_type NOT IN (SELECT code FROM session_types)
"""

KEPT = f"adoption_rows r JOIN adoption_sources s ON s.id = r.source_id AND s.name = '{TODAY}'"

# Before the seeds, so that a type that was renamed keeps its name.
RESTORE_TYPES = f"""
    INSERT INTO session_types (code, name, description, colour, attendee, takes_credit, counts_in_cap, position,
                               is_active, created_at, updated_at)
    SELECT kept.* FROM {KEPT}, jsonb_to_record(r.content) AS kept (code text, name text, description text,
        colour text, attendee text, takes_credit boolean, counts_in_cap boolean, position smallint,
        is_active boolean, created_at timestamptz, updated_at timestamptz)
    WHERE r.table_name = 'session_types'
    ON CONFLICT (code) DO NOTHING
"""

MACHINES = f"""
    INSERT INTO machines (id, machine_number, name, is_available, retired_at, created_at, updated_at)
    SELECT kept.* FROM {KEPT}, jsonb_to_record(r.content) AS kept (id uuid, machine_number int, name text,
        is_available boolean, retired_at timestamptz, created_at timestamptz, updated_at timestamptz)
    WHERE r.table_name = 'machines'
    ON CONFLICT DO NOTHING;
    INSERT INTO machines (machine_number, name)
    SELECT 1, 'Machine 1' WHERE EXISTS (SELECT FROM training_sessions)
    ON CONFLICT (machine_number) DO NOTHING
"""

RESTORE_SESSIONS = f"""
    UPDATE training_sessions t SET
        machine_id = (SELECT id FROM machines WHERE id = kept.machine_id),
        trainer_label = kept.trainer_label, guest_first_name = kept.guest_first_name,
        guest_last_name = kept.guest_last_name, guest_gym_name = kept.guest_gym_name,
        actual_start = kept.actual_start, actual_end = kept.actual_end,
        cancellation_reason = kept.cancellation_reason, cancelled_at = kept.cancelled_at,
        cancelled_by_id = (SELECT id FROM users WHERE id = kept.cancelled_by_id),
        cancelled_by_label = kept.cancelled_by_label
    FROM {KEPT}, jsonb_to_record(r.content) AS kept (machine_id uuid, trainer_label text, guest_first_name text,
             guest_last_name text, guest_gym_name text, actual_start timestamptz, actual_end timestamptz,
             cancellation_reason text, cancelled_at timestamptz, cancelled_by_id text, cancelled_by_label text)
    WHERE r.table_name = 'training_sessions' AND r.row_id = t.id::text;
    DELETE FROM adoption_rows WHERE source_id IN (SELECT id FROM adoption_sources WHERE name = '{TODAY}');
    DELETE FROM adoption_sources WHERE name = '{TODAY}'
"""

MACHINE_ONE = """
    UPDATE training_sessions SET machine_id = (SELECT id FROM machines WHERE machine_number = 1)
    WHERE machine_id IS NULL
"""

LABEL_TRAINERS = f"""
    UPDATE training_sessions SET trainer_id = NULL WHERE trainer_id = '{PLACEHOLDER}';
    DELETE FROM trainers WHERE id = '{PLACEHOLDER}';
    UPDATE training_sessions s SET trainer_label = btrim(t.first_name || ' ' || t.last_name)
    FROM trainers t WHERE t.id = s.trainer_id AND s.trainer_label = ''
"""

FOLD_MEMBERS = """
    WITH ranked AS (
        SELECT link.session_id, link.member_id, s.status AS session_status,
               link.booking_status IN ('cancelled', 'waitlisted') AS is_out,
               row_number() OVER (
                   PARTITION BY link.session_id
                   ORDER BY link.booking_status IN ('cancelled', 'waitlisted'), link.created_at, link.id
               ) AS place
        FROM training_session_members link JOIN training_sessions s ON s.id = link.session_id
    )
    UPDATE training_sessions s SET member_id = ranked.member_id FROM ranked
    WHERE ranked.session_id = s.id AND ranked.place = 1 AND s.member_id IS NULL
      AND (NOT ranked.is_out OR ranked.session_status = 'cancelled')
"""

SET_FURTHER_MEMBERS_ASIDE = f"""
    INSERT INTO adoption_sources (name, marks, adopted_at)
    SELECT '{FORMER_MEMBERS}', '[]', now()
    WHERE EXISTS (
        SELECT FROM training_session_members link JOIN training_sessions s ON s.id = link.session_id
        WHERE link.member_id IS DISTINCT FROM s.member_id
    )
    ON CONFLICT (name) DO NOTHING;
    INSERT INTO adoption_rows (source_id, table_name, row_id, content, reason)
    SELECT source.id, 'training_session_members', link.id::text, to_jsonb(link),
           'A session has one member. This one was booked beside another, cancelled, or waiting.'
    FROM training_session_members link JOIN training_sessions s ON s.id = link.session_id, adoption_sources source
    WHERE link.member_id IS DISTINCT FROM s.member_id AND source.name = '{FORMER_MEMBERS}'
    ON CONFLICT (source_id, table_name, row_id) DO UPDATE SET content = excluded.content
"""

SETTLE_TYPES = """
    UPDATE training_sessions SET session_type = CASE WHEN member_id IS NULL THEN 'non_bookable' ELSE 'member' END
    WHERE coalesce(session_type, '') = '' OR (session_type = 'multi_site' AND member_id IS NOT NULL);
    UPDATE training_sessions SET guest_first_name = 'unknown', guest_last_name = 'unknown', guest_gym_name = 'unknown'
    WHERE session_type = 'multi_site' AND guest_last_name = ''
"""

COUNT_PARTICIPANTS = """
    UPDATE training_sessions SET current_participants = (member_id IS NOT NULL OR guest_last_name <> '')::int
    WHERE current_participants IS DISTINCT FROM (member_id IS NOT NULL OR guest_last_name <> '')::int
"""

KEEP_LOCATIONS = r"""
    UPDATE training_sessions SET notes = concat_ws(E'\n', nullif(notes, ''), 'Location: ' || location), location = NULL
    WHERE location <> ''
"""

FILL_EMPTY = """
    UPDATE training_sessions SET status = coalesce(status, 'scheduled'), notes = coalesce(notes, '')
    WHERE status IS NULL OR notes IS NULL;
    UPDATE trainers SET email = '' WHERE email IS NULL;
    UPDATE members SET phone = coalesce(phone, ''), gender = coalesce(gender, ''), notes = coalesce(notes, ''),
                       uniform_size = coalesce(uniform_size, '')
    WHERE phone IS NULL OR gender IS NULL OR notes IS NULL OR uniform_size IS NULL
"""

# By the order of their starts, a session overlaps another when an earlier one ends after it starts, or the next one
# starts before it ends.
MARK_OVERLAPS = """
    UPDATE training_sessions s SET overlap_kept = true
    FROM (
        SELECT id,
               max(scheduled_end) OVER (PARTITION BY resource ORDER BY scheduled_start, id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > scheduled_start AS is_late,
               lead(scheduled_start) OVER (PARTITION BY resource ORDER BY scheduled_start, id) < scheduled_end AS is_long
        FROM (
            SELECT id, scheduled_start, scheduled_end, status, unnest(ARRAY[machine_id, trainer_id, member_id]) AS resource
            FROM training_sessions
        ) used
        WHERE resource IS NOT NULL AND status <> 'cancelled'
    ) met
    WHERE met.id = s.id AND (met.is_late OR met.is_long) AND NOT s.overlap_kept
"""

FORWARDS = [
    RESTORE_TYPES,
    SEED_TYPES,
    KEEP_FORMER_TYPES,
    MACHINES,
    RESTORE_SESSIONS,
    MACHINE_ONE,
    LABEL_TRAINERS,
    FOLD_MEMBERS,
    SET_FURTHER_MEMBERS_ASIDE,
    SETTLE_TYPES,
    COUNT_PARTICIPANTS,
    KEEP_LOCATIONS,
    FILL_EMPTY,
    MARK_OVERLAPS,
]

KEEP_TODAY = f"""
    INSERT INTO adoption_sources (name, marks, adopted_at)
    SELECT '{TODAY}', '[]', now() WHERE EXISTS (SELECT FROM machines) OR EXISTS (SELECT FROM session_types)
    ON CONFLICT (name) DO NOTHING;
    INSERT INTO adoption_rows (source_id, table_name, row_id, content, reason)
    SELECT source.id, kept.table_name, kept.row_id, kept.content,
           'The former shape of training sessions has no place for it.'
    FROM adoption_sources source, (
        SELECT 'machines' AS table_name, m.id::text AS row_id, to_jsonb(m) AS content FROM machines m
        UNION ALL
        SELECT 'session_types', type.code, to_jsonb(type) FROM session_types type
        UNION ALL
        SELECT 'training_sessions', t.id::text, to_jsonb(t)
        FROM training_sessions t JOIN machines m ON m.id = t.machine_id
        WHERE m.machine_number <> 1 OR (t.trainer_id IS NULL AND t.trainer_label <> '') OR t.guest_last_name <> ''
           OR t.actual_start IS NOT NULL OR t.cancellation_reason <> '' OR t.cancelled_at IS NOT NULL
    ) kept
    WHERE source.name = '{TODAY}'
    ON CONFLICT (source_id, table_name, row_id) DO UPDATE SET content = excluded.content
"""

RESTORE_LOCATIONS = r"""
    UPDATE training_sessions SET location = substring(notes FROM '(?:^|\n)Location: ([^\n]*)$'),
                                 notes = regexp_replace(notes, '(?:^|\n)Location: [^\n]*$', '')
    WHERE notes ~ '(?:^|\n)Location: [^\n]*$';
    UPDATE training_sessions SET notes = NULL WHERE notes = '';
    UPDATE members SET notes = NULL WHERE notes = ''
"""

# A moment before the others of the session, so that the next time forwards it is the first again.
RESTORE_MEMBERS = f"""
    INSERT INTO training_session_members (session_id, member_id, booking_status, created_at, updated_at)
    SELECT id, member_id, CASE WHEN status IN ('cancelled', 'no_show') THEN status ELSE 'confirmed' END,
           created_at - interval '1 microsecond', updated_at
    FROM training_sessions WHERE member_id IS NOT NULL
    ON CONFLICT (session_id, member_id) DO NOTHING;
    INSERT INTO training_session_members (id, session_id, member_id, booking_status, created_at, updated_at)
    SELECT link.id, link.session_id, link.member_id, link.booking_status, link.created_at, link.updated_at
    FROM adoption_rows r JOIN adoption_sources s ON s.id = r.source_id AND s.name = '{FORMER_MEMBERS}',
         jsonb_to_record(r.content) AS link (id uuid, session_id uuid, member_id uuid, booking_status text,
                                             created_at timestamptz, updated_at timestamptz)
    WHERE EXISTS (SELECT FROM training_sessions t WHERE t.id = link.session_id)
      AND EXISTS (SELECT FROM members m WHERE m.id = link.member_id)
    ON CONFLICT (session_id, member_id) DO NOTHING
"""

PLACE_HOLDER = f"""
    INSERT INTO trainers (id, first_name, last_name)
    SELECT '{PLACEHOLDER}', 'Unassigned', '(placeholder)'
    WHERE EXISTS (SELECT FROM training_sessions WHERE trainer_id IS NULL)
    ON CONFLICT (id) DO NOTHING;
    UPDATE training_sessions SET trainer_id = '{PLACEHOLDER}' WHERE trainer_id IS NULL
"""

BACKWARDS = [KEEP_TODAY, RESTORE_LOCATIONS, RESTORE_MEMBERS, PLACE_HOLDER]


def tell_placeholder(apps, schema_editor):
    """Say how many sessions are about to get the placeholder for a trainer."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM training_sessions WHERE trainer_id IS NULL")
        (count,) = cursor.fetchone()
    if count:
        schema = schema_editor.connection.schema_name
        print(f"{schema}: {count} training session(s) without a trainer now name 'Unassigned (placeholder)'.")


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0002_machines_and_types"),
        ("office", "0002_adoption_rows"),
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(migrations.RunPython.noop, tell_placeholder),
    ]
