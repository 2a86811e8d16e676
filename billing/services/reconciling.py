"""Finding what was lost between Stripe and the books: events that never came, calls that broke off, other sums."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from billing.gateways import stripe_gateway
from billing.gateways.facts import Busy, GatewayError, MovementFacts, Unreachable
from billing.models import (
    AttemptState,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PaymentAttempt,
    PaymentKind,
    PaymentState,
    PostingKind,
    RefundAttempt,
    RefundState,
)
from billing.services import connecting, converging, paying, provider_refunds, stripe_events
from studio.accounts.models import NotificationKind
from studio.accounts.services import notifications
from studio.clock import local_day
from studio.db import TryAgain
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import day, money
from studio.tenancy.context import current_schema
from studio.tenancy.jobs import defer
from studio.tenancy.services import payment_accounts

UNDER_WAY = timedelta(minutes=5)
MOST_TOLD = 20
CAME_IN = "charge"
NOTHING = Decimal(0)


@dataclass(slots=True)
class Findings:
    """What a run looked at and found.

    looked_at: how many payments and refunds were read at Stripe
    problems: what could not be asked, each a sentence; differences: where Stripe and the books disagree
    """

    looked_at: int = 0
    problems: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    is_cut_short: bool = False

    def trying(self, act: Callable[[], object], about: object) -> None:
        """Do something with Stripe; what goes wrong is written down, and ends the run where Stripe cannot be asked."""
        if self.is_cut_short:
            return
        self.looked_at += 1
        try:
            act()
        except DomainError as failure:
            self.is_cut_short = isinstance(failure, (Busy, Unreachable))
            passes_by = isinstance(failure, (GatewayError, TryAgain))
            (self.problems if passes_by else self.differences).append(f"{about}: {failure}")


def reconcile_open(*, now: datetime, older_than: timedelta = UNDER_WAY) -> Findings:
    """Bring everything that is under way at Stripe as far as it is there, and return what was found.

    In no transaction.
    """
    found, before = Findings(), now - older_than
    for attempt in PaymentAttempt.objects.living().select_related("invoice").filter(asked_at__lt=before).order_by("pk"):
        found.trying(partial(_go_on, attempt, now), attempt)
    living = [RefundState.INTENDED, RefundState.PENDING]
    refunds = RefundAttempt.objects.select_related("payment")
    for refund in refunds.filter(state__in=living, asked_at__lt=before).order_by("pk"):
        found.trying(partial(_go_on_refunding, refund, now), refund)
    for event in stripe_events.waiting_events(before=before):
        defer(stripe_events.APPLY, queueing_lock=stripe_events.lock_of(event.event_id), event_id=event.event_id)
    return found


def look_after_payment(*, attempt: PaymentAttempt, now: datetime) -> None:
    """Bring a payment on of which nobody wrote down what Stripe said; what is older is for `reconcile_open`.

    In no transaction.
    raises: billing.gateways.facts.GatewayError, converging.NotOurs, studio.db.TryAgain
    """
    if attempt.state == AttemptState.INTENDED and now - attempt.asked_at < UNDER_WAY:
        _go_on(attempt, now)


def look_after_refund(*, refund: RefundAttempt, now: datetime) -> None:
    """As `look_after_payment`, for money that goes back.

    raises: billing.gateways.facts.GatewayError, converging.NotOurs, studio.db.TryAgain
    """
    if refund.state == RefundState.INTENDED and now - refund.asked_at < UNDER_WAY:
        _go_on_refunding(refund, now)


def reconcile_since(*, since: datetime, now: datetime) -> Findings:
    """Read what was touched at Stripe since a moment, settle what is ours, compare the sums, and return what was found.

    In no transaction.
    """
    found = reconcile_open(now=now, older_than=timedelta(0))
    found.trying(connecting.refresh_account, _("The account"))
    for account in _accounts():
        found.trying(partial(_reconcile_account, found, account, since, now), account or _("The account"))
    return found


def _reconcile_account(found: Findings, account: str, since: datetime, now: datetime) -> None:
    listed = _listed(account, since)
    ours = _touched(account, listed, since)
    rows = PaymentAttempt.objects.select_related("invoice").filter(provider_account=account)
    for attempt in rows.filter(Q(pk__in=ours) | Q(pk__in=_unfinished(since).values("pk"))).order_by("pk"):
        found.trying(partial(converging.look_again, attempt=attempt, now=now), attempt)
    if not found.is_cut_short:
        found.differences += _differences(account, listed, since)


def report_differences(found: Findings) -> None:
    """Tell owner and accountants where Stripe and the books disagree; each time it is asked to."""
    for text in found.differences[:MOST_TOLD]:
        notifications.notify_roles(
            roles=notifications.KEEPERS_OF_BOOKS, kind=NotificationKind.MONEY, text=text, link=""
        )


def _go_on(attempt: PaymentAttempt, now: datetime) -> None:
    """Bring a payment on; one that its document does not ask for any more is given up."""
    attempt = paying.go_on(attempt=attempt, now=now)
    if attempt.state == AttemptState.OPEN:
        attempt.invoice.refresh_from_db()
        if attempt.invoice.remaining_balance < attempt.amount:
            paying.give_up(attempt=attempt, actor=None, now=now)


def look_at_refund(*, refund: RefundAttempt, now: datetime) -> None:
    """Have the books say of a refund what Stripe says now; one that it never heard of has failed in the end.

    raises: converging.NotOurs, billing.gateways.facts.GatewayError, studio.db.TryAgain
    """
    origin = refund.payment.origin
    attempt = PaymentAttempt.objects.filter(payment=origin).select_related("invoice").first()
    if attempt is not None:
        converging.look_again(attempt=attempt, now=now)
    elif origin is not None:
        converging.look_at_former(origin=origin, now=now)
    refund.refresh_from_db()
    if refund.state == RefundState.INTENDED and now - refund.asked_at > provider_refunds.KEY_LASTS:
        provider_refunds.refuse_refund(refund=refund, told=_("Stripe never heard of it."), now=now)


def _go_on_refunding(refund: RefundAttempt, now: datetime) -> None:
    look_at_refund(refund=provider_refunds.send_refund(refund=refund, now=now), now=now)


def _accounts() -> list[str]:
    """Return the accounts at which this studio has had payments, and the one it has now."""
    own = payment_accounts.own_account()
    theirs = set(PaymentAttempt.objects.order_by().values_list("provider_account", flat=True).distinct())
    return sorted(theirs | ({own.name} if own else set()))


def _listed(account: str, since: datetime) -> dict[str, str]:
    """Return number -> attempt of the studio's payments made since a moment; an account may have been another's."""
    ours = {current_schema(), *PaymentAttempt.objects.order_by().values_list("schema_name", flat=True).distinct()}
    found = stripe_gateway.intents_since(account=account, since=since)
    return {number: key for number, key, studio in found if studio in ours}


def _touched(account: str, listed: Mapping[str, str], since: datetime) -> set[int]:
    """Return the keys of our payments that Stripe lists as made, paid back or disputed since a moment.

    listed: number -> attempt of those made
    """
    returned = set(stripe_gateway.returns_since(account=account, since=since))
    theirs = PaymentAttempt.objects.filter(provider_account=account)
    unpaid = theirs.exclude(state=AttemptState.SUCCEEDED)
    keys = [key for text in listed.values() if (key := _key(text)) is not None]
    begun = unpaid.filter(Q(payment_intent_id__in=listed) | Q(public_id__in=keys))
    return {*begun.values_list("pk", flat=True), *_of(theirs, returned)}


def _of(rows: QuerySet[PaymentAttempt], numbers: Iterable[str]) -> Iterable[int]:
    return rows.filter(payment_intent_id__in=list(numbers)).values_list("pk", flat=True)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _unfinished(since: datetime) -> QuerySet[PaymentAttempt]:
    """Return the payments that are paid, and of which something is still to be known: a fee, or how a dispute ended."""
    fees = LedgerTransaction.objects.filter(payment=OuterRef("payment"), kind=PostingKind.FEE)
    disputes = Payment.objects.filter(origin=OuterRef("payment"), kind=PaymentKind.DISPUTE, state=PaymentState.PENDING)
    paid = PaymentAttempt.objects.filter(state=AttemptState.SUCCEEDED)
    return paid.filter((~Exists(fees) & Q(asked_at__gte=since)) | Exists(disputes))


def _differences(account: str, listed: Mapping[str, str], since: datetime) -> Iterator[str]:
    """Yield where the balance at Stripe and the ledger disagree about a payment that came in since a moment.

    So is all that a payment brought which was begun here, and of which the books of a backup know nothing.
    """
    moved: dict[str, list[MovementFacts]] = {}
    for movement in stripe_gateway.movements_since(account=account, since=since):
        moved.setdefault(movement.intent, []).append(movement)
    ours = PaymentAttempt.objects.filter(provider_account=account, payment_intent_id__in=list(moved))
    known = set(ours.values_list("payment_intent_id", flat=True))
    for number in sorted(each for each in moved if listed.get(each) and each not in known):
        told = _("Stripe has %(said)s of a payment begun here of which the books know nothing: %(number)s.")
        said = sum((each.amount - each.fee for each in moved[number]), NOTHING)
        yield told % {"said": money(said, moved[number][0].currency), "number": number}
    for attempt in ours.select_related("payment", "invoice").order_by("pk"):
        theirs = [each for each in moved[attempt.payment_intent_id] if each.currency == attempt.currency]
        came = min((each.at for each in theirs if each.kind == CAME_IN), default=None)
        if came is None:
            continue  # its charge is older than what was read, or in the currency of another account
        said = sum((each.amount - each.fee for each in theirs), NOTHING)
        booked = _booked(attempt)
        if said != booked:
            told = _("%(day)s, %(document)s: Stripe's balance says %(said)s, the ledger %(booked)s.")
            yield told % {
                "day": day(local_day(came, current_profile().zone)),
                "document": attempt.invoice,
                "said": money(said, attempt.currency),
                "booked": money(booked, attempt.currency),
            }


def _booked(attempt: PaymentAttempt) -> Decimal:
    """Return what the ledger has at Stripe of a payment, less what went back of it and what Stripe kept."""
    of = Q(transaction__payment=attempt.payment_id) | Q(transaction__payment__origin=attempt.payment_id)
    rows = LedgerEntry.objects.filter(of, ledger_account=LedgerAccount.CLEARING) if attempt.payment_id else None
    return (rows.aggregate(sum=Sum(F("debit") - F("credit")))["sum"] or NOTHING) if rows is not None else NOTHING
