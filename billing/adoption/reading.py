"""What former rows of money have in common: currencies, sums, rates of VAT, whom and what they are for."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel.numbers import list_currencies
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import PaymentMethod, SeriesKind, VatCategory, VatRate
from billing.selectors import former_numbers
from sessions_app.models import Client, Project
from studio.money import TOO_FINE
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import CENTS, LARGEST_AMOUNT, FormerRow, SetAside

NOTHING, HUNDRED = Decimal(0), Decimal(100)
SERIES = "adopted"
CANCELLED_THERE = gettext_lazy("Cancelled in the former system.")
METHODS = {method.value: method.value for method in PaymentMethod} | {
    "bank_transfer": PaymentMethod.TRANSFER.value,
    "bank transfer": PaymentMethod.TRANSFER.value,
    "check": PaymentMethod.CHEQUE.value,
    "stripe": PaymentMethod.CARD.value,
    "online": PaymentMethod.CARD.value,
    "paypal": PaymentMethod.OTHER.value,
}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a document said it comes to.

    percent: the VAT of lines that name none, and of sums without lines; of several rates it was a blend
    """

    subtotal: Decimal
    tax_amount: Decimal
    total: Decimal
    percent: Decimal

    def rate(self, *, now: datetime) -> VatRate:
        """Return the rate of so much percent, which is made where there is none."""
        return rate_at(self.percent, now=now)


@contextmanager
def checked_together() -> Iterator[None]:
    """Let rows that only agree together be written one after the other, and check them at the end of the block.

    An adoption checks every rule at once, so that what is refused is refused with its row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def client_of(row: FormerRow, run: Run) -> Client:
    """Return the client that a row is for.

    raises: SetAside
    """
    return Client.objects.get(pk=run.required(row, "client_id", "clients"))


def project_of(row: FormerRow, run: Run, client: Client) -> Project | None:
    """Return the project that a row is for; one of another client is dropped from the link, which is noted."""
    key = run.linked(row, "project_id", "projects")
    project = Project.objects.get(pk=key) if key else None
    if project is not None and project.client_id != client.pk:
        row.keep("project_id", _("The project belongs to another client; left empty."))
        return None
    return project


def currency_of(row: FormerRow, default: str) -> str:
    """Return the currency of a row's sums.

    raises: SetAside for one that does not exist, or has more decimals than sums have here
    """
    code = row.text("currency").upper() or default
    if code not in list_currencies() or code in TOO_FINE:
        raise SetAside(_('"%(value)s" is no currency that sums can be kept in.') % {"value": code[:80]})
    return code


def told_apart(kind: SeriesKind, number: str, taken: Iterable[str], row: FormerRow) -> str:
    """Return the series of former numbers in which a document keeps its number.

    taken: the series in which other documents have it; "" is ours
    One that another has, or that a series of ours which has begun will give to another, is told apart and noted.
    """
    used = set(taken)
    if "" in used or former_numbers.is_of_ours(kind, number):
        used |= {"", SERIES}
    if SERIES not in used:
        return SERIES
    series = next(name for place in range(2, len(used) + 3) if (name := f"{SERIES}-{place}") not in used)
    told = _("Another document has the number %(number)s; this one is told apart as %(series)s.")
    if "" in used:
        told = _(
            "A series that has begun here gives the number %(number)s to another; this is told apart as %(series)s."
        )
    row.notes.append(told % {"number": number, "series": series})
    return series


def sum_in(row: FormerRow, column: str) -> Decimal:
    """Return a sum from zero up that a row cannot do without.

    raises: SetAside
    """
    amount = row.amount(column)
    if amount is None:
        raise SetAside(_("%(column)s is missing.") % {"column": column})
    return amount


def signed(row: FormerRow, column: str) -> Decimal:
    """Return a sum that may be below zero and that a row cannot do without.

    raises: SetAside
    """
    amount = row.number(column)
    if amount is None:
        raise SetAside(_("%(column)s is missing.") % {"column": column})
    if abs(amount) > LARGEST_AMOUNT or amount != amount.quantize(CENTS):
        raise SetAside(_("%(column)s is no amount in cents: %(value)s.") % {"column": column, "value": amount})
    return amount.quantize(CENTS)


def stated_in(row: FormerRow, *, net: str, tax: str, total: str, percent: str) -> Stated:
    """Return what a row states its document comes to, by the columns that say it.

    Where VAT was charged at no rate, or at 0 %, its rate is what the sums make.
    raises: SetAside
    """
    subtotal, tax_amount = sum_in(row, net), sum_in(row, tax)
    rate = percent_in(row, percent)
    if not rate:
        rate = _percent_made(subtotal, tax_amount)
    return Stated(subtotal, tax_amount, sum_in(row, total), rate)


def _percent_made(net: Decimal, tax: Decimal) -> Decimal:
    """Return the percent that makes this VAT: one that is usual here, else the one that is nearest."""
    if not tax:
        return NOTHING
    if tax > net:
        raise SetAside(_("The VAT of %(tax)s is more than the net sum of %(net)s.") % {"tax": tax, "net": net})
    usual = VatRate.objects.offered().order_by("-rate").values_list("rate", flat=True)
    made = (rate for rate in usual if abs(net * rate - tax * HUNDRED) <= CENTS * HUNDRED / 2)
    return next(made, None) or (tax * HUNDRED / net).quantize(CENTS)


def method_of(row: FormerRow) -> str:
    """Return by what was paid; a way of somebody's own becomes "other" and is kept besides."""
    word = row.text("payment_method").lower()
    if word and word not in METHODS:
        row.keep("payment_method", _('"%(value)s" is no way to pay here; taken as other.') % {"value": word[:80]})
    return METHODS.get(word, PaymentMethod.OTHER.value)


def percent_in(row: FormerRow, column: str) -> Decimal | None:
    """Return a rate of VAT in percent, None where the row has none.

    raises: SetAside
    """
    percent = row.number(column)
    if percent is None:
        return None
    if not 0 <= percent <= HUNDRED:
        raise SetAside(_("%(column)s is no rate: %(value)s.") % {"column": column, "value": percent})
    return percent.quantize(CENTS)


def rate_at(percent: Decimal, *, now: datetime) -> VatRate:
    """Return the rate of so much percent; where there is none, one that is archived from the beginning."""
    category = VatCategory.STANDARD if percent else VatCategory.ZERO
    known = VatRate.objects.filter(rate=percent, category=category)
    if there := known.offered().order_by("pk").first() or known.order_by("pk").first():
        return there
    name = f"{percent.normalize():f} %"
    if VatRate.objects.filter(name=name).exists():
        name = _("%(percent)s %%, former") % {"percent": percent}
    return VatRate.objects.create(name=name, rate=percent, category=category, archived_at=now)
