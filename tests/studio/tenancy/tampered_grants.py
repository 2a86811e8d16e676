"""What can be done by hand to rights, owners and extensions, and how that is told."""

from tests.superuser import by_superuser

# Names of the cluster's own in the sentences: {me} is the schema and its role, {owner} the login.
GRANTS = {
    "grant revoked": (
        "REVOKE INSERT ON bookings FROM {me}",
        ["grant to {me} on bookings: privileges is SELECT by {owner} and should be INSERT, SELECT by {owner}."],
    ),
    "all grants revoked": (
        "REVOKE ALL ON rooms FROM {me}",
        ["grant to {me} on rooms is missing."],
    ),
    "grant too many": (
        "GRANT DELETE ON bookings TO {me}",
        [
            (
                "grant to {me} on bookings: privileges is INSERT, SELECT, DELETE by {owner} and should be"
                " INSERT, SELECT by {owner}."
            )
        ],
    ),
    "grant to another studio": (
        "GRANT SELECT ON rooms TO twin_kept",
        ["grant to twin_kept on rooms is not known to the migrations."],
    ),
    "grant to everybody": (
        "GRANT USAGE ON SCHEMA {me} TO PUBLIC",
        ["grant to PUBLIC on the schema itself is not known to the migrations."],
    ),
    "grant with grant option": (
        "GRANT SELECT ON bookings TO {me} WITH GRANT OPTION",
        [
            (
                "grant to {me} on bookings: privileges is INSERT, SELECT with grant option by {owner} and should be"
                " INSERT, SELECT by {owner}."
            )
        ],
    ),
    "grant on a sequence revoked": (
        "REVOKE USAGE ON SEQUENCE bookings_id_seq FROM {me}",
        ["grant to {me} on bookings_id_seq: privileges is SELECT by {owner} and should be SELECT, USAGE by {owner}."],
    ),
    "right to run a function revoked": (
        "REVOKE EXECUTE ON FUNCTION refuse() FROM PUBLIC",
        ["grant to PUBLIC on refuse() is missing."],
    ),
    "grant on a column": (
        "GRANT UPDATE (ends_at) ON bookings TO {me}",
        ["column grant bookings.ends_at to {me} is not known to the migrations."],
    ),
    "default grants changed": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {me} REVOKE SELECT ON TABLES FROM {me}",
        ["default grant on tables of {owner} to {me} is missing."],
    ),
    "schema's owner changed": (
        by_superuser("ALTER SCHEMA {me} OWNER TO twin_kept"),
        ["schema {me}: owner is twin_kept and should be {owner}."],
    ),
    "role may log in": (
        "ALTER ROLE {me} LOGIN",
        ["role {me}: rights is LOGIN INHERIT and should be INHERIT."],
    ),
    "role may become another": (
        by_superuser("GRANT pg_monitor TO {me}"),
        ["membership of {me} in pg_monitor is not known to the migrations."],
    ),
    "extension in the studio": (
        "CREATE EXTENSION citext",
        ["extension citext is not known to the migrations."],
    ),
    "anything else": (
        'CREATE COLLATION odd FROM "C"',
        ["object collation {me}.odd is not known to the migrations."],
    ),
}
