"""The name and address under which the current studio writes: its primary domain, never a request's host."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import OuterRef, Subquery

from studio.tenancy.context import current_schema, in_registry
from studio.tenancy.models import Domain, Studio
from studio.tenancy.place import PUBLIC
from studio.tenancy.selectors.registry import origin_of


@dataclass(frozen=True, slots=True)
class House:
    """The name and address that mails carry.

    origin: scheme, host and, where it is not the scheme's own, port
    language: the language mails are written in
    """

    name: str
    origin: str
    language: str


def current_house() -> House:
    """Return the name and address of the studio one stands in, or of the platform.

    queries: 1 for a studio, in the registry
    """
    schema = current_schema()
    if schema == PUBLIC:
        return House(settings.PLATFORM_NAME, origin_of(settings.PLATFORM_HOST), settings.LANGUAGE_CODE)
    primary = Domain.objects.filter(studio=OuterRef("pk"), is_primary=True).values("domain")
    with in_registry():
        found = Studio.objects.filter(schema_name=schema).values_list("name", "slug", "language", Subquery(primary))
        name, slug, language, domain = found.get()
    return House(name, origin_of(domain or f"{slug}.{settings.PLATFORM_HOST}"), language)
