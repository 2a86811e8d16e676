"""The questions put to PostgreSQL's catalogue, one for each kind of object.

Each is asked of all schemas in one statement and selects schema, table, name and then its facts, all
as text. The search path is empty meanwhile, so every name comes back qualified; a schema's own name
(and that of its role, which is the same) is replaced by `@`, so that two studios answer alike.
Members of extensions are left out: they are the extension's business.
"""

from dataclasses import dataclass

OWN = "@"

PLACE = """
    place AS MATERIALIZED (
        SELECT oid, nspname::text AS schema, quote_ident(nspname) || '.' AS prefix, nspowner AS owner, nspacl AS acl
        FROM pg_namespace WHERE nspname = ANY(%s)
    )
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One question.

    facts: names of the columns after schema, table and name
    sql: a SELECT over the common table expression `place`
    """

    kind: str
    facts: tuple[str, ...]
    sql: str


def _own(text: str) -> str:
    return f"replace({text}, place.prefix, '{OWN}.')"


def _role(oid: str) -> str:
    name = f"pg_get_userbyid({oid})::text"
    return f"CASE WHEN {oid} = 0 THEN 'PUBLIC' WHEN {name} = place.schema THEN '{OWN}' ELSE {name} END"


def _not_of_an_extension(catalogue: str, oid: str) -> str:
    return (
        f"NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalogue}'::regclass AND e.objid = {oid}"
        " AND e.deptype = 'e')"
    )


SCHEMAS = Reading(
    "schema",
    ("owner",),
    f"SELECT schema, '', '', {_role('place.owner')} FROM place",
)

ROLES = Reading(
    "role",
    ("rights", "settings"),
    """
    SELECT schema, '', '', concat_ws(' ',
        CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolsuper THEN 'SUPERUSER' END,
        CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
        CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
        CASE WHEN rolinherit THEN 'INHERIT' END), rolconfig::text
    FROM place JOIN pg_roles ON rolname = schema
    """,
)

# The options of a membership are columns since PostgreSQL 16 only.
MEMBERSHIPS = Reading(
    "membership",
    ("options",),
    f"""
    SELECT schema, {_role("m.roleid")}, {_role("m.member")}, string_agg(concat_ws(' ',
        CASE WHEN m.admin_option THEN 'ADMIN' END,
        CASE WHEN (to_jsonb(m) ->> 'inherit_option')::boolean THEN 'INHERIT' END,
        CASE WHEN (to_jsonb(m) ->> 'set_option')::boolean THEN 'SET' END), ', ' ORDER BY m.admin_option)
    FROM place JOIN pg_roles r ON r.rolname = schema JOIN pg_auth_members m ON r.oid IN (m.roleid, m.member)
    GROUP BY 1, 2, 3
    """,
)

TABLES = Reading(
    "table",
    ("sort", "storage", "owner", "row security", "replica identity", "options", "parents"),
    f"""
    SELECT schema, '', c.relname::text, c.relkind::text, c.relpersistence::text, {_role("c.relowner")},
        CASE WHEN c.relforcerowsecurity THEN 'forced' WHEN c.relrowsecurity THEN 'on' ELSE 'off' END,
        c.relreplident::text, c.reloptions::text,
        (SELECT {_own("string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)")}
         FROM pg_inherits i WHERE i.inhrelid = c.oid)
    FROM place JOIN pg_class c ON c.relnamespace = place.oid AND c.relkind IN ('r', 'p', 'f')
    WHERE {_not_of_an_extension("pg_class", "c.oid")}
    """,
)

COLUMNS = Reading(
    "column",
    ("type", "nullable", "default", "identity", "generated", "collation"),
    f"""
    SELECT schema, c.relname::text, a.attname::text, {_own("format_type(a.atttypid, a.atttypmod)")},
        CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END, {_own("pg_get_expr(d.adbin, d.adrelid)")},
        a.attidentity::text, a.attgenerated::text,
        CASE WHEN a.attcollation <> t.typcollation THEN {_own("a.attcollation::regcollation::text")} END
    FROM place JOIN pg_class c ON c.relnamespace = place.oid AND c.relkind IN ('r', 'p', 'f')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    """,
)

# A NOT NULL is a fact of its column; as a constraint (PostgreSQL 18) it counts only while it is not valid.
CONSTRAINTS = Reading(
    "constraint",
    ("definition",),
    f"""
    SELECT schema, coalesce(c.relname, t.typname)::text, con.conname::text, {_own("pg_get_constraintdef(con.oid)")}
    FROM place JOIN pg_constraint con ON con.connamespace = place.oid AND (con.contype <> 'n' OR NOT con.convalidated)
    LEFT JOIN pg_class c ON c.oid = con.conrelid LEFT JOIN pg_type t ON t.oid = con.contypid
    """,
)

