"""A restored copy takes its original's place, and may write to people."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Q, When
from django.utils.translation import gettext as _

from studio.tenancy.context import inside
from studio.tenancy.models import Domain, PaymentAccount, PaymentRoute, Studio, StudioStatus
from studio.tenancy.selectors import registry
from studio.tenancy.services import names
from studio.tenancy.services.standing import NotInThatState
from studio.tenancy.signals import mails_let_go, registry_changed

WHOLE = (StudioStatus.ACTIVE, StudioStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Place:
    """What a restored copy would take.

    original: the studio that has it, None when it is not here
    hosts: the primary one first
    """

    original: Studio | None
    hosts: tuple[str, ...]


@transaction.atomic
def let_mails_go(*, studio: Studio, now: datetime) -> Studio:
    """Let a restored studio write to people again and return it; what waited so far stays, marked as not sent.

    Its periodic jobs run from now on, too.
    raises: NotInThatState
    """
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    if row.status != StudioStatus.ACTIVE or row.mails_held_since is None:
        raise NotInThatState(_("This studio writes to people already, or is not open."))
    _let_go(row, now)
    return row


def _let_go(row: Studio, now: datetime) -> None:
    row.mails_held_since = None
    row.save(update_fields=["mails_held_since"])
    with inside(row):
        mails_let_go.send(sender=Studio, studio=row, now=now)


def named(studio: Studio) -> str:
    """Return a studio's name and schema: several may have one name."""
    return f"{studio} ({studio.schema_name})"


def place_of(copy: Studio) -> Place:
    """Return the place that a restored copy would take; as the owner.

    raises: NotInThatState when there is none
    """
    original = Studio.objects.filter(copies=copy).first()
    if original is not None:
        hosts = original.domains.order_by("-is_primary", "domain").values_list("domain", flat=True)
        return Place(original, tuple(hosts))
    if not copy.former_hosts:
        raise NotInThatState(_("This studio is no copy, has its place already, or its backup tells of no address."))
    return Place(None, tuple(copy.former_hosts))


@transaction.atomic
def swap_studios(*, copy: Studio, now: datetime) -> Studio | None:
    """Let a restored copy answer at its original's addresses, and return the original.

    The two exchange their addresses. The original is suspended and writes to nobody; it can be looked into, or swapped
    back, for which it need not be open. Where it is not here the copy takes the addresses that its backup tells of, all
    or none, and None is returned. As the owner.
    raises: NotInThatState, names.BadStudioName, names.NameTaken
    """
    its_original = Studio.objects.filter(pk=copy.pk).values("copy_of")
    both = Studio.objects.select_for_update(of=("self",)).filter(Q(pk=copy.pk) | Q(pk__in=its_original))
    rows = {row.pk: row for row in both.order_by("pk")}
    copy = rows[copy.pk]
    if copy.status not in WHOLE:
        raise NotInThatState(_("Only a copy that is whole can take its original's place."))
    before = place_of(copy)
    if before.original is None:
        _take_former_addresses(copy, now)
    else:
        _exchange(copy, rows.get(before.original.pk), now)
    _let_go(copy, now)
    changes: dict[str, tuple[object, object]] = {"addresses": ("", ", ".join(before.hosts))}
    if before.original:
        changes["in_place_of"] = ("", named(before.original))
    registry_changed.send(sender=Studio, studio=copy, verb="swap", changes=changes, now=now)
    transaction.on_commit(registry.forget_hosts)
    return before.original


def _exchange(copy: Studio, original: Studio | None, now: datetime) -> None:
    """Let two studios exchange their addresses and what they are to each other.

    original: None when it became another one while its lock was waited for
    """
    if original is None or original.status not in WHOLE:
        raise NotInThatState(_("The studio of which this is a copy is being set up, closed or swapped just now."))
    if original.uid != copy.uid:
        told = _("The backup is of another studio than %(original)s: it cannot take its place.")
        raise NotInThatState(told % {"original": named(original)})
    _exchange_addresses(copy, original)
    _exchange_accounts(copy, original)
    original.status, original.mails_held_since, original.copy_of = StudioStatus.SUSPENDED, now, copy
    copy.status, copy.copy_of = StudioStatus.ACTIVE, None
    original.copies.exclude(pk=copy.pk).update(copy_of=copy)  # the place that they would take is there now
    for each in (original, copy):
        each.former_slug, each.former_hosts = "", []  # either has had the place
        each.save(update_fields=["status", "mails_held_since", "copy_of", "former_slug", "former_hosts"])


def _take_former_addresses(copy: Studio, now: datetime) -> None:
    """Give a copy whose original is not here the addresses that its backup tells of, also those given up here since."""
    slug = names.clean_slug(copy.former_slug, now, former=copy.uid)
    plain = [names.clean_host(host, now, former=copy.uid) for host in copy.former_hosts]
    copy.domains.update(is_primary=False)
    Domain.objects.bulk_create(
        Domain(studio=copy, domain=host, is_primary=host == plain[0], verified_at=now) for host in plain
    )
    copy.slug, copy.status, copy.former_slug, copy.former_hosts = slug, StudioStatus.ACTIVE, "", []
    copy.save(update_fields=["slug", "status", "former_slug", "former_hosts"])


def _exchange_addresses(copy: Studio, original: Studio) -> None:
    hosts = {row: list(row.domains.order_by("pk")) for row in (copy, original)}
    primary = {host.pk for found in hosts.values() for host in found if host.is_primary}
    Domain.objects.filter(pk__in=primary).update(is_primary=False)  # a studio may have one at any moment
    Domain.objects.filter(pk__in=[host.pk for host in hosts[copy]]).update(studio=original)
    Domain.objects.filter(pk__in=[host.pk for host in hosts[original]]).update(studio=copy)
    Domain.objects.filter(pk__in=primary).update(is_primary=True)
    mine, theirs = copy.slug, original.slug
    Studio.objects.filter(pk=copy.pk).update(slug=f"swap-{copy.pk}")
    Studio.objects.filter(pk=original.pk).update(slug=mine)
    Studio.objects.filter(pk=copy.pk).update(slug=theirs)


def _exchange_accounts(copy: Studio, original: Studio) -> None:
    """Let payments under way, and those to come, reach whoever answers at the addresses now."""
    other = {copy.pk: original, original.pk: copy}
    accounts = list(PaymentAccount.objects.select_for_update().filter(studio__in=other).order_by("pk"))
    PaymentAccount.objects.filter(studio__in=other).delete()  # a studio may have one at any moment
    for account in accounts:
        account.studio = other[account.studio_id]
    PaymentAccount.objects.bulk_create(accounts)
    exchanged = Case(When(studio=copy, then=original.pk), default=copy.pk)
    PaymentRoute.objects.filter(studio__in=other).update(studio=exchanged)
