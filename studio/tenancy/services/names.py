"""Slugs and host names: generated from a studio's name, or typed and then checked."""

import re
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.tenancy.models import Domain, ReleasedName, Studio

SLUG_LENGTH = 40
NAME_LENGTH = 120
HOST_LENGTH = 253
BLOCKED_FOR = timedelta(days=400)
SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")

# Names that a visitor could take for the platform's own, or that mail and web servers use.
RESERVED = frozenset(
    {
        "about",
        "abuse",
        "account",
        "accounts",
        "admin",
        "administrator",
        "api",
        "app",
        "apps",
        "assets",
        "auth",
        "autoconfig",
        "autodiscover",
        "billing",
        "blog",
        "booking",
        "bookings",
        "cdn",
        "config",
        "console",
        "contact",
        "dashboard",
        "demo",
        "dev",
        "dns",
        "docs",
        "download",
        "email",
        "extensions",
        "ftp",
        "git",
        "health",
        "help",
        "home",
        "hostmaster",
        "imap",
        "info",
        "internal",
        "invoice",
        "invoices",
        "legal",
        "localhost",
        "login",
        "logout",
        "mail",
        "manage",
        "manager",
        "media",
        "metrics",
        "mx",
        "news",
        "ns",
        "ns1",
        "ns2",
        "oauth",
        "operator",
        "owner",
        "pay",
        "payment",
        "payments",
        "platform",
        "pop",
        "pop3",
        "postmaster",
        "preview",
        "private",
        "public",
        "ready",
        "register",
        "root",
        "secure",
        "security",
        "signin",
        "signup",
        "smtp",
        "ssl",
        "staff",
        "static",
        "status",
        "stripe",
        "studio",
        "studios",
        "support",
        "system",
        "test",
        "tests",
        "training",
        "webhook",
        "webhooks",
        "webmail",
        "webmaster",
        "wpad",
        "www",
    }
)


class BadStudioName(DomainError):
    """The name or address cannot be given to a studio."""

    status_code = 400


class NameTaken(DomainError):
    """Another studio has, or had until lately, this address."""


def clean_name(name: str) -> str:
    """Return a studio's name without surplus blanks.

    raises: BadStudioName for an empty, overlong or unprintable one
    """
    cleaned = " ".join(name.split())
    if not cleaned:
        raise BadStudioName(_("A studio needs a name."))
    if len(cleaned) > NAME_LENGTH:
        raise BadStudioName(_("A studio's name has at most %(n)s characters.") % {"n": NAME_LENGTH})
    if not cleaned.isprintable():
        raise BadStudioName(_("A studio's name may hold printable characters only."))
    return cleaned


def clean_time_zone(name: str) -> str:
    """Return the name of a time zone that exists.

    raises: BadStudioName
    """
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise BadStudioName(_("There is no time zone of that name. An example: Europe/Paris.")) from exc


def is_blocked(name: str, now: datetime, *, former: UUID | None = None) -> bool:
    """Return whether a slug or host name is reserved, or was given up too lately.

    former: the identity of a studio that may have again what it gave up itself
    """
    given_up = ReleasedName.objects.filter(name=name, blocked_until__gt=now)
    if former is not None:
        given_up = given_up.exclude(studio_uid=former)
    return name in RESERVED or given_up.exists()


def free_slug(name: str, now: datetime, *, former: UUID | None = None) -> str:
    """Return an address part for a studio's name that nobody has: `sunset`, else `sunset-2` and so on.

    former: as in `is_blocked`
    """
    base = slugify(name)[:SLUG_LENGTH].replace("_", "-").strip("-") or "studio"
    base = re.sub(r"-+", "-", base)
    number = 1
    slug = base
    while is_blocked(slug, now, former=former) or _has_studio(slug):
        number += 1
        suffix = f"-{number}"
        slug = base[: SLUG_LENGTH - len(suffix)].rstrip("-") + suffix
    return slug


def clean_slug(slug: str, now: datetime, *, former: UUID | None = None) -> str:
    """Return a typed address part.

    former: as in `is_blocked`
    raises: BadStudioName, NameTaken
    """
    if not SLUG.fullmatch(slug):
        raise BadStudioName(_("An address part has 1 to 40 letters a-z, digits and inner hyphens."))
    if slug in RESERVED:
        raise BadStudioName(_("This address is reserved."))
    if is_blocked(slug, now, former=former) or _has_studio(slug):
        raise NameTaken(_("This address belongs to another studio, or did until lately."))
    return slug


def _has_studio(slug: str) -> bool:
    host = f"{slug}.{settings.PLATFORM_HOST}"
    return Studio.objects.filter(slug=slug).exists() or Domain.objects.filter(domain=host).exists()


def clean_host(host: str, now: datetime, *, former: UUID | None = None) -> str:
    """Return a typed host name in its plain form.

    former: as in `is_blocked`
    raises: BadStudioName, NameTaken
    """
    plain = host.strip().lower().removesuffix(".")
    try:
        plain = plain.encode("idna").decode() if not plain.isascii() else plain
    except UnicodeError as exc:
        raise BadStudioName(_("This is not a host name.")) from exc
    if len(plain) > HOST_LENGTH or not HOST.fullmatch(plain):
        raise BadStudioName(_("This is not a host name. An example: sunset.example.org."))
    own = plain.removesuffix(f".{settings.PLATFORM_HOST}")
    if plain == settings.PLATFORM_HOST or (own != plain and is_blocked(own, now, former=former)):
        raise BadStudioName(_("This host name is reserved."))
    if is_blocked(plain, now, former=former) or Domain.objects.filter(domain=plain).exists():
        raise NameTaken(_("This host name belongs to another studio, or did until lately."))
    return plain


def release(name: str, now: datetime, *, former: UUID) -> None:
    """Block a name that a studio gave up, so that nobody else inherits its visitors."""
    given_up = {"blocked_until": now + BLOCKED_FOR, "studio_uid": former}
    ReleasedName.objects.update_or_create(name=name, defaults=given_up)
