"""Prepaid packages: bought, used on invoices, adjusted with a reason, and expired."""

from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from billing.models import (
    Invoice,
    InvoiceItem,
    InvoiceSource,
    Package,
    PackageEntry,
    PackageEntryKind,
    Service,
    ServiceUnit,
    VatRate,
)
from billing.selectors import terms
from billing.selectors.prepaid import HUNDREDTH, Prepaid, prepaid_of
from billing.services import charging, drafts, package_hours, settling
from billing.services.drafts import NewLine
from sessions_app.models import Client
from sessions_app.services import facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile


class MoreThanLine(DomainError):
    """A package pays for no more hours than a line has."""

    status_code = 400


class SoldAlready(DomainError):
    """The package has an invoice, or no price to write one of."""


class PackageFacts(TypedDict, total=False):
    """Facts of a package beside its hours; what is left out is not changed."""

    name: str
    service: Service | None
    price: Decimal | None
    vat_rate: VatRate | None
    bought_on: date
    expires_on: date | None
    notes: str


@taking_turns()
def add_package(
    *, client: Client, hours: Decimal, actor: User | None, now: datetime, **given: Unpack[PackageFacts]
) -> Package:
    """Write down hours that a client buys ahead, and return their package.

    raises: facts.BadFacts, linked_clients.MergedAway
    """
    package = Package(client=client, currency=client.currency)
    changes = facts.set_facts(package, {"name": "", "bought_on": local_day(now, current_profile().zone), **given})
    with facts.saving(package):
        package.save(force_insert=True)
    linked_clients.require_unmerged(client)
    package_hours.move(package=package, kind=PackageEntryKind.BOUGHT, hours=hours, actor=actor, now=now)
    audit.record(verb="create", subject=package, actor=actor, now=now, changes={**changes, "hours": (None, hours)})
    return package


@taking_turns()
def change_package(*, package: Package, actor: User | None, now: datetime, **given: Unpack[PackageFacts]) -> Package:
    """Change facts of a package, and return it; its hours are moved by what is done, or adjusted.

    raises: facts.BadFacts
    """
    changed = Package.objects.locked().get(pk=package.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        with facts.saving(changed):
            changed.save(update_fields=list(changes))
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def adjust_hours(*, package: Package, hours: Decimal, reason: str, actor: User | None, now: datetime) -> PackageEntry:
    """Add hours to a package, or take some away, for a reason, and return the entry.

    raises: facts.BadFacts, also where so many are not left
    """
    adjusted = Package.objects.locked().get(pk=package.pk)
    before = adjusted.hours_left
    entry = package_hours.move(
        package=adjusted, kind=PackageEntryKind.ADJUSTED, hours=hours, reason=reason, actor=actor, now=now
    )
    changes: facts.Changes = {"hours_left": (before, adjusted.hours_left)}
    audit.record(verb="adjust", subject=adjusted, actor=actor, now=now, changes=changes, reason=reason)
    return entry


@taking_turns()
def sell_package(*, package: Package, actor: User | None, now: datetime) -> Invoice:
    """Write the draft of a package's invoice, once, and return it.

    raises: SoldAlready, written_lines.RateArchived, studio.db.TryAgain
    """
    client = settling.lock_client_of(package)
    sold = Package.objects.locked().select_related("vat_rate", "service").get(pk=package.pk)
    if sold.sale_id is not None or not sold.price:
        raise SoldAlready(_("%(package)s has an invoice already, or no price.") % {"package": sold})
    rate = sold.vat_rate or terms.usual_rate(client)
    line = NewLine(sold.name, sold.price, rate, service=sold.service)
    sold.sale = drafts.create_draft(client=client, lines=[line], actor=actor, now=now)
    sold.save(update_fields=["sale"])
    audit.record(verb="invoice", subject=sold, actor=actor, now=now, changes={"sale": (None, sold.sale.pk)})
    return sold.sale


@taking_turns()
def draw_down(
    *, item: InvoiceItem, package: Package, hours: Decimal | None, actor: User | None, now: datetime
) -> InvoiceItem:
    """Let a package pay for hours of a draft's line, by a line that takes them off, and return that.

    A line loses the share of its hours, never more than is left of it. The hours are used when the invoice is issued.
    hours: None: all that are left of the line
    raises: drafts.NotADraft, MoreThanLine, package_hours.PackageUnusable, charging.TestOnly
    """
    draft = drafts.locked_draft(item.invoice)
    paid = draft.items.select_related("vat_rate", "invoice__client").get(pk=item.pk)
    usable = Package.objects.locked().get(pk=package.pk)
    if draft.is_test:
        raise charging.TestOnly(_("This document is a test: it uses no real hours."))
    before = prepaid_of(paid)
    wanted = before.left.quantize(HUNDREDTH, ROUND_DOWN) if hours is None else hours
    on = local_day(now, current_profile().zone)
    package_hours.require_usable(usable, invoice=draft, hours=wanted, on=on)
    line = _taken_off(paid, usable, wanted, before)
    drafts.add_lines(invoice=draft, lines=[line], actor=actor, now=now)
    made = draft.items.order_by("position").last()
    if made is None:
        raise TryAgain(_("Somebody else is changing this right now. Please try again."))
    source = InvoiceSource(item=made, package=usable, pays_for=paid, label=str(usable))
    facts.set_facts(source, {"hours": wanted})
    with facts.saving(source):
        source.save(force_insert=True)
    return made


@taking_turns()
def expire_package(*, package: Package, now: datetime) -> Package:
    """Let the hours of a package expire whose last day is over, and return it."""
    expired = Package.objects.locked().get(pk=package.pk)
    today = local_day(now, current_profile().zone)
    if expired.expires_on is not None and expired.expires_on < today and expired.hours_left:
        lost = -expired.hours_left
        package_hours.move(package=expired, kind=PackageEntryKind.EXPIRED, hours=lost, actor=None, now=now)
        changes: facts.Changes = {"hours_left": (-lost, Decimal(0))}
        audit.record(verb="expire", subject=expired, actor=None, now=now, changes=changes)
    return expired


def expire_packages(*, now: datetime) -> int:
    """Let the hours of every package expire whose last day is over, and return how many packages that were."""
    overdue = Package.objects.overdue(local_day(now, current_profile().zone)).order_by("pk")
    return len([expire_package(package=package, now=now) for package in overdue])


def _taken_off(item: InvoiceItem, package: Package, hours: Decimal, before: Prepaid) -> NewLine:
    """Return the line that takes hours off another, at the price and the rate of that one.

    raises: MoreThanLine
    """
    if item.amount <= 0 or not before.hours:
        raise MoreThanLine(_("A package pays for hours: this line charges for none. Write it in hours first."))
    if hours > before.left or before.left <= 0:
        told = _("Of the %(hours)s hours of this line %(left)s are still to be paid for.")
        raise MoreThanLine(told % {"hours": _plain(before.hours), "left": _plain(before.left)})
    described = _("%(hours)s h of %(package)s") % {"hours": _plain(hours), "package": package}
    share = quantise(item.amount * (before.drawn + hours) / before.hours, item.invoice.currency) - before.paid
    if hours <= 0 or share <= 0:
        raise MoreThanLine(_("A package pays for hours of a line that charges for them."))
    if item.unit == ServiceUnit.HOUR and quantise(hours * item.unit_price, item.invoice.currency) == share:
        return NewLine(described, item.unit_price, item.vat_rate, quantity=-hours, unit=ServiceUnit.HOUR)
    return NewLine(described, share, item.vat_rate, quantity=Decimal(-1))


def _plain(hours: Decimal) -> str:
    return f"{hours.normalize():f}"