INDEXES = Reading(
    "index",
    ("definition", "state"),
    f"""
    SELECT schema, c.relname::text, x.relname::text, {_own("pg_get_indexdef(i.indexrelid)")}, concat_ws(' ',
        CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN 'valid' ELSE 'invalid' END,
        CASE WHEN i.indisprimary THEN 'primary' END, CASE WHEN i.indisclustered THEN 'clustered' END,
        CASE WHEN i.indisreplident THEN 'identity' END, CASE WHEN NOT i.indimmediate THEN 'deferrable' END)
    FROM place JOIN pg_class x ON x.relnamespace = place.oid AND x.relkind IN ('i', 'I')
    JOIN pg_index i ON i.indexrelid = x.oid JOIN pg_class c ON c.oid = i.indrelid
    """,
)

TRIGGERS = Reading(
    "trigger",
    ("definition", "enabled"),
    f"""
    SELECT schema, c.relname::text, t.tgname::text, {_own("pg_get_triggerdef(t.oid)")}, t.tgenabled::text
    FROM place JOIN pg_class c ON c.relnamespace = place.oid
    JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
    """,
)

# ALTER TABLE .. DISABLE TRIGGER ALL leaves a foreign key in place that nothing enforces any more.
UNENFORCED = Reading(
    "enforcement",
    ("triggers",),
    """
    SELECT schema, c.relname::text, con.conname::text, string_agg(t.tgenabled::text, '' ORDER BY t.tgtype)
    FROM place JOIN pg_class c ON c.relnamespace = place.oid
    JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgisinternal AND t.tgenabled <> 'O'
    JOIN pg_constraint con ON con.oid = t.tgconstraint
    GROUP BY 1, 2, 3
    """,
)

SEQUENCES = Reading(
    "sequence",
    ("type", "start", "increment", "minimum", "maximum", "cache", "cycle", "storage", "owner", "owned by"),
    f"""
    SELECT schema, '', c.relname::text, format_type(s.seqtypid, NULL), s.seqstart::text, s.seqincrement::text,
        s.seqmin::text, s.seqmax::text, s.seqcache::text, s.seqcycle::text, c.relpersistence::text,
        {_role("c.relowner")},
        (SELECT {_own("d.refobjid::regclass || '.' || quote_ident(a.attname)")}
         FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
           AND d.refclassid = 'pg_class'::regclass)
    FROM place JOIN pg_class c ON c.relnamespace = place.oid AND c.relkind = 'S'
    JOIN pg_sequence s ON s.seqrelid = c.oid
    WHERE {_not_of_an_extension("pg_class", "c.oid")}
    """,
)

VIEWS = Reading(
    "view",
    ("sort", "definition", "owner", "options"),
    f"""
    SELECT schema, '', c.relname::text, c.relkind::text, {_own("pg_get_viewdef(c.oid)")}, {_role("c.relowner")},
        c.reloptions::text
    FROM place JOIN pg_class c ON c.relnamespace = place.oid AND c.relkind IN ('v', 'm')
    WHERE {_not_of_an_extension("pg_class", "c.oid")}
    """,
)

FUNCTIONS = Reading(
    "function",
    ("result", "properties", "settings", "body", "owner"),
    f"""
    SELECT schema, '', p.proname || '(' || {_own("pg_get_function_identity_arguments(p.oid)")} || ')',
        {_own("pg_get_function_result(p.oid)")},
        concat_ws(' ', (SELECT lanname FROM pg_language l WHERE l.oid = p.prolang), p.prokind::text,
            'volatility ' || p.provolatile::text, 'parallel ' || p.proparallel::text,
            CASE WHEN p.prosecdef THEN 'security definer' END, CASE WHEN p.proisstrict THEN 'strict' END,
            CASE WHEN p.proleakproof THEN 'leakproof' END),
        regexp_replace(p.proconfig::text, '\\m' || place.schema || '\\M', '{OWN}', 'g'),
        md5({_own("p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '')")}), {_role("p.proowner")}
    FROM place JOIN pg_proc p ON p.pronamespace = place.oid
    WHERE {_not_of_an_extension("pg_proc", "p.oid")}
    """,
)

# Every table has a row type and every type an array type: those say nothing of their own.
TYPES = Reading(
    "type",
    ("sort", "based on", "values", "owner"),
    f"""
    SELECT schema, '', t.typname::text, t.typtype::text, CASE t.typtype
            WHEN 'd' THEN concat_ws(' ', {_own("format_type(t.typbasetype, t.typtypmod)")},
                CASE WHEN t.typnotnull THEN 'NOT NULL' END, {_own("'DEFAULT ' || t.typdefault")})
            WHEN 'r' THEN (SELECT {_own("format_type(r.rngsubtype, NULL)")} FROM pg_range r WHERE r.rngtypid = t.oid)
            WHEN 'c' THEN (
                SELECT string_agg(a.attname || ' ' || {_own("format_type(a.atttypid, a.atttypmod)")}, ', '
                    ORDER BY a.attnum)
                FROM pg_attribute a WHERE a.attrelid = t.typrelid AND NOT a.attisdropped)
        END,
        (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
         FROM pg_enum e WHERE e.enumtypid = t.oid),
        {_role("t.typowner")}
    FROM place JOIN pg_type t ON t.typnamespace = place.oid AND t.typcategory <> 'A'
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype <> 'm' AND {_not_of_an_extension("pg_type", "t.oid")}
    """,
)

