"""Who may wait for a provider at once: few of those who answer pages, and few jobs.

The doors are as those of 0010. What they write is worth nothing once the server has died, so nobody waits for the disk.
"""

import django.db.models.functions.datetime
from django.db import migrations, models


# A place is skipped while somebody takes or leaves it: nobody waits here. A call takes ten seconds at most.
TAKE = """
CREATE OR REPLACE FUNCTION extensions.take_provider_place(
    who text, whose text, places integer, OUT is_left_alone boolean, OUT lease uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    free bigint;
    counted bigint;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    is_left_alone := false;
    SELECT count(*) INTO counted FROM provider_places p
    WHERE p.provider = who AND p.share = whose AND p.number <= places;
    IF counted < places THEN
        INSERT INTO provider_places (provider, share, number) SELECT who, whose, generate_series(1, places)
        ON CONFLICT DO NOTHING;
    END IF;
    SELECT p.id INTO free FROM provider_places p
    WHERE p.provider = who AND p.share = whose AND p.number <= places
        AND (p.taken_until IS NULL OR p.taken_until < clock_timestamp())
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF free IS NULL THEN
        RETURN;
    END IF;
    is_left_alone := NOT extensions.may_call_provider(who);
    IF is_left_alone THEN
        RETURN;
    END IF;
    UPDATE provider_places p
    SET lease = gen_random_uuid(), taken_until = clock_timestamp() + interval '15 seconds', updated_at = clock_timestamp()
    WHERE p.id = free RETURNING p.lease INTO take_provider_place.lease;
END $$;
"""

LEAVE = """
CREATE OR REPLACE FUNCTION extensions.leave_provider_place(who text, held uuid, answered boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE provider_places SET lease = NULL, taken_until = NULL, updated_at = clock_timestamp()
    WHERE provider = who AND lease = held;
    IF answered IS NOT NULL THEN
        PERFORM extensions.note_provider_call(who, answered);
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0013_routes_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                ("provider", models.CharField(max_length=20)),
                ("share", models.CharField(choices=[("pages", "Pages"), ("jobs", "Jobs")], max_length=10)),
                ("number", models.PositiveIntegerField()),
                ("lease", models.UUIDField(blank=True, null=True)),
                ("taken_until", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "provider_places",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "share", "number"), name="provider_places_counted_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("share__in", ["pages", "jobs"])), name="provider_places_share_known"
                    ),
                ],
            },
        ),
        migrations.RunSQL(TAKE, "DROP FUNCTION IF EXISTS extensions.take_provider_place(text, text, integer)"),
        migrations.RunSQL(LEAVE, "DROP FUNCTION IF EXISTS extensions.leave_provider_place(text, uuid, boolean)"),
    ]
