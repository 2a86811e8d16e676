"""Cash that is no client's: put into the till, taken out of it, or spent out of it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, DecimalField, F, Sum, When
from django.utils.translation import gettext as _

from billing.models import (
    CashMove,
    CashMoveKind,
    Expense,
    ExpenseStatus,
    LedgerAccount,
    PaymentMethod,
    PostingKind,
)
from billing.selectors.till import open_till
from billing.services import postings
from billing.services.postings import Posting, Side
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import advisory_lock, refusing, taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.showing import money

NOTHING = Decimal(0)


class NotInTheTill(DomainError):
    """So much cash is not in the till."""


class SentAlready(DomainError):
    """Something else was written down with the same form before."""


@taking_turns()
def move_cash(
    *,
    kind: CashMoveKind,
    amount: Decimal,
    currency: str,
    reason: str,
    actor: User | None,
    now: datetime,
    form_key: UUID | None = None,
) -> CashMove:
    """Put cash into the till, or take some out, today and for a reason, and return the move; twice is once.

    kind: put in or taken out; what expenses take follows from them
    raises: NotInTheTill, SentAlready, facts.BadFacts, studio.db.TryAgain
    """
    advisory_lock(["till"])
    if (known := _sent(form_key, kind, amount)) is not None:
        return known
    if not amount.is_finite() or amount != quantise(amount, currency):
        raise facts.BadFacts(_("%(currency)s has no amount of %(amount)s.") % {"currency": currency, "amount": amount})
    on = local_day(now, current_profile().zone)
    move = CashMove(kind=kind, currency=currency, moved_on=on, form_key=form_key)
    facts.set_facts(move, {"amount": amount, "reason": reason.strip()})
    _write(move, actor=actor, now=now)
    audit.record(
        verb="move", subject=move, actor=actor, now=now, changes={"amount": (None, move.signed)}, reason=reason
    )
    return move


def follow_expense(*, expense: Expense, actor: User | None, now: datetime) -> CashMove | None:
    """Let the till have paid what an expense says was paid in cash, and no more; return the move, None where it did.

    The caller holds the expense's row and has just said that it is paid, or is not, or costs otherwise.
    raises: NotInTheTill, studio.db.TryAgain
    """
    is_cash = expense.status == ExpenseStatus.PAID and expense.payment_method == PaymentMethod.CASH
    paid = _paid_out(expense)
    more = (expense.amount if is_cash else NOTHING) - paid
    if not more:
        return None
    advisory_lock(["till"])
    move = CashMove(
        kind=CashMoveKind.EXPENSE if more > 0 else CashMoveKind.EXPENSE_BACK,
        expense=expense,
        amount=abs(more),
        currency=expense.currency,
        moved_on=_day_of(expense, now),
    )
    _write(move, actor=actor, now=now)
    return move


def is_out_of_the_till(expense: Expense) -> bool:
    """Return whether cash of the till was ever moved for an expense."""
    return expense.cash_moves.exists()


def require_cash(*, amount: Decimal, currency: str) -> None:
    """Take the till, and pass while so much cash is in it; the table refuses the rest.

    raises: NotInTheTill, studio.db.TryAgain
    """
    advisory_lock(["till"])
    if (there := open_till(currency).expected) < amount:
        raise too_little(there, currency)


def too_little(there: Decimal, currency: str) -> NotInTheTill:
    """Return the refusal of cash that is not there.

    there: what ought to be in the till
    """
    told = _(
        "Only %(there)s ought to be in the till. Write down first what was put in, under moves of cash, or pay "
        "otherwise."
    )
    return NotInTheTill(told % {"there": money(there, currency)})


def _sent(form_key: UUID | None, kind: CashMoveKind, amount: Decimal) -> CashMove | None:
    """Return what was written down with a form before, where it is the very same.

    raises: SentAlready when it is something else
    """
    known = CashMove.objects.filter(form_key=form_key).first() if form_key else None
    if known and (known.kind, known.amount) != (kind, amount):
        raise SentAlready(_("This form was sent before, and what it said then is written down. Open it anew."))
    return known


def _write(move: CashMove, *, actor: User | None, now: datetime) -> None:
    """Save a move and post it. The caller holds the till."""
    if not move.is_in:
        require_cash(amount=move.amount, currency=move.currency)
    move.at, move.account, move.actor_label = now, actor, actor.label if actor else ""
    with facts.saving(move), refusing(till_never_below_zero=too_little(NOTHING, move.currency)):
        move.save(force_insert=True)
    other = LedgerAccount.SUPPLIERS if move.expense is not None else LedgerAccount.TRANSIT
    posting = Posting(
        kind=PostingKind.TILL,
        client=None,
        currency=move.currency,
        booked_on=move.moved_on,
        sides=[Side(LedgerAccount.CASH, move.signed), Side(other, -move.signed)],
        cash_move=move,
        reason=move.reason,
    )
    postings.post(posting=posting, actor=actor, now=now)


def _paid_out(expense: Expense) -> Decimal:
    signed = Case(When(kind=CashMoveKind.EXPENSE, then=F("amount")), default=-F("amount"), output_field=DecimalField())
    found: Decimal | None = CashMove.objects.filter(expense=expense).aggregate(sum=Sum(signed))["sum"]
    return found or NOTHING


def _day_of(expense: Expense, now: datetime) -> date:
    return expense.paid_on or local_day(now, current_profile().zone)
