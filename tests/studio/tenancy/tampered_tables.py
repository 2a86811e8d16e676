"""What can be done to columns and tables by hand, and how that is told."""

from tests.superuser import by_superuser

# Names of the cluster's own in the sentences: {me} is the schema and its role, {owner} the login.
TABLES = {
    "column dropped": (
        "ALTER TABLE rooms DROP COLUMN note",
        ["column rooms.note is missing."],
    ),
    "column dropped with what hangs on it": (
        "ALTER TABLE bookings DROP COLUMN room_id CASCADE",
        ["column bookings.room_id is missing.", "view open_bookings is missing."],
    ),
    "column added": (
        "ALTER TABLE rooms ADD COLUMN colour text",
        ["column rooms.colour is not known to the migrations."],
    ),
    "column renamed": (
        "ALTER TABLE rooms RENAME COLUMN note TO remark",
        ["column rooms.note is missing.", "column rooms.remark is not known to the migrations."],
    ),
    "type changed": (
        "ALTER TABLE rooms ALTER COLUMN note TYPE varchar(10)",
        ["column rooms.note: type is character varying(10) and should be text."],
    ),
    "length changed": (
        "ALTER TABLE rooms ALTER COLUMN name TYPE varchar(41)",
        ["column rooms.name: type is character varying(41) and should be character varying(40)."],
    ),
    "precision changed": (
        "ALTER TABLE rooms ALTER COLUMN rate TYPE numeric(12, 3)",
        ["column rooms.rate: type is numeric(12,3) and should be numeric(12,2)."],
    ),
    "may be null": (
        "ALTER TABLE rooms ALTER COLUMN name DROP NOT NULL",
        ["column rooms.name: nullable is yes and should be no."],
    ),
    "may not be null": (
        "ALTER TABLE rooms ALTER COLUMN note SET NOT NULL",
        ["column rooms.note: nullable is no and should be yes."],
    ),
    "default changed": (
        "ALTER TABLE rooms ALTER COLUMN rate SET DEFAULT 1",
        ["column rooms.rate: default is 1 and should be 0."],
    ),
    "default dropped": (
        "ALTER TABLE rooms ALTER COLUMN rate DROP DEFAULT",
        ["column rooms.rate: default is nothing and should be 0."],
    ),
    "default added": (
        "ALTER TABLE rooms ALTER COLUMN note SET DEFAULT ''",
        ["column rooms.note: default is ''::text and should be nothing."],
    ),
    "identity changed": (
        "ALTER TABLE rooms ALTER COLUMN id SET GENERATED ALWAYS",
        ["column rooms.id: identity is always and should be by default."],
    ),
    "identity dropped": (
        "ALTER TABLE bookings ALTER COLUMN id DROP IDENTITY",
        [
            "column bookings.id: identity is none and should be by default.",
            "sequence bookings_id_seq is missing.",
        ],
    ),
    "generation dropped": (
        "ALTER TABLE rooms ALTER COLUMN twice DROP EXPRESSION",
        [
            "column rooms.twice: default is nothing and should be (width * 2).",
            "column rooms.twice: generated is none and should be stored.",
        ],
    ),
    "collation changed": (
        'ALTER TABLE rooms ALTER COLUMN note TYPE text COLLATE "C"',
        ['column rooms.note: collation is "C" and should be nothing.'],
    ),
    "table dropped": (
        "DROP TABLE rooms CASCADE",
        ["table rooms is missing."],
    ),
    "table added": (
        "CREATE TABLE strays (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE)",
        ["table strays is not known to the migrations."],
    ),
    "table renamed": (
        "DROP VIEW open_bookings; ALTER TABLE bookings RENAME TO booked",
        [
            "table booked is not known to the migrations.",
            "table bookings is missing.",
            "sequence bookings_id_seq: owned by is {me}.booked.id and should be {me}.bookings.id.",
            "view open_bookings is missing.",
        ],
    ),
    "table unlogged": (
        "ALTER TABLE bookings SET UNLOGGED",
        [
            "table bookings: storage is unlogged and should be permanent.",
            "sequence bookings_id_seq: storage is unlogged and should be permanent.",
        ],
    ),
    "table's owner changed": (
        by_superuser("ALTER TABLE rooms OWNER TO {me}"),
        [
            "table rooms: owner is {me} and should be {owner}.",
            "sequence rooms_id_seq: owner is {me} and should be {owner}.",
            "sequence tickets: owner is {me} and should be {owner}.",
        ],
    ),
    "row security on": (
        "ALTER TABLE rooms ENABLE ROW LEVEL SECURITY",
        ["table rooms: row security is on and should be off."],
    ),
    "table's options changed": (
        "ALTER TABLE rooms SET (fillfactor = 70)",
        ["table rooms: options is {{fillfactor=70}} and should be nothing."],
    ),
}
