"""What can be done by hand to constraints, indexes, triggers and other objects, and how that is told."""

from tests.superuser import by_superuser

# Names of the cluster's own in the sentences: {me} is the schema and its role, {owner} the login.
RULES = {
    "constraint dropped": (
        "ALTER TABLE rooms DROP CONSTRAINT rooms_rate_not_negative",
        ["constraint rooms.rooms_rate_not_negative is missing."],
    ),
    "unique constraint dropped": (
        "ALTER TABLE rooms DROP CONSTRAINT rooms_name_unique",
        ["constraint rooms.rooms_name_unique is missing."],
    ),
    "exclusion dropped": (
        "ALTER TABLE bookings DROP CONSTRAINT bookings_room_free",
        ["constraint bookings.bookings_room_free is missing."],
    ),
    "constraint renamed": (
        "ALTER TABLE rooms RENAME CONSTRAINT rooms_rate_not_negative TO rooms_rate_fine",
        [
            "constraint rooms.rooms_rate_fine is not known to the migrations.",
            "constraint rooms.rooms_rate_not_negative is missing.",
        ],
    ),
    "constraint added": (
        "ALTER TABLE rooms ADD CONSTRAINT rooms_wide CHECK (width > 0)",
        ["constraint rooms.rooms_wide is not known to the migrations."],
    ),
    "check changed": (
        (
            "ALTER TABLE rooms DROP CONSTRAINT rooms_rate_not_negative,"
            " ADD CONSTRAINT rooms_rate_not_negative CHECK (rate >= -1)"
        ),
        [
            (
                "constraint rooms.rooms_rate_not_negative: definition is CHECK ((rate >= ('-1'::integer)::numeric))"
                " and should be CHECK ((rate >= (0)::numeric))."
            )
        ],
    ),
    "check not valid": (
        (
            "ALTER TABLE rooms DROP CONSTRAINT rooms_rate_not_negative,"
            " ADD CONSTRAINT rooms_rate_not_negative CHECK (rate >= 0) NOT VALID"
        ),
        [
            (
                "constraint rooms.rooms_rate_not_negative: definition is CHECK ((rate >= (0)::numeric)) NOT VALID"
                " and should be CHECK ((rate >= (0)::numeric))."
            )
        ],
    ),
    "domain's check dropped": (
        "ALTER DOMAIN share DROP CONSTRAINT share_known",
        ["constraint share.share_known is missing."],
    ),
    "deferrability changed": (
        "ALTER TABLE bookings ALTER CONSTRAINT bookings_room NOT DEFERRABLE",
        [
            (
                "constraint bookings.bookings_room: definition is FOREIGN KEY (room_id) REFERENCES {me}.rooms(id)"
                " ON DELETE SET NULL and should be FOREIGN KEY (room_id) REFERENCES {me}.rooms(id)"
                " ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED."
            )
        ],
    ),
    "delete rule changed": (
        (
            "ALTER TABLE bookings DROP CONSTRAINT bookings_room, ADD CONSTRAINT bookings_room"
            " FOREIGN KEY (room_id) REFERENCES rooms ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
        ),
        [
            (
                "constraint bookings.bookings_room: definition is FOREIGN KEY (room_id) REFERENCES {me}.rooms(id)"
                " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED and should be FOREIGN KEY (room_id)"
                " REFERENCES {me}.rooms(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED."
            )
        ],
    ),
    "foreign key into another studio": (
        (
            "ALTER TABLE bookings DROP CONSTRAINT bookings_room, ADD CONSTRAINT bookings_room"
            " FOREIGN KEY (room_id) REFERENCES twin_kept.rooms ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED"
        ),
        [
            (
                "constraint bookings.bookings_room: definition is FOREIGN KEY (room_id) REFERENCES twin_kept.rooms(id)"
                " ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED and should be FOREIGN KEY (room_id)"
                " REFERENCES {me}.rooms(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED."
            )
        ],
    ),
    "foreign key no longer enforced": (
        by_superuser("ALTER TABLE bookings DISABLE TRIGGER ALL"),
        [
            "trigger bookings.bookings_refuse: enabled is disabled and should be enabled.",
            "enforcement of constraint bookings.bookings_room is off.",
        ],
    ),
    "index dropped": (
        "DROP INDEX bookings_open",
        ["index bookings.bookings_open is missing."],
    ),
    "index added": (
        "CREATE INDEX bookings_stray ON bookings (status)",
        ["index bookings.bookings_stray is not known to the migrations."],
    ),
    "index renamed": (
        "ALTER INDEX bookings_open RENAME TO bookings_opened",
        [
            "index bookings.bookings_open is missing.",
            "index bookings.bookings_opened is not known to the migrations.",
        ],
    ),
    "index's predicate changed": (
        "DROP INDEX bookings_open; CREATE INDEX bookings_open ON bookings (starts_at) WHERE status = 'hold'",
        [
            (
                "index bookings.bookings_open: definition is CREATE INDEX bookings_open ON {me}.bookings USING btree"
                " (starts_at) WHERE ((status)::text = 'hold'::text) and should be CREATE INDEX bookings_open ON"
                " {me}.bookings USING btree (starts_at) WHERE ((status)::text = 'open'::text)."
            )
        ],
    ),
    "index's order changed": (
        "DROP INDEX bookings_open; CREATE INDEX bookings_open ON bookings (starts_at DESC) WHERE status = 'open'",
        [
            (
                "index bookings.bookings_open: definition is CREATE INDEX bookings_open ON {me}.bookings USING btree"
                " (starts_at DESC) WHERE ((status)::text = 'open'::text) and should be CREATE INDEX bookings_open ON"
                " {me}.bookings USING btree (starts_at) WHERE ((status)::text = 'open'::text)."
            )
        ],
    ),
    "index's operator class changed": (
        "DROP INDEX rooms_search; CREATE INDEX rooms_search ON rooms USING gist (upper(name) gist_trgm_ops)",
        [
            (
                "index rooms.rooms_search: definition is CREATE INDEX rooms_search ON {me}.rooms USING gist"
                " (upper((name)::text) extensions.gist_trgm_ops) and should be CREATE INDEX rooms_search ON {me}.rooms"
                " USING gin (upper((name)::text) extensions.gin_trgm_ops)."
            )
        ],
    ),
    "index not valid": (
        by_superuser("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bookings_open'::regclass"),
        ["index bookings.bookings_open: state is invalid and should be valid."],
    ),
    "trigger dropped": (
        "DROP TRIGGER bookings_refuse ON bookings",
        ["trigger bookings.bookings_refuse is missing."],
    ),
    "trigger disabled": (
        "ALTER TABLE bookings DISABLE TRIGGER bookings_refuse",
        ["trigger bookings.bookings_refuse: enabled is disabled and should be enabled."],
    ),
    "trigger changed": (
        (
            "DROP TRIGGER bookings_refuse ON bookings;"
            "CREATE TRIGGER bookings_refuse AFTER DELETE ON bookings FOR EACH ROW EXECUTE FUNCTION refuse()"
        ),
        [
            (
                "trigger bookings.bookings_refuse: definition is CREATE TRIGGER bookings_refuse AFTER DELETE ON"
                " {me}.bookings FOR EACH ROW EXECUTE FUNCTION {me}.refuse() and should be"
                " CREATE TRIGGER bookings_refuse BEFORE DELETE ON {me}.bookings"
                " FOR EACH ROW EXECUTE FUNCTION {me}.refuse()."
            )
        ],
    ),
    "function's security changed": (
        "ALTER FUNCTION refuse() SECURITY DEFINER",
        [
            (
                "function refuse(): properties is plpgsql f volatility v parallel u security definer and should be"
                " plpgsql f volatility v parallel u."
            )
        ],
    ),
    "function's path changed": (
        "ALTER FUNCTION refuse() RESET search_path",
        ["function refuse(): settings is nothing and should be {{search_path={me}}}."],
    ),
    "function added": (
        "CREATE FUNCTION accept() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        ["function accept() is not known to the migrations."],
    ),
    "sequence's increment changed": (
        "ALTER SEQUENCE bookings_id_seq INCREMENT BY 10",
        ["sequence bookings_id_seq: increment is 10 and should be 1."],
    ),
    "sequence's maximum changed": (
        "ALTER SEQUENCE bookings_id_seq MAXVALUE 99 CYCLE",
        [
            "sequence bookings_id_seq: cycle is true and should be false.",
            "sequence bookings_id_seq: maximum is 99 and should be 9223372036854775807.",
        ],
    ),
    "sequence's owner column changed": (
        "ALTER SEQUENCE tickets OWNED BY NONE",
        ["sequence tickets: owned by is nothing and should be {me}.rooms.id."],
    ),
    "view dropped": (
        "DROP VIEW open_bookings",
        ["view open_bookings is missing."],
    ),
    "view's rights changed": (
        "ALTER VIEW open_bookings SET (security_invoker = true)",
        ["view open_bookings: options is {{security_invoker=true}} and should be nothing."],
    ),
    "enumeration grown": (
        "ALTER TYPE mood ADD VALUE 'wild'",
        ["type mood: values is 'calm', 'loud', 'wild' and should be 'calm', 'loud'."],
    ),
    "policy changed": (
        "ALTER POLICY rooms_wide ON rooms USING (true)",
        ["policy rooms.rooms_wide: definition is * true PUBLIC true and should be * true PUBLIC (width > 0)."],
    ),
    "rule dropped": (
        "DROP RULE rooms_kept ON rooms",
        ["rule rooms.rooms_kept is missing."],
    ),
    "comment changed": (
        "COMMENT ON COLUMN rooms.rate IS 'per day'",
        ["comment rooms.rate: text is per day and should be per hour."],
    ),
    "comment added": (
        "COMMENT ON TABLE rooms IS 'mine'",
        ["comment rooms is not known to the migrations."],
    ),
}
