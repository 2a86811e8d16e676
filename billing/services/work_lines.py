"""Lines out of work that was done: sessions with their extras and fees, and hours."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceItem, InvoiceSource, PriceMode, ServiceUnit, VatRate
from billing.selectors import terms, unbilled, work_words
from billing.selectors.unbilled import HoursToBill, SessionToBill
from billing.selectors.worth import WORK, price_now
from billing.services import drafts
from billing.services.drafts import InvoiceFacts, NewLine
from sessions_app.models import PriceUnit, SessionExtra, StudioSession, TimeEntry, TotalSource
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile

QUANTITY = Decimal("0.001")  # as finely as a line counts


class NothingToCharge(DomainError):
    """Nothing of what was chosen is still to be charged to this client."""


class OtherPrices(DomainError):
    """Work is priced without VAT, and the document states prices with it."""


class NoWork(DomainError):
    """The line charges for no work, or for some that is gone."""


@taking_turns()
def draft_of_session(*, session: StudioSession, purchase_order: str = "", actor: User | None, now: datetime) -> Invoice:
    """Begin an invoice of what a session owes, for its client and its project, and return it.

    raises: NothingToCharge, OtherPrices, linked_clients.MergedAway
    """
    if session.client is None:
        raise NothingToCharge(_("This session is in-house: nobody is charged for it."))
    given: InvoiceFacts = {"project": session.project}
    if purchase_order:
        given["purchase_order"] = purchase_order
    begun = drafts.create_draft(client=session.client, actor=actor, now=now, **given)
    return charge_work(invoice=begun, sessions=[session.pk], entries=[], actor=actor, now=now)


@taking_turns()
def charge_work(
    *, invoice: Invoice, sessions: Collection[int], entries: Collection[int], actor: User | None, now: datetime
) -> Invoice:
    """Write what sessions owe below the lines of a draft, extras and fees as well, then hours; return the draft.

    Hours make a line for each task and rate.
    sessions, entries: their keys; all of them or none
    raises: drafts.NotADraft, drafts.ChargedAlready, drafts.TooManyLines, NothingToCharge, OtherPrices
    """
    draft = _draft(invoice)
    zone, rate = current_profile().zone, terms.usual_rate(draft.client)
    owing = unbilled.sessions_to_bill(draft.client, among=sessions)
    worked = unbilled.entries_to_bill(draft.client, among=entries)
    if not (owing or worked) or (len(owing), len(worked)) != (len(set(sessions)), len(set(entries))):
        raise NothingToCharge(_("Some of this is charged elsewhere by now, or no longer owed. Please choose again."))
    with translation.override(draft.language):
        lines = [line for each in owing for line in _session_lines(each, rate, zone)]
        lines += [_hours_line(hours, rate, zone) for hours in _grouped(worked, draft)]
    charged = drafts.add_lines(invoice=draft, lines=lines, actor=actor, now=now)
    on = [day for each in owing for day in work_words.days_of(each.session, zone)]
    return _supplied(charged, [*on, *(local_day(entry.started_at, zone) for entry in worked)], actor, now)


@taking_turns()
def write_anew(*, item: InvoiceItem, actor: User | None, now: datetime) -> Invoice:
    """Write a line as the work that it charges for stands now, at its VAT rate, and return the draft.

    raises: drafts.NotADraft, drafts.RateArchived, NoWork, OtherPrices
    """
    draft = _draft(item.invoice)
    sources = _sources(item)
    with translation.override(draft.language):
        line = _line_again(sources, item, draft, current_profile().zone)
    return drafts.replace_line(item=item, line=line, actor=actor, now=now)


@taking_turns()
def keep_price(*, item: InvoiceItem, actor: User | None, now: datetime) -> Invoice:
    """Let a line stand as it is although the work that it charges for costs something else now; return the draft.

    raises: drafts.NotADraft, NoWork
    """
    draft = drafts.locked_draft(item.invoice)
    for source in _sources(item):
        source.amount = price_now(source)
        source.save(update_fields=["amount"])
    kept = _("stays %(amount)s") % {"amount": item.amount}
    audit.record(verb="change", subject=draft, actor=actor, now=now, changes={"line": (item.description, kept)})
    return draft


def _draft(invoice: Invoice) -> Invoice:
    draft = drafts.locked_draft(invoice)
    if draft.price_mode != PriceMode.NET:
        raise OtherPrices(_("Sessions and hours are priced without VAT: let the document state its prices so, too."))
    return draft


def _sources(item: InvoiceItem) -> Sequence[InvoiceSource]:
    found = list(item.sources.select_related(*WORK, "extra__session", "fee__session").order_by("pk"))
    if not found or any(price_now(source) is None for source in found):
        raise NoWork(_("What this line was for is not known any more. Take the line off, or write it by hand."))
    return found


def _session_lines(owing: SessionToBill, rate: VatRate, zone: ZoneInfo) -> list[NewLine]:
    lines = [_session_line(owing, rate, zone)] if owing.price else []
    lines += [_extra_line(extra, rate, zone) for extra in owing.extras]
    return lines + [NewLine(work_words.fee_words(fee, zone), fee.amount, rate, charges=[fee]) for fee in owing.fees]


def _session_line(owing: SessionToBill, rate: VatRate, zone: ZoneInfo) -> NewLine:
    session = owing.session
    line = NewLine(work_words.session_words(owing, zone), owing.price, rate, charges=[session])
    by_list = list(session.price_lines.all()) if session.total_source == TotalSource.RULES else []
    if len(by_list) == 1 and by_list[0].unit == PriceUnit.HOUR:
        hours = by_list[0].quantity.quantize(QUANTITY)
        if quantise(hours * by_list[0].unit_price, session.currency) == owing.price:
            return replace(line, quantity=hours, unit=ServiceUnit.HOUR, unit_price=by_list[0].unit_price)
    return line


def _extra_line(extra: SessionExtra, rate: VatRate, zone: ZoneInfo) -> NewLine:
    line = NewLine(work_words.extra_words(extra, zone), extra.amount, rate, charges=[extra])
    if quantise(extra.quantity * extra.unit_price, extra.session.currency) != extra.amount:
        return line
    return replace(line, quantity=extra.quantity, unit_price=extra.unit_price)


def _hours_line(hours: HoursToBill, rate: VatRate, zone: ZoneInfo) -> NewLine:
    """Return the line of hours: quantity times price is its sum, to the cent, as EN 16931 wants it.

    1 h 35 at 50 are 79.17, and no three decimals times 50 make that: then the sum stands as one piece, and the words
    say how it came about. More decimals would not do: who reckons with what is printed would miss the cent.
    """
    line = NewLine(work_words.hours_words(hours, zone), hours.worth, rate, charges=hours.entries)
    price, currency = hours.first.hourly_rate, hours.first.currency
    if quantise(hours.quantity * price, currency) != hours.worth:
        return replace(line, description=f"{line.description}\n{work_words.length_words(hours)}")
    return replace(line, unit_price=price, quantity=hours.quantity, unit=ServiceUnit.HOUR)


def _grouped(entries: Sequence[TimeEntry], draft: Invoice) -> list[HoursToBill]:
    return unbilled.grouped(entries, terms.details_of(draft.client).time_step_minutes)


def _line_again(sources: Sequence[InvoiceSource], item: InvoiceItem, draft: Invoice, zone: ZoneInfo) -> NewLine:
    """Return the line that the same work makes now; of a session its price alone, as the line had it."""
    first, rate = sources[0], item.vat_rate
    if first.session:
        return _session_line(unbilled.session_alone(first.session), rate, zone)
    if first.extra:
        return _extra_line(first.extra, rate, zone)
    if first.fee:
        return NewLine(work_words.fee_words(first.fee, zone), first.fee.amount, rate, charges=[first.fee])
    groups = _grouped([source.time_entry for source in sources if source.time_entry], draft)
    if len(groups) != 1:
        raise NoWork(_("These hours have different rates now. Take the line off, and charge them again."))
    return _hours_line(groups[0], rate, zone)


def _supplied(draft: Invoice, on: Sequence[date], actor: User | None, now: datetime) -> Invoice:
    """Widen the days of supply that a draft states, so that they hold the work, and return it."""
    first = min([*on, draft.supplied_from] if draft.supplied_from else on)
    last = max([*on, draft.supplied_to] if draft.supplied_to else on)
    return drafts.change_draft(invoice=draft, supplied_from=first, supplied_to=last, actor=actor, now=now)
