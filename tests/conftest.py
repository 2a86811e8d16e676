"""Two real studios for the whole run; every test stands inside the first one."""

import gc
from collections.abc import Generator, Iterator

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone

from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import (
    Domain,
    PaymentAccount,
    PaymentRoute,
    ProviderBreaker,
    ProviderPlace,
    StrayEvent,
    Studio,
)
from studio.tenancy.selectors import registry
from studio.tenancy.services import studios
from studio.tenancy.signals import studio_provisioned

pytest_plugins = ["tests.lazy_loading", "tests.page_contexts", "tests.races.figures", "tests.stripe_double.fixtures"]

HOME = "harbour"
OTHER = "meadow"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Load everything without looking for garbage in it, and never look through it later: it is there to stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        keep_for_good()


def keep_for_good() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones, so that all workers end together."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


def made_studio(slug: str) -> Studio:
    """Return the studio of that address, opened by the real provisioning when it is not there yet."""
    with as_owner():
        found = Studio.objects.filter(slug=slug).first()
    return found or studios.create_studio(name=f"{slug.title()} Studio", kind="mixed", slug=slug, now=timezone.now())


@pytest.fixture(scope="session")
def _making_the_database() -> None:
    """Make the models of every migration's state as everything else is loaded: they are as many objects."""
    gc.disable()


@pytest.fixture(scope="session")
def django_db_setup(_making_the_database: None, django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Open both studios and enter the first; it stays entered when a test ends, so a flush finds its tables."""
    with django_db_blocker.unblock():
        home = made_studio(HOME)
        made_studio(OTHER)
        entered = inside(home)
        entered.__enter__()
    keep_for_good()
    yield
    entered.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _fresh_host_cache() -> Iterator[None]:
    registry.forget_hosts()
    yield
    registry.forget_hosts()


# Written by migrations and by Django after them, and the same for every test.
KEPT = ("django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions")
EMPTY = """
DO $do$
DECLARE
    kept text[] := %s;
    name text;
    has_rows boolean;
    full_ones text := '';
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> ALL (kept) LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %%I)', name) INTO has_rows;
        IF has_rows THEN
            full_ones := full_ones || format(', %%I', name);
        END IF;
    END LOOP;
    IF full_ones <> '' THEN
        EXECUTE 'TRUNCATE ' || substr(full_ones, 3) || ' CASCADE';
    END IF;
END
$do$
"""


# How many rows each table has, and which transaction wrote the newest: the same as long as nobody has written.
MARKS = """
    SELECT string_agg(format('SELECT %%L, count(*), max(xmin::text::bigint) FROM %%I', tablename, tablename),
                      ' UNION ALL ' ORDER BY tablename)
    FROM pg_tables WHERE schemaname = current_schema() AND tablename <> ALL (%s)
"""
_left_with: dict[str, list[tuple[str, int, int | None]]] = {}


def marks(schema: str) -> list[tuple[str, int, int | None]]:
    """Return by what one sees that somebody has written in a studio."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(MARKS, [list(KEPT)])
        cursor.execute(cursor.fetchone()[0])
        return sorted(cursor.fetchall())


def empty(schema: str) -> None:
    """Empty the tables of a studio that have rows; most have none, and to truncate one without takes as long."""
    with as_owner(schema), connection.cursor() as cursor:
        cursor.execute(EMPTY, [list(KEPT)])


def empty_after_commits(_case: TransactionTestCase) -> None:
    """Empty queue, what is known of Stripe and both studios after a test that commits: each test finds the same.

    Few write in the other studio: where nobody has, it is left as it is.
    """
    with as_owner():
        both = list(Studio.objects.filter(slug__in=[HOME, OTHER]))
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        for at_stripe in (StrayEvent, PaymentRoute, PaymentAccount, ProviderBreaker, ProviderPlace):
            at_stripe.objects.all().delete()
    for each in both:
        if each.slug == OTHER and marks(each.schema_name) == _left_with.get(each.schema_name):
            continue
        empty(each.schema_name)
        with inside(each):
            studio_provisioned.send(sender=Studio, studio=each)
        if each.slug == OTHER:
            _left_with[each.schema_name] = marks(each.schema_name)


TransactionTestCase._fixture_teardown = empty_after_commits


@pytest.fixture
def studio(db: None) -> Studio:
    """The studio every test stands in."""
    with as_owner():
        return Studio.objects.get(slug=HOME)


@pytest.fixture
def other_studio(db: None) -> Studio:
    """Another studio, with tables of its own."""
    with as_owner():
        return Studio.objects.get(slug=OTHER)


@pytest.fixture
def web(studio: Studio) -> Client:
    """A browser without scripts, at the home studio's address."""
    with as_owner():
        host = Domain.objects.get(studio=studio, is_primary=True).domain
    return Client(headers={"host": host})
