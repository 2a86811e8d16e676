"""Where a connection stands: path and role, through every kind of rollback, in every thread."""

import random
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest
from django.db import DatabaseError, connection, connections, transaction

from studio.tenancy.backend.base import NoStudio
from studio.tenancy.context import as_owner, current_schema, in_registry, inside, nowhere, on_platform
from studio.tenancy.models import Studio
from studio.tenancy.place import PUBLIC

WHERE = "SELECT current_schema(), current_user, (current_schemas(false))[1]"
INSUFFICIENT_PRIVILEGE = "42501"


def where() -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(WHERE)
        return cursor.fetchone()


def here(studio: Studio) -> tuple[str, str, str]:
    return (studio.schema_name,) * 3


def fail_in_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def look_and_fail_in(studio: Studio) -> None:
    with transaction.atomic(), inside(studio):
        where()
        fail_in_database()


def look_and_fail() -> None:
    with transaction.atomic():
        where()
        raise ZeroDivisionError


def fail_in(studio: Studio) -> None:
    with transaction.atomic(), inside(studio):
        fail_in_database()


def test_inside_sets_path_and_role(studio, other_studio):
    with inside(other_studio):
        assert where() == here(other_studio)
        with inside(studio):
            assert where() == here(studio)
        assert where() == here(other_studio)
    assert where() == here(studio)


def test_nowhere_refuses_every_query(studio):
    with nowhere(), pytest.raises(NoStudio, match="no studio"):
        where()
    assert where() == here(studio)


def test_savepoint_rollback_keeps_path_and_role(studio, other_studio):
    with transaction.atomic():
        with inside(other_studio):
            assert where() == here(other_studio)
            with pytest.raises(DatabaseError):
                look_and_fail_in(studio)
            assert where() == here(other_studio)
        assert where() == here(studio)


def test_role_set_in_a_savepoint_that_rolls_back_is_set_again(studio, other_studio):
    where()
    with inside(other_studio):
        with pytest.raises(ZeroDivisionError):
            look_and_fail()
        assert where() == here(other_studio)


@pytest.mark.django_db(transaction=True)
def test_transaction_rollback_keeps_path_and_role(studio, other_studio):
    with inside(other_studio):
        with pytest.raises(ZeroDivisionError):
            look_and_fail()
        assert where() == here(other_studio)
    with pytest.raises(DatabaseError):
        look_and_fail_in(other_studio)
    assert where() == here(studio)


@pytest.mark.django_db(transaction=True)
def test_leaving_in_an_aborted_transaction_shows_the_real_error(studio, other_studio):
    with pytest.raises(DatabaseError, match="division by zero"):
        fail_in(other_studio)
    assert where() == here(studio)


@pytest.mark.django_db(transaction=True)
def test_a_swallowed_error_rolls_back_by_the_commit_and_keeps_path_and_role(studio, other_studio):
    assert where() == here(studio)
    with inside(other_studio):
        with transaction.atomic(), suppress(DatabaseError):
            where()
            fail_in_database()
        assert where() == here(other_studio)


def tumble(studios: list[Studio], dice: random.Random, depth: int = 0) -> None:
    """Nest studios and transactions at random; some blocks fail, some of the failures are swallowed inside them."""
    for _step in range(4):
        studio = dice.choice(studios)
        with suppress(ZeroDivisionError, DatabaseError), ExitStack() as entered:
            for manager in dice.sample([inside(studio), transaction.atomic()], dice.choice([1, 2])):
                entered.enter_context(manager)
            if not connection.needs_rollback:
                look_around(dice)
            if depth < 4:
                tumble(studios, dice, depth + 1)
            if dice.random() < 0.2:
                raise ZeroDivisionError


def look_around(dice: random.Random) -> None:
    expected = connection.schema_name
    with suppress(DatabaseError):
        assert where() == (expected,) * 3
        if dice.random() < 0.2:
            fail_in_database()


