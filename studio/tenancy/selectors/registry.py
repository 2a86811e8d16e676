"""Reading the registry: which studio answers at a host, and how it is addressed; which are active."""

import time
from threading import Lock
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from studio.tenancy.context import in_registry
from studio.tenancy.models import Domain, Studio, StudioRef, StudioStatus

# A mark that old was left by a migrating process that died: the studio is whole, as before or as after.
MIGRATING_SECONDS = 300
MAX_CACHED_HOSTS = 10_000

_cache: dict[str, tuple[float, StudioRef | None]] = {}
_lock = Lock()


def _ref(studio: Studio, primary_domain: str) -> StudioRef:
    since = studio.migrating_since
    return StudioRef(
        id=studio.pk,
        schema_name=studio.schema_name,
        name=studio.name,
        kind=studio.kind,
        status=studio.status,
        time_zone=studio.time_zone,
        currency=studio.currency,
        language=studio.language,
        primary_domain=primary_domain,
        is_migrating=since is not None and (timezone.now() - since).total_seconds() < MIGRATING_SECONDS,
    )


def ref_of(studio: Studio) -> StudioRef:
    """Return the frozen facts of a studio; one query in the registry for its address."""
    with in_registry():
        primary = Domain.objects.filter(studio=studio, is_primary=True).values_list("domain", flat=True).first()
    return _ref(studio, primary or "")


def _look_up(host: str) -> StudioRef | None:
    with in_registry():
        domain = Domain.objects.select_related("studio").filter(domain=host, verified_at__isnull=False).first()
    if domain is None:
        return None
    return _ref(domain.studio, host) if domain.is_primary else ref_of(domain.studio)


def studio_at(host: str) -> StudioRef | None:
    """Return the studio that answers at a host name, or None.

    host: lower case, without port
    Cached in the process for `HOST_CACHE_SECONDS`, misses as well.
    """
    now = time.monotonic()
    cached = _cache.get(host)
    if cached and cached[0] > now:
        return cached[1]
    found = _look_up(host)
    with _lock:
        if len(_cache) >= MAX_CACHED_HOSTS:
            _cache.clear()
        _cache[host] = (now + settings.HOST_CACHE_SECONDS, found)
    return found


def forget_hosts() -> None:
    """Empty this process's host cache: the registry has changed."""
    with _lock:
        _cache.clear()


def origin_of(host: str) -> str:
    """Return the scheme, host and, where it is not the scheme's own, port that a visitor types."""
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{'https' if settings.HTTPS else 'http'}://{host}{port}"


def active_studio(schema: str) -> StudioRef | None:
    """Return the active studio of a schema, or None.

    queries: 1
    """
    primary = Domain.objects.filter(studio=OuterRef("pk"), is_primary=True).values("domain")[:1]
    with in_registry():
        rows = Studio.objects.filter(schema_name=schema, status=StudioStatus.ACTIVE)
        studio = rows.annotate(address=Subquery(primary)).first()
    return _ref(studio, studio.address or "") if studio else None


def holds_mails(schema: str) -> bool:
    """Return whether a studio is a restored copy that may not write to anybody yet."""
    with in_registry():
        return Studio.objects.filter(schema_name=schema, mails_held_since__isnull=False).exists()


def identity_of(schema: str) -> UUID:
    """Return who the studio of a schema is; its backups, and the copies made of them, say the same.

    queries: 1
    """
    with in_registry():
        return Studio.objects.values_list("uid", flat=True).get(schema_name=schema)


def active_schemas() -> list[str]:
    """Return the schemas of all active studios, in the order of their ids."""
    with in_registry():
        return list(_active().values_list("schema_name", flat=True))


def living_schemas() -> list[str]:
    """Return the schemas of the active studios that do things by themselves: no copy that is only looked at."""
    with in_registry():
        return list(_active().filter(mails_held_since=None).values_list("schema_name", flat=True))


def _active() -> QuerySet[Studio]:
    return Studio.objects.filter(status=StudioStatus.ACTIVE).order_by("pk")
