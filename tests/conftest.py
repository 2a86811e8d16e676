"""Two real studios for the whole run; every test stands inside the first one."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Domain, Studio
from studio.tenancy.selectors import registry
from studio.tenancy.services import studios

pytest_plugins = ["tests.lazy_loading"]

HOME = "harbour"
OTHER = "meadow"


def made_studio(slug: str) -> Studio:
    """Return the studio of that address, opened by the real provisioning when it is not there yet."""
    with as_owner():
        found = Studio.objects.filter(slug=slug).first()
    return found or studios.create_studio(name=f"{slug.title()} Studio", kind="mixed", slug=slug, now=timezone.now())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Open both studios and enter the first; it stays entered when a test ends, so a flush finds its tables."""
    with django_db_blocker.unblock():
        home = made_studio(HOME)
        made_studio(OTHER)
        entered = inside(home)
        entered.__enter__()
    yield
    entered.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _fresh_host_cache() -> Iterator[None]:
    registry.forget_hosts()
    yield
    registry.forget_hosts()


@pytest.fixture(autouse=True)
def _clean_up_after_commits(request: pytest.FixtureRequest, django_db_blocker) -> Iterator[None]:
    """Empty the queue and the second studio after a test that commits; the plugin's own flush empties the first."""
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames
    yield
    if not commits:
        return
    with django_db_blocker.unblock():
        with as_owner():
            other = Studio.objects.get(slug=OTHER)
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        with inside(other):
            call_command("flush", interactive=False, verbosity=0)


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
