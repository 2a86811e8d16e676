"""Former packages of prepaid hours, with a ledger that begins at what was left."""

from decimal import Decimal

from django.utils.translation import gettext as _

from billing.adoption.reading import checked_together, client_of
from billing.models import Package, PackageEntryKind
from billing.services import package_hours
from studio.clock import local_day
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import CENTS, FormerRow, SetAside

NOTHING = Decimal(0)
MOST_HOURS = Decimal("99999999.99")
# Whether its hours were lost with its day.
LOST = {"active": False, "consumed": False, "expired": True}


def adopt_package(row: FormerRow, run: Run) -> Package:
    """Return the package that a row of `client_packages` becomes.

    The former system counted what was used and did not say by which document: the ledger begins with what was bought,
    and with that number taken off it. What is left of one that had expired expires with it.
    """
    client = client_of(row, run)
    bought, used = _hours(row, "total_hours"), _hours(row, "used_hours") or NOTHING
    is_lost = LOST[row.choice("status", {word: word for word in LOST}, default="active")]
    if not bought:
        raise SetAside(_("It has no hours."))
    if used > bought:
        told = _("%(used)s of %(bought)s hours were used; all of them are taken as used.")
        row.keep("used_hours", told % {"used": used, "bought": bought})
        used = bought
    bought_on, expires_on = row.day("created_at") or local_day(run.now, run.zone), row.day("valid_until")
    if expires_on is not None and expires_on < bought_on:
        row.keep("valid_until", _("Its last day is before its sale; the day of its sale is taken."))
        expires_on = bought_on
    with checked_together():
        package = Package.objects.create(
            client=client,
            name=row.text("name", longest=255) or _("Package"),
            currency=client.currency,
            price=row.amount("price"),
            bought_on=bought_on,
            expires_on=expires_on,
            notes=row.raw_text("notes"),
        )
        package_hours.move(package=package, kind=PackageEntryKind.BOUGHT, hours=bought, actor=None, now=run.now)
        if used:
            reason = _("Used in the former system.")
            kind = PackageEntryKind.ADJUSTED
            package_hours.move(package=package, kind=kind, hours=-used, reason=reason, actor=None, now=run.now)
        if is_lost and package.hours_left:
            rest = -package.hours_left
            package_hours.move(package=package, kind=PackageEntryKind.EXPIRED, hours=rest, actor=None, now=run.now)
    return package


def _hours(row: FormerRow, column: str) -> Decimal | None:
    hours = row.number(column)
    if hours is not None and (not 0 <= hours <= MOST_HOURS or hours != hours.quantize(CENTS)):
        raise SetAside(_("%(column)s is no number of hours: %(value)s.") % {"column": column, "value": hours})
    return hours