POLICIES = Reading(
    "policy",
    ("definition",),
    f"""
    SELECT schema, c.relname::text, p.polname::text, {
        _own('''concat_ws(' ', p.polcmd::text, p.polpermissive::text,
        (SELECT string_agg(coalesce(r.rolname, 'PUBLIC'), ', ' ORDER BY r.rolname)
         FROM unnest(p.polroles) AS o LEFT JOIN pg_roles r ON r.oid = o),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))''')
    }
    FROM place JOIN pg_class c ON c.relnamespace = place.oid JOIN pg_policy p ON p.polrelid = c.oid
    """,
)

RULES = Reading(
    "rule",
    ("definition", "enabled"),
    f"""
    SELECT schema, c.relname::text, r.rulename::text, {_own("pg_get_ruledef(r.oid)")}, r.ev_enabled::text
    FROM place JOIN pg_class c ON c.relnamespace = place.oid
    JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'
    WHERE {_not_of_an_extension("pg_class", "c.oid")}
    """,
)

COMMENTS = Reading(
    "comment",
    ("text",),
    """
    SELECT schema, c.relname::text, coalesce(a.attname, '')::text, d.description
    FROM place JOIN pg_class c ON c.relnamespace = place.oid
    JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
    WHERE c.relkind <> 'c'
    """,
)


def _grants(item: str) -> str:
    """Select the two columns grantee and privileges of an aclitem: 'grantee=letters/grantor'."""
    grantee = f"split_part(({item})::text, '=', 1)"
    rest = f"split_part(({item})::text, '=', 2)"
    return (
        f"CASE {grantee} WHEN '' THEN 'PUBLIC' WHEN place.schema THEN '{OWN}' ELSE {grantee} END,"
        f" replace({rest}, '/' || place.schema, '/{OWN}')"
    )


# An access list that was never touched is NULL and means the owner's rights; acldefault() spells them out.
GRANTS = Reading(
    "grant",
    ("privileges",),
    f"""
    SELECT schema, '', {_grants("item")}
    FROM place, unnest(coalesce(place.acl, acldefault('n', place.owner))) AS item
    UNION ALL
    SELECT schema, c.relname::text, {_grants("item")}
    FROM place JOIN pg_class c ON c.relnamespace = place.oid AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S'),
    unnest(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner))) AS item
    WHERE {_not_of_an_extension("pg_class", "c.oid")}
    UNION ALL
    SELECT schema, p.proname || '(' || {_own("pg_get_function_identity_arguments(p.oid)")} || ')', {_grants("item")}
    FROM place JOIN pg_proc p ON p.pronamespace = place.oid,
    unnest(coalesce(p.proacl, acldefault('f', p.proowner))) AS item
    WHERE {_not_of_an_extension("pg_proc", "p.oid")}
    """,
)

COLUMN_GRANTS = Reading(
    "column grant",
    ("privileges",),
    f"""
    SELECT schema, relname, attname || ' to ' || grantee, privileges FROM (
        SELECT schema, c.relname::text, a.attname::text, {_grants("item")}
        FROM place JOIN pg_class c ON c.relnamespace = place.oid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped,
            unnest(a.attacl) AS item
    ) AS granted (schema, relname, attname, grantee, privileges)
    """,
)

DEFAULT_GRANTS = Reading(
    "default grant",
    ("privileges",),
    f"""
    SELECT schema, '', 'on ' || sort || ' of ' || owner || ' to ' || grantee, privileges FROM (
        SELECT schema, {_role("d.defaclrole")}, CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences'
            WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' ELSE d.defaclobjtype::text END, {_grants("item")}
        FROM place JOIN pg_default_acl d ON d.defaclnamespace = place.oid, unnest(d.defaclacl) AS item
    ) AS granted (schema, owner, sort, grantee, privileges)
    """,
)

EXTENSIONS = Reading(
    "extension",
    (),
    "SELECT schema, '', e.extname::text FROM place JOIN pg_extension e ON e.extnamespace = place.oid",
)

# Whatever else can stand in a schema (operators, collations, text search, statistics) is told by name.
OTHERS = Reading(
    "object",
    (),
    f"""
    SELECT DISTINCT schema, '', {_own("pg_describe_object(d.classid, d.objid, 0)")}
    FROM place JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = place.oid
    WHERE d.classid NOT IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_constraint'::regclass,
        'pg_extension'::regclass, 'pg_default_acl'::regclass, 'pg_rewrite'::regclass, 'pg_trigger'::regclass)
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
    """,
)

READINGS = (
    SCHEMAS, ROLES, MEMBERSHIPS, TABLES, COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, UNENFORCED, SEQUENCES, VIEWS,
    FUNCTIONS, TYPES, POLICIES, RULES, COMMENTS, GRANTS, COLUMN_GRANTS, DEFAULT_GRANTS, EXTENSIONS, OTHERS,
)  # fmt: skip
