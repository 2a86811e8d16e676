"""What lines charge for learns that it is invoiced, and is let go again when the document is credited."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceItem, InvoiceSource, QuoteItem
from billing.selectors.worth import currency_of, price_now
from billing.services import package_hours
from sessions_app.models import SessionExtra, SessionFee, StudioSession, TimeEntry
from sessions_app.services import billed, time_entries
from studio.accounts.models import User
from studio.errors import DomainError
from studio.showing import money
from training.models import Subscription, TrainingSession

type Charged = StudioSession | SessionExtra | SessionFee | TimeEntry | TrainingSession | Subscription | QuoteItem
COLUMN_OF: dict[type[Charged], str] = {
    StudioSession: "session",
    SessionExtra: "extra",
    SessionFee: "fee",
    TimeEntry: "time_entry",
    TrainingSession: "training_session",
    Subscription: "subscription",
    QuoteItem: "quote_item",
}


class OtherClient(DomainError):
    """What a line charges for is another client's."""

    status_code = 400


class OtherCurrency(DomainError):
    """What a line charges for was agreed in another currency."""

    status_code = 400


class PriceChanged(DomainError):
    """What a line charges for costs something else now."""


class TestOnly(DomainError):
    """A document of the test mode charges for nothing that is real."""


def require_chargeable(*, invoice: Invoice, thing: Charged) -> None:
    """Pass when a document may charge for a thing: it is real, and the thing is its client's, or nobody's yet.

    raises: OtherClient, OtherCurrency, TestOnly
    """
    if invoice.is_test:
        raise TestOnly(_("This document is a test: it charges for no real sessions, hours or plans."))
    payer = _payer_of(thing)
    if payer is not None and payer != invoice.client_id:
        raise OtherClient(_("%(what)s is another client's.") % {"what": thing})
    agreed = currency_of(thing)
    if agreed not in {"", invoice.currency}:
        told = _("%(what)s was agreed in %(agreed)s, and the document is in %(currency)s.")
        raise OtherCurrency(told % {"what": thing, "agreed": agreed, "currency": invoice.currency})


def take_up(*, invoice: Invoice, actor: User | None, now: datetime) -> None:
    """Tell sessions, fees, extras and hours that a document which is being issued charges for them; use prepaid hours.

    raises: OtherClient, OtherCurrency, TestOnly, PriceChanged, package_hours.PackageUnusable, billed.NotToInvoice,
        sessions_app.services.timesheet.EntryLocked
    """
    sources = _sources(invoice.items.all())
    for source in sources:
        for thing in filter(None, (getattr(source, column) for column in COLUMN_OF.values())):
            require_chargeable(invoice=invoice, thing=thing)
    hours = [source.time_entry for source in sources if source.time_entry]
    if hours:
        time_entries.lock_for_invoice(entries=hours, actor=actor, now=now)
    sessions = [source.session for source in sources if source.session]
    if sessions:
        billed.mark_invoiced(sessions=sessions, actor=actor, now=now)
    if charges := _charges(sources):
        billed.mark_charges_invoiced(charges=charges, actor=actor, now=now)
    package_hours.use(invoice=invoice, sources=sources, actor=actor, now=now)
    # What is marked keeps its price from here on: now is the moment to look whether it is still the one of the line.
    for source in _sources(invoice.items.all()):
        _require_price(source, invoice.currency)


def let_go(*, items: Iterable[InvoiceItem], actor: User | None, now: datetime) -> None:
    """Let sessions, fees, extras and hours go that lines charged for, now that these are being credited."""
    sources = _sources(items)
    hours = [source.time_entry for source in sources if source.time_entry]
    if hours:
        time_entries.release_from_invoice(entries=hours, actor=actor, now=now)
    sessions = [source.session for source in sources if source.session]
    if sessions:
        billed.mark_not_invoiced(sessions=sessions, actor=actor, now=now)
    if charges := _charges(sources):
        billed.mark_charges_not_invoiced(charges=charges, actor=actor, now=now)
    package_hours.give_back(sources=sources, actor=actor, now=now)


def release(*, items: Iterable[InvoiceItem], now: datetime) -> None:
    """Write down that what lines charged for can be charged again; the credit note is issued by now."""
    InvoiceSource.objects.filter(pk__in=[source.pk for source in _sources(items)]).update(released_at=now)


def _require_price(source: InvoiceSource, currency: str) -> None:
    price = price_now(source)
    if source.amount is not None and price not in {None, source.amount}:
        told = _("%(what)s costs %(price)s now; it was %(before)s when its line was written. Look at the line again.")
        before = money(source.amount, currency)
        raise PriceChanged(told % {"what": source.label, "price": money(price, currency), "before": before})


def _payer_of(thing: Charged) -> int | None:
    if isinstance(thing, TrainingSession | Subscription):
        return thing.member.client_id if thing.member else None
    if isinstance(thing, SessionExtra | SessionFee):
        return thing.session.client_id
    if isinstance(thing, StudioSession):
        return thing.client_id
    if isinstance(thing, QuoteItem):
        return thing.quote.client_id
    about = thing.session or thing.project or (thing.track and thing.track.project)
    return about.client_id if about else None


def _charges(sources: Iterable[InvoiceSource]) -> list[SessionFee | SessionExtra]:
    return [charge for source in sources if (charge := source.fee or source.extra)]


def _sources(items: Iterable[InvoiceItem]) -> list[InvoiceSource]:
    return list(
        InvoiceSource.objects.filter(item__in=items, released_at__isnull=True)
        .select_related(
            *("session", "extra__session", "fee__session", "training_session__member", "subscription__member"),
            *(
                "time_entry__session",
                "time_entry__project",
                "time_entry__track__project",
                "quote_item__quote",
                "item__invoice",
                "pays_for__invoice__client",
            ),
        )
        .order_by("pk")
    )
