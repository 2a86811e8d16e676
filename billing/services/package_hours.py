"""The ledger of prepaid hours: the only writer of its entries, and of what is left of a package."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceItem, InvoiceSource, Package, PackageEntry, PackageEntryKind, ServiceUnit
from billing.selectors.prepaid import prepaid_of
from sessions_app.services import facts
from studio.accounts.models import User
from studio.clock import local_day
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile


class PackageUnusable(DomainError):
    """The package is another client's, has expired, or has not so many hours left."""


def move(
    *,
    package: Package,
    kind: PackageEntryKind,
    hours: Decimal,
    actor: User | None,
    now: datetime,
    invoice: Invoice | None = None,
    reason: str = "",
) -> PackageEntry:
    """Move hours of a package whose row the caller holds, and return the entry.

    raises: facts.BadFacts, also where so many are not left
    """
    package.hours_left += hours
    entry = PackageEntry(
        package=package,
        invoice=invoice,
        account=actor,
        actor_label=actor.label if actor else "",
        at=now,
    )
    facts.set_facts(entry, {"kind": kind.value, "hours": hours, "reason": reason.strip()})
    with facts.saving(package):
        package.save(update_fields=["hours_left"])
        with facts.saving(entry):
            entry.save(force_insert=True)
    return entry


def use(*, invoice: Invoice, sources: Sequence[InvoiceSource], actor: User | None, now: datetime) -> None:
    """Use up the hours that the lines of a document take off, as it is being issued.

    sources: of its lines
    raises: PackageUnusable
    """
    for source in sources:
        _require_as_drawn(source)
    wanted = _by_package(sources)
    on = local_day(now, current_profile().zone)
    for package in Package.objects.locked().filter(pk__in=wanted):
        require_usable(package, invoice=invoice, hours=wanted[package.pk], on=on)
        move(
            package=package,
            kind=PackageEntryKind.USED,
            hours=-wanted[package.pk],
            invoice=invoice,
            actor=actor,
            now=now,
        )


def give_back(*, sources: Sequence[InvoiceSource], actor: User | None, now: datetime) -> None:
    """Return the hours that the lines of a document used, now that these are being credited; also of an expired one."""
    wanted = _by_package(sources)
    for package in Package.objects.locked().filter(pk__in=wanted):
        of = next(source.item.invoice for source in sources if source.package_id == package.pk)
        move(
            package=package,
            kind=PackageEntryKind.RETURNED,
            hours=wanted[package.pk],
            invoice=of,
            actor=actor,
            now=now,
        )


def require_usable(package: Package, *, invoice: Invoice, hours: Decimal, on: date) -> None:
    """Pass when a document may use hours of a package on a day.

    raises: PackageUnusable
    """
    if package.client_id != invoice.client_id or package.currency != invoice.currency:
        raise PackageUnusable(_("%(package)s is another client's.") % {"package": package})
    if package.expires_on is not None and package.expires_on < on:
        raise PackageUnusable(_("The hours of %(package)s have expired.") % {"package": package})
    if package.hours_left < hours:
        told = _("Of %(package)s %(left)s hours are left, not %(hours)s.")
        raise PackageUnusable(told % {"package": package, "left": package.hours_left, "hours": hours})


def _require_as_drawn(source: InvoiceSource) -> None:
    """Pass unless a line that takes off hours, or the one that these pay for, was changed after they were drawn."""
    if source.package_id is None:
        return
    item, hours = source.item, source.hours or 0
    is_share = item.unit != ServiceUnit.HOUR and item.quantity == -1
    if source.pays_for is None or not (is_share or item.quantity == -hours) or _is_overpaid(source.pays_for):
        told = _("The line %(line)s was changed since: take it off, and let the package pay anew.")
        raise PackageUnusable(told % {"line": item})


def _is_overpaid(item: InvoiceItem) -> bool:
    """Return whether packages pay for more of a line than it charges for."""
    found = prepaid_of(item)
    return found.left < 0 or found.paid > item.amount


def _by_package(sources: Iterable[InvoiceSource]) -> dict[int, Decimal]:
    wanted: dict[int, Decimal] = {}
    for source in sources:
        if source.package_id is not None and source.hours is not None:
            wanted[source.package_id] = wanted.get(source.package_id, Decimal(0)) + source.hours
    return wanted
