"""What racers try on quotes, periods and prepaid hours: each round is about one, titled by its number."""

from datetime import UTC, datetime

from billing.models import Invoice, Quote, QuoteStatus, QuoteVersion, RecurringInvoice
from billing.services import (
    drafts,
    issuing,
    package_hours,
    quote_answers,
    quote_conversions,
    quote_expiry,
    quote_sending,
    quote_states,
    recurring_invoices,
)
from billing.services.quote_answers import Signer

NOW = datetime(2030, 1, 1, tzinfo=UTC)
RACERS = 4
REFUSALS = (
    quote_answers.NotOpen,
    quote_states.WrongState,
    quote_conversions.ConvertedAlready,
    drafts.ChargedAlready,
    drafts.NotADraft,
    package_hours.PackageUnusable,
    recurring_invoices.NotDue,
    recurring_invoices.PeriodInvoiced,
)


def quote_of(number):
    return Quote.objects.get(title=f"Round {number}")


def accept(number):
    version = QuoteVersion.objects.select_related("quote").get(quote=quote_of(number))
    said = {"fingerprint": version.content_hash, "signer": Signer("Ada"), "actor": None, "now": NOW}
    quote_answers.accept_quote(version=version, **said)
    return "accepted"


def expire(number):
    quote = quote_of(number)
    late = QuoteVersion.objects.get(quote=quote).expires_at
    expired = quote_expiry.expire_quote(quote=quote, now=late)
    return "expired" if expired.status == QuoteStatus.EXPIRED else "came late"


def take_back(number):
    quote_sending.take_back(quote=quote_of(number), actor=None, now=NOW)
    return "taken back"


def to_project(number):
    quote_conversions.convert_to_project(quote=quote_of(number), actor=None, now=NOW)
    return "a project"


def to_invoice(number):
    quote_conversions.convert_to_invoice(quote=quote_of(number), actor=None, now=NOW)
    return "an invoice"


def invoice_period(number):
    recurring = RecurringInvoice.objects.get(title=f"Round {number}")
    recurring_invoices.invoice_next_period(recurring=recurring, actor=None, now=NOW)
    return "a period"


def use_hours(order):
    def issue(number):
        draft = Invoice.objects.get(purchase_order=f"Round {number}{order}")
        issuing.issue_invoice(invoice=draft, actor=None, now=NOW)
        return "hours used"

    return issue


# What the first two racers of a round do, and the last two.
ROUNDS = (
    (accept, expire),
    (accept, take_back),
    (to_project, to_project),
    (to_invoice, to_invoice),
    (invoice_period, invoice_period),
    (use_hours("a"), use_hours("b")),
)


def answer(number, racer):
    """Do what is this racer's part in the round."""
    return ROUNDS[number % len(ROUNDS)][racer // 2](number)


ATTEMPTS = {"quote": answer}
