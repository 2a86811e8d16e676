"""Recurring invoices: arranged once, made at the beginning of each period, each period once."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from billing.models import MONTHS, Contract, Interval, PriceMode, RecurringInvoice, RecurringLine, RecurringPeriod
from billing.selectors.taxes import Taxed, Totals, line_amount, totals_of
from billing.services import drafts, issuing, settling
from billing.services.drafts import NewLine
from billing.services.written_lines import Line, facts_of, rates_now, require_offered, store
from sessions_app.models import Client
from sessions_app.services import facts, linked_clients
from sessions_app.services.staff_news import tell_staff
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import TryAgain, refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import days

LINE_FIELDS = ("description", "unit", "quantity", "unit_price", "vat_rate", "service")
YEAR = 12
MOST_AT_ONCE = 24  # periods of one arrangement in one run: one that begins long ago is caught up with night by night


class NotDue(DomainError):
    """The next period has not begun, or the arrangement is over."""


class PeriodInvoiced(DomainError):
    """The period is invoiced already."""


class OtherContract(DomainError):
    """The contract is with another client."""

    status_code = 400


class RecurringFacts(TypedDict, total=False):
    """Facts of an arrangement; what is left out is not changed."""

    title: str
    contract: Contract | None
    ends_on: date | None
    issues_itself: bool
    is_active: bool
    notes: str


@taking_turns()
def arrange(
    *,
    client: Client,
    starts_on: date,
    interval: Interval,
    lines: Sequence[Line],
    actor: User | None,
    now: datetime,
    **given: Unpack[RecurringFacts],
) -> RecurringInvoice:
    """Arrange invoices for a client from a day on, and return the arrangement.

    raises: facts.BadFacts, OtherContract, written_lines.RateArchived, linked_clients.MergedAway
    """
    recurring = RecurringInvoice(client=client)
    times = {"starts_on": starts_on, "next_on": starts_on, "interval": interval.value}
    changes = facts.set_facts(recurring, {"title": "", **times, **given})
    _require_own_contract(recurring)
    with facts.saving(recurring):
        recurring.save(force_insert=True)
    linked_clients.require_unmerged(client)
    _write(recurring, lines)
    audit.record(verb="create", subject=recurring, actor=actor, now=now, changes=changes)
    return recurring


@taking_turns()
def change_arrangement(
    *, recurring: RecurringInvoice, actor: User | None, now: datetime, **given: Unpack[RecurringFacts]
) -> RecurringInvoice:
    """Change facts of an arrangement, and return it; what is invoiced stays as it is.

    raises: facts.BadFacts, OtherContract
    """
    changed = RecurringInvoice.objects.locked().select_related("client", "contract").get(pk=recurring.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        _require_own_contract(changed)
        with facts.saving(changed):
            changed.save(update_fields=list(changes))
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def write_lines(
    *, recurring: RecurringInvoice, lines: Sequence[Line], actor: User | None, now: datetime
) -> RecurringInvoice:
    """Let the invoices to come have these lines and no others, and return the arrangement.

    raises: facts.BadFacts, written_lines.RateArchived
    """
    changed = RecurringInvoice.objects.locked().select_related("client").get(pk=recurring.pk)
    changed.lines.all().delete()
    _write(changed, lines)
    changes: facts.Changes = {"lines": (None, [line.description for line in lines])}
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


def periods_due(recurring: RecurringInvoice, today: date) -> list[RecurringPeriod]:
    """Return the periods that have begun and are not invoiced, the first one first; none of them is written."""
    found: list[RecurringPeriod] = []
    first = recurring.next_on
    while first <= min(today, recurring.ends_on or today) and len(found) < MOST_AT_ONCE:
        after = _following(recurring, first)
        found.append(RecurringPeriod(recurring=recurring, begins_on=first, last_on=after - timedelta(days=1)))
        first = after
    return found


def totals_of_period(recurring: RecurringInvoice) -> Totals:
    """Return what the invoice of a period comes to.

    queries: 2
    """
    client = recurring.client
    lines = [
        Taxed(
            line_amount(
                quantity=line.quantity, unit_price=line.unit_price, discount=Decimal(0), currency=client.currency
            ),
            line.vat_rate.category,
            line.vat_rate.rate,
        )
        for line in recurring.lines.select_related("vat_rate").order_by("position")
    ]
    return totals_of(lines, mode=PriceMode.NET, currency=client.currency)


@taking_turns()
def invoice_next_period(*, recurring: RecurringInvoice, actor: User | None, now: datetime) -> RecurringPeriod:
    """Invoice the period that comes next, and return it; of two who do so at once, one does.

    It is issued at once where that is arranged and nothing stands in the way: a draft is left otherwise.
    raises: NotDue, PeriodInvoiced, linked_clients.MergedAway, studio.db.TryAgain
    """
    client = settling.lock_client_of(recurring)
    due = RecurringInvoice.objects.locked().get(pk=recurring.pk)
    today = local_day(now, current_profile().zone)
    is_over = due.ends_on is not None and due.next_on > due.ends_on
    if not due.is_active or is_over or due.next_on > today:
        raise NotDue(_("No period of %(title)s is to be invoiced now.") % {"title": due})
    after = _following(due, due.next_on)
    period = RecurringPeriod(recurring=due, begins_on=due.next_on, last_on=after - timedelta(days=1))
    with facts.saving(period, recurring_periods_once=PeriodInvoiced(_("This period is invoiced already."))):
        period.save(force_insert=True)
    told = f"{due.title}: {days(period.begins_on, period.last_on)}"
    draft = drafts.create_draft(
        client=client,
        lines=[_line(line) for line in due.lines.select_related("vat_rate", "service").order_by("position")],
        supplied_from=period.begins_on,
        supplied_to=period.last_on,
        notes="\n\n".join(filter(None, [told, due.notes])),
        actor=actor,
        now=now,
    )
    period.invoice = draft
    period.save(update_fields=["invoice"])
    due.next_on = after
    due.save(update_fields=["next_on"])
    audit.record(verb="invoice", subject=due, actor=actor, now=now, changes={"period": (None, str(period))})
    if due.issues_itself:
        _issue(due, period, actor=actor, now=now)
    return period


def invoice_due(*, now: datetime) -> int:
    """Invoice every period that has begun, each by itself, and return how many; what is busy waits for the next run."""
    made = 0
    for recurring in RecurringInvoice.objects.due(local_day(now, current_profile().zone)).order_by("pk"):
        try:
            for _period in range(MOST_AT_ONCE):
                invoice_next_period(recurring=recurring, actor=None, now=now)
                made += 1
        except (NotDue, PeriodInvoiced, TryAgain, linked_clients.MergedAway):
            continue
        except DomainError as refusal:
            tell_staff(sentence=f"{recurring}: {refusal}", subject=recurring)
    return made


def _issue(due: RecurringInvoice, period: RecurringPeriod, *, actor: User | None, now: datetime) -> None:
    if period.invoice is None:
        return
    try:
        with refusing():
            issuing.issue_invoice(invoice=period.invoice, actor=actor, now=now)
    except DomainError as refusal:
        tell_staff(sentence=f"{due}, {period}: {refusal}", subject=due)


def _following(due: RecurringInvoice, first: date) -> date:
    """Return the first day of the period after one: on the day of the very first, or the last that the month has."""
    months = first.year * YEAR + first.month - 1 + MONTHS[Interval(due.interval)]
    year, month = months // YEAR, months % YEAR + 1
    return date(year, month, min(due.starts_on.day, monthrange(year, month)[1]))


def _line(line: RecurringLine) -> NewLine:
    return NewLine(
        description=line.description,
        unit_price=line.unit_price,
        vat_rate=line.vat_rate,
        quantity=line.quantity,
        unit=line.unit,
        service=line.service,
    )


def _write(recurring: RecurringInvoice, lines: Sequence[Line]) -> None:
    currency, rates, rows = recurring.client.currency, rates_now(lines), []
    for position, line in enumerate(lines, 1):
        made = facts_of(line, currency=currency, rate=require_offered(rates[line.vat_rate.pk]))
        row = RecurringLine(recurring=recurring, position=position, vat_rate=line.vat_rate)
        facts.set_facts(row, {name: made[name] for name in LINE_FIELDS})
        rows.append(row)
    store(rows)


def _require_own_contract(recurring: RecurringInvoice) -> None:
    if recurring.contract is not None and recurring.contract.client_id != recurring.client_id:
        raise OtherContract(_("This contract is with another client."))
