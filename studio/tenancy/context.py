"""The only door into a studio, but for one: `services/payment_events.py` has the database go in and out by itself.

Every connection stands in one place: nowhere (every query is refused), inside one studio under
that studio's role, on the platform, or, for migrating and provisioning, anywhere as the owner.
Each entry keeps what it found and puts it back; nothing is shared between threads.
"""

from contextlib import AbstractContextManager, ContextDecorator
from typing import Protocol, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

from studio.tenancy.backend.base import DatabaseWrapper, NoStudio
from studio.tenancy.place import PUBLIC, Place

PLATFORM_ROLE = "studio_platform"


class HasSchema(Protocol):
    """A Studio, or the frozen StudioRef that requests carry."""

    @property
    def schema_name(self) -> str:
        """The generated name tenant_<id>."""


def _wrapper() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])


class _Stay(ContextDecorator):
    """A block spent in one place. A class, not a generator: every request enters one."""

    __slots__ = ("_before", "_place", "_wrapper")

    def __init__(self, place: Place | None) -> None:
        self._place = place

    def __enter__(self) -> None:
        self._wrapper = _wrapper()
        self._before = self._wrapper.place
        self._wrapper.move(self._place)

    def __exit__(self, *_error: object) -> None:
        self._wrapper.move(self._before)


def inside(studio: HasSchema) -> AbstractContextManager[None]:
    """Run the block inside a studio, as that studio's role."""
    return _Stay(Place(studio.schema_name, studio.schema_name))


def on_platform() -> AbstractContextManager[None]:
    """Run the block in the public schema as the platform's role: operators, registry, queue."""
    return _Stay(Place(PUBLIC, PLATFORM_ROLE))


def in_registry() -> AbstractContextManager[None]:
    """Run the block in the public schema as the web role, which may read studios and domains only."""
    return _Stay(Place(PUBLIC, settings.DATABASE_WEB_ROLE))


def as_owner(schema: str = PUBLIC) -> AbstractContextManager[None]:
    """Run the block as the owner of every table: migrating, provisioning, checking.

    schema: the one on the path
    raises: ImproperlyConfigured in a process that has the web login only
    """
    if settings.DATABASE_LOGIN != "owner":
        raise ImproperlyConfigured("This needs the owner's login: run it with DATABASE_URL set.")
    return _Stay(Place(schema, None))


def nowhere() -> AbstractContextManager[None]:
    """Run the block in no studio: every query in it is refused."""
    return _Stay(None)


def note_visit(schema: str) -> None:
    """Count a studio that a function of the database entered, and left, by itself: a connection serves only so many."""
    _wrapper().note_visit(schema)


def current_schema() -> str:
    """Return the schema the connection stands in.

    raises: NoStudio
    """
    place = _wrapper().place
    if place is None:
        raise NoStudio("There is no studio here.")
    return place.schema


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """Return the cache's key for `key`: the studio first, so no other studio can name it."""
    return f"{current_schema()}|{key_prefix}|{version}|{key}"
