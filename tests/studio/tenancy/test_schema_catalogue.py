"""Every kind of change to a schema is found, is told in one sentence, and nothing else is told with it."""

import pytest
from django.db import connection

from studio.tenancy.catalogue import reader, wording
from studio.tenancy.catalogue.comparison import differences
from studio.tenancy.context import as_owner
from tests.studio.tenancy.tampered_grants import GRANTS
from tests.studio.tenancy.tampered_rules import RULES
from tests.studio.tenancy.tampered_tables import TABLES
from tests.studio.tenancy.tampering import ORDINARY, TWIN
from tests.superuser import by_superuser, superuser_names

KEPT, CHANGED = "twin_kept", "twin_changed"
MUTATIONS = TABLES | RULES | GRANTS


@pytest.fixture
def twins(db):
    """Two schemas of the same making; the search path stands in the one to be changed."""
    with as_owner(), connection.cursor() as cursor:
        for schema in (KEPT, CHANGED):
            cursor.execute(TWIN.format(schema=schema).replace("%", "%%"))
        yield cursor


def owner(cursor) -> str:
    cursor.execute("SELECT session_user::text")
    return cursor.fetchone()[0]


def sentences() -> list[str]:
    found = reader.read_facts([KEPT, CHANGED])
    return [wording.sentence(each, CHANGED) for each in differences(found[KEPT], found[CHANGED])]


def digests_differ() -> bool:
    found = reader.read_digests([KEPT, CHANGED])
    return found[KEPT] != found[CHANGED]


@pytest.mark.parametrize(("change", "told"), MUTATIONS.values(), ids=MUTATIONS)
def test_differences_tell_a_change_and_nothing_else(twins, change, told):
    names = {"me": CHANGED, "owner": owner(twins), **superuser_names(change)}

    twins.execute(change.format(**names))

    assert sorted(sentences()) == sorted(sentence.format(**names) for sentence in told)
    assert digests_differ()


@pytest.mark.parametrize("change", ORDINARY.values(), ids=ORDINARY)
def test_differences_are_silent_about_ordinary_life(twins, change):
    twins.execute(change.format(me=CHANGED, owner=owner(twins), **superuser_names(change)) or "SELECT 1")

    assert sentences() == []
    assert not digests_differ()


def test_a_function_body_that_changed_is_told_by_its_digest(twins):
    twins.execute(
        f"CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = {CHANGED}"
        " AS $$ BEGIN RETURN NULL; END $$"
    )

    (sentence,) = sentences()
    assert sentence.startswith("function refuse(): body is ")
    assert digests_differ()


def test_columns_that_swapped_their_names_are_found(twins):
    """What is stored of the columns then differs in nothing but the order, and the index is on the other one."""
    twins.execute(
        "ALTER TABLE bookings RENAME COLUMN starts_at TO spare;"
        "ALTER TABLE bookings RENAME COLUMN ends_at TO starts_at;"
        "ALTER TABLE bookings RENAME COLUMN spare TO ends_at"
    )

    assert [sentence.split(":")[0] for sentence in sentences()] == [
        "constraint bookings.bookings_room_free",
        "index bookings.bookings_open",
        "index bookings.bookings_room_free",
    ]
    assert digests_differ()


def test_a_missing_schema_is_one_sentence(twins):
    twins.execute(f"DROP SCHEMA {CHANGED} CASCADE")

    assert sentences() == [f"schema {CHANGED} is missing."]


def test_a_missing_role_is_one_sentence(twins):
    drop = by_superuser(f"DROP OWNED BY {CHANGED}; DROP ROLE {CHANGED}")
    twins.execute(drop.format(**superuser_names(drop)))

    assert sentences() == [f"role {CHANGED} is missing."]


def test_reading_puts_the_search_path_back(twins):
    twins.execute("SELECT current_setting('search_path')")
    before = twins.fetchone()

    reader.read_digests([KEPT])

    twins.execute("SELECT current_setting('search_path')")
    assert twins.fetchone() == before


def test_reading_costs_the_same_number_of_queries_for_any_number_of_schemas(twins, django_assert_num_queries):
    one = 2 + 1 + 3 + 21 + 2  # savepoint, path, what is stored, one for each kind, path and savepoint again

    with django_assert_num_queries(one):
        reader.read_digests([KEPT])
    with django_assert_num_queries(one):
        reader.read_digests([KEPT, CHANGED])
