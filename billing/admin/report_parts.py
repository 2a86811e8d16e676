"""What the reports of money have in common: who sees them, in which currency, and of which client."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.models import LedgerDay
from sessions_app.forms import key_of
from sessions_app.models import Client
from studio.accounts.report_pages import Asked, Choice, Picked
from studio.office.selectors.profile import current_currency
from studio.reports.tables import Figure, Way, change
from studio.showing import money

SEE = "billing.view_ledgerentry"
TAKE = "billing.export_invoice"
NOTHING = Decimal(0)


def currencies() -> Sequence[tuple[str, str]]:
    """Return the currencies of the ledger beside the studio's own."""
    own = current_currency()
    others = LedgerDay.objects.exclude(currency=own).order_by("currency").values_list("currency", flat=True)
    return [(code, code) for code in others.distinct()]


def client_called(key: str) -> str | None:
    """Return the name of the client that an address names."""
    return Client.objects.filter(pk=key_of(key) or 0).values_list("name", flat=True).first()


CURRENCY = Choice("currency", _("Currency"), currencies, _("The studio's"))
CLIENT = Picked("client", _("Client"), client_called)


def currency_of(asked: Asked) -> str:
    """Return the currency that a report is in."""
    return asked.chosen.get("currency") or current_currency()


def told_in(currency: str) -> Callable[[Decimal], str]:
    """Return how amounts of a currency are said."""
    return lambda amount: money(amount, currency)


def whole(label: object, now: Decimal, before: Decimal, currency: str) -> Figure:
    """Return the figure of a sum, and how it compares."""
    return Figure(label, money(now, currency), change(now, before))


def summary(asked: Asked, amount: Decimal, currency: str) -> str:
    """Return what a picture of a sum shows."""
    told = {"period": asked.period.name, "sum": money(amount, currency)}
    return _u("%(period)s: %(sum)s in all. The table below has every figure.") % told


def to_documents() -> Way:
    """Return the way to the documents, for whoever has none yet."""
    return Way(_("To the documents"), reverse("admin:billing_invoice_changelist"))


def document_link(key: int | None) -> str:
    """Return the address of a document."""
    return reverse("admin:billing_invoice_change", args=[key]) if key else ""
