"""The only door into a studio.

Every connection stands in one place: nowhere (every query is refused), inside one studio under
that studio's role, on the platform, or, for migrating and provisioning, anywhere as the owner.
Each entry keeps what it found and puts it back; nothing is shared between threads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def _at(place: Place | None) -> Iterator[None]:
    wrapper = _wrapper()
    before = wrapper.place
    wrapper.move(place)
    try:
        yield
    finally:
        wrapper.move(before)


@contextmanager
def inside(studio: HasSchema) -> Iterator[None]:
    """Run the block inside a studio, as that studio's role."""
    with _at(Place(studio.schema_name, studio.schema_name)):
        yield


@contextmanager
def on_platform() -> Iterator[None]:
    """Run the block in the public schema as the platform's role: operators, registry, queue."""
    with _at(Place(PUBLIC, PLATFORM_ROLE)):
        yield


@contextmanager
def in_registry() -> Iterator[None]:
    """Run the block in the public schema as the web role, which may read studios and domains only."""
    with _at(Place(PUBLIC, settings.DATABASE_WEB_ROLE)):
        yield


@contextmanager
def as_owner(schema: str = PUBLIC) -> Iterator[None]:
    """Run the block as the owner of every table: migrating, provisioning, checking.

    schema: the one on the path
    raises: ImproperlyConfigured in a process that has the web login only
    """
    if settings.DATABASE_LOGIN != "owner":
        raise ImproperlyConfigured("This needs the owner's login: run it with DATABASE_URL set.")
    with _at(Place(schema, None)):
        yield


@contextmanager
def nowhere() -> Iterator[None]:
    """Run the block in no studio: every query in it is refused."""
    with _at(None):
        yield


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
