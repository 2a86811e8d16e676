"""Closing the day at the desk: what ought to be in the till against what was counted."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import LedgerAccount, PostingKind, TillClosing, TillMovement
from billing.selectors import till
from billing.selectors.till import OpenTill
from billing.services import postings
from billing.services.postings import Posting, Side
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import advisory_lock, taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.showing import money


class MovedSince(DomainError):
    """Money moved between the counting and the closing."""


class NothingToClose(DomainError):
    """Nothing moved since the day was closed last, and all is there."""


@taking_turns()
def close_till(
    *,
    currency: str,
    seen: Decimal,
    counted: Decimal,
    actor: User | None,
    now: datetime,
    taken_out: Decimal = Decimal(0),
    note: str = "",
) -> TillClosing:
    """Write down what was counted against what ought to be there, and return the closing.

    It takes up all that moved since the last one; what comes in afterwards is the next one's. What is missing or too
    much, and what is taken out, is posted: the cash of the ledger is what the till holds.
    seen: the cash that was expected when it was counted
    taken_out: of what was counted; the rest is what the next day begins with
    raises: MovedSince, NothingToClose, facts.BadFacts, studio.db.TryAgain
    """
    advisory_lock(["till"])
    moved = list(till.unclosed(currency).order_by("pk"))
    cash = list(till.unclosed_cash(currency).order_by("pk"))
    opened = till.till_with(moved, cash, currency)
    if opened.expected != seen:
        told = _("Money moved since this page was opened: %(cash)s ought to be there now. Please count again.")
        raise MovedSince(told % {"cash": money(opened.expected, currency)})
    if not moved and not cash and counted == opened.expected and not taken_out:
        raise NothingToClose(_("Nothing moved since the day was closed last."))
    closing = _closing(opened, actor, now, counted=counted, taken_out=taken_out, note=note)
    taken_up = [TillMovement(closing=closing, payment=payment) for payment in moved]
    TillMovement.objects.bulk_create([*taken_up, *(TillMovement(closing=closing, cash_move=move) for move in cash)])
    closing.refresh_from_db(fields=["expected_cash", "difference"])
    _post(closing, actor=actor, now=now)
    changes: dict[str, tuple[object, object]] = {
        "expected_cash": (None, closing.expected_cash),
        "counted_cash": (None, closing.counted_cash),
    }
    audit.record(verb="close", subject=closing, actor=actor, now=now, changes=changes, reason=closing.note)
    return closing


def _closing(
    opened: OpenTill, actor: User | None, now: datetime, *, counted: Decimal, taken_out: Decimal, note: str
) -> TillClosing:
    """Save what was counted against an open till, and return it."""
    closing = TillClosing(number=_next_number(), closed_at=now, currency=opened.currency)
    closing.sums = {each.method.value: [str(each.came), str(each.went)] for each in opened.moved}
    given = {
        "opening_cash": opened.opening,
        "cash_in": opened.cash.came,
        "cash_out": opened.cash.went,
        "counted_cash": _exact(counted, opened.currency),
        "taken_out": _exact(taken_out, opened.currency),
        "note": note.strip(),
        "account": actor,
        "actor_label": actor.label if actor else "",
    }
    facts.set_facts(closing, given)
    with facts.saving(closing):
        closing.save(force_insert=True)
    return closing


def _post(closing: TillClosing, *, actor: User | None, now: datetime) -> None:
    posting = Posting(
        kind=PostingKind.CLOSING,
        client=None,
        currency=closing.currency,
        booked_on=local_day(now, current_profile().zone),
        sides=[
            Side(LedgerAccount.CASH, closing.difference - closing.taken_out),
            Side(LedgerAccount.CASH_DIFFERENCE, -closing.difference),
            Side(LedgerAccount.TRANSIT, closing.taken_out),
        ],
        closing=closing,
        reason=closing.note,
    )
    postings.post(posting=posting, actor=actor, now=now)


def _next_number() -> int:
    last = TillClosing.objects.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _exact(amount: Decimal, currency: str) -> Decimal:
    if not amount.is_finite() or amount != quantise(amount, currency):
        raise facts.BadFacts(_("%(currency)s has no amount of %(amount)s.") % {"currency": currency, "amount": amount})
    return amount