@pytest.mark.django_db(transaction=True)
def test_no_nesting_of_studios_transactions_and_errors_leaves_a_connection_elsewhere(studio, other_studio):
    for seed in range(20):
        tumble([studio, other_studio], random.Random(seed))
        assert where() == here(studio)


@pytest.mark.django_db(transaction=True)
def test_explicit_rollback_keeps_path_and_role(studio, other_studio):
    with inside(other_studio):
        transaction.set_autocommit(False)
        try:
            where()
            transaction.rollback()
            assert where() == here(other_studio)
            transaction.rollback()
        finally:
            transaction.set_autocommit(True)
        assert where() == here(other_studio)


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_starts_over(studio):
    where()
    connection.close()
    assert where() == here(studio)


def test_platform_and_registry_have_roles_of_their_own(studio):
    with on_platform():
        assert where() == (PUBLIC, "studio_platform", PUBLIC)
    with in_registry():
        assert where() == (PUBLIC, "studio_web", PUBLIC)
    with as_owner():
        assert where()[1] not in {"studio_web", "studio_platform", studio.schema_name}


def test_current_schema_names_the_place(studio):
    assert current_schema() == studio.schema_name
    with nowhere(), pytest.raises(NoStudio):
        current_schema()


STEPS = 2_000
THREADS = 8


def walk(enter: Callable[[Studio], object], studios: list[Studio], seed: int, wrong: list[str], alias: str) -> None:
    """Enter and leave studios at random, nested up to four deep, and note every answer from the wrong one."""
    dice = random.Random(seed)
    stack: list[tuple[Studio, object]] = []
    for _step in range(STEPS):
        if stack and (len(stack) == 4 or dice.random() < 0.5):
            _studio, entered = stack.pop()
            entered.__exit__(None, None, None)
        else:
            studio = dice.choice(studios)
            entered = enter(studio)
            entered.__enter__()
            stack.append((studio, entered))
        if stack:
            expected = stack[-1][0].schema_name
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT current_schema(), name FROM canary")
                answer = cursor.fetchone()
            if answer != (expected, expected):
                wrong.append(f"{answer} in {expected}")
    while stack:
        stack.pop()[1].__exit__(None, None, None)


def run_threads(enter: Callable[[Studio], object], studios: list[Studio], alias: str = "default") -> list[str]:
    wrong: list[str] = []
    barrier = threading.Barrier(THREADS)

    def run(seed: int) -> None:
        barrier.wait()
        try:
            walk(enter, studios, seed, wrong, alias)
        except Exception as exc:  # noqa: BLE001 -- a thread that fails is a wrong answer too
            wrong.append(repr(exc))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.fixture
def canaries(transactional_db, studio, other_studio):
    """A table in each studio that holds the studio's own name."""
    both = [studio, other_studio]
    for each in both:
        with as_owner(each.schema_name), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE canary (name text)")
            cursor.execute("INSERT INTO canary VALUES (%s)", [each.schema_name])
            cursor.execute(f"GRANT SELECT ON canary TO {each.schema_name}")
    yield both
    for each in both:
        with as_owner(each.schema_name), connection.cursor() as cursor:
            cursor.execute("DROP TABLE canary")


def test_no_thread_ever_reads_another_studio(canaries):
    assert run_threads(inside, canaries) == []


@pytest.fixture
def stock_alias(canaries, settings):
    """The same database through the library's own backend, for its own ways of entering."""
    stock = connections.databases["default"] | {"ENGINE": "django_tenants.postgresql_backend"}
    connections.databases["stock"] = stock
    settings.TENANT_DB_ALIAS = "stock"
    yield "stock"
    connections["stock"].close()
    del connections["stock"], connections.databases["stock"]


def test_the_same_walk_catches_the_librarys_own_way(canaries, stock_alias):
    assert run_threads(lambda studio: studio, canaries, stock_alias) != []
