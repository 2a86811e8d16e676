"""What becomes of a payment at Stripe, act by act, of which the product hears in any order, or not at all.

Nothing happens before somebody hears of it: an act is played when the first of its events arrives. So each order of six
events has the product look at Stripe at other moments, as events do that come while more is happening.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from billing.models import Allocation, LedgerEntry, Payment, PaymentAttempt, PaymentState, RefundAttempt
from billing.services import paying, payments, reconciling, refunds, session_deposits, stripe_events
from billing.services.credit_notes import Part
from sessions_app.services import sessions
from tests.billing.stripe_journeys import begun, post, wrong_in_the_books
from tests.billing_factories import issued
from tests.factories import ClientFactory, HoldFactory
from tests.jobs import run_jobs


@dataclass
class Tale:
    """A story being told: the documents it is about, and what Stripe has of it.

    to_come: the acts that were not played yet; happened: the events of those that were, whether heard of or not
    """

    double: object
    invoice: object = None
    session: object = None
    things: dict = field(default_factory=dict)
    to_come: tuple["Act", ...] = ()
    happened: tuple[str, ...] = ()

    def twin(self):
        """Return another that can be told to another end; what is stored is the same until `taken_back`."""
        return replace(self, invoice=copy(self.invoice), session=copy(self.session), things=dict(self.things))

    @property
    def attempt(self):
        """The payment that was begun last."""
        return PaymentAttempt.objects.filter(invoice=self.invoice).order_by("-pk").first()


@dataclass(frozen=True)
class Act:
    """Something that happens, and those of its events that are told of."""

    play: Callable[[Tale], object]
    events: tuple[str, ...] = ()


def hear(double, *events):
    """Let events come and have them dealt with; the documents that follow are printed another day."""
    assert {post(letter).status_code for letter in double.letters(*events)} == {200}
    run_jobs(stripe_events.APPLY)


def invoice(**given):
    """Begin with a document, and a client at Stripe's page for it."""

    def play(tale):
        tale.invoice = issued(**given)
        begun(tale.invoice)

    return Act(play)


def held_slot(tale):
    """Begin with a slot that waits for its deposit, and a client at Stripe's page for that."""
    now = timezone.now()
    starts_at = (now + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    held = HoldFactory(client=ClientFactory(), starts_at=starts_at, expires_at=now + timedelta(minutes=10), now=now)
    tale.session = sessions.change_session(session=held, deposit_amount=Decimal(100), actor=None, now=now)
    tale.invoice = session_deposits.ask_session_deposit(session=tale.session, actor=None, now=now)
    begun(tale.invoice)


def paid(tale):
    tale.things["intent"] = tale.double.pay(tale.attempt.checkout_session_id)["id"]


def declined(tale):
    tale.double.decline(tale.attempt.checkout_session_id)


def paid_by_bank(tale):
    tale.things["intent"] = tale.double.pay_later(tale.attempt.checkout_session_id)["id"]


def came(tale):
    tale.double.settle(tale.attempt.checkout_session_id)


def never_came(tale):
    tale.double.settle(tale.attempt.checkout_session_id, came=False)


def begun_again(tale):
    try:
        begun(tale.invoice)
    except paying.NothingDue:  # who has not seen what has just arrived is shown that first, and then asks again
        begun(tale.invoice)


def given_back(amount):
    """Have somebody pay back in Stripe's own pages."""

    def play(tale):
        tale.things["refund"] = tale.double.refund(tale.things["intent"], amount)["id"]

    return play


def credited_and_paid_back(tale):
    """Have the desk credit half and pay it back, of which Stripe says later how it went."""
    hear(tale.double, *tale.things["paid"])
    tale.double.settings(refunds_wait=True)
    part = Part(tale.invoice.items.get(), Decimal(50))
    act = {"actor": None, "now": timezone.now()}
    back = refunds.credit_and_refund(invoice=tale.invoice, parts=[part], reason="Late", **act).movements[0]
    run_jobs(payments.SEND_REFUND)
    tale.double.settings(refunds_wait=False)
    tale.things["refund"] = RefundAttempt.objects.get(payment=back).refund_id


def reached_them(tale):
    tale.double.refund_succeeds(tale.things["refund"])


def came_back(tale):
    tale.double.refund_fails(tale.things["refund"])


def disputed(tale):
    tale.things["dispute"] = tale.double.dispute(tale.things["intent"])["id"]


def won(tale):
    tale.double.close_dispute(tale.things["dispute"], won=True)


def lost(tale):
    tale.double.close_dispute(tale.things["dispute"], won=False)


SUCCEEDED, COMPLETED, FEE = "payment_intent.succeeded", "checkout.session.completed", "charge.updated"
DISPUTED, DECIDED = "charge.dispute.created", "charge.dispute.closed"
STORIES = {
    "a refund comes back, a dispute is won": (
        invoice(),
        Act(paid, (SUCCEEDED, COMPLETED)),
        Act(given_back(2000), ("charge.refunded",)),
        Act(came_back, ("refund.failed",)),
        Act(disputed, (DISPUTED,)),
        Act(won, (DECIDED,)),
    ),
    "a card is declined, a part goes back, the rest is lost": (
        invoice(),
        Act(declined, ("payment_intent.payment_failed",)),
        Act(paid, (COMPLETED, FEE)),
        Act(given_back(4000), ("refund.created",)),
        Act(disputed, (DISPUTED,)),
        Act(lost, (DECIDED,)),
    ),
    "a bank debit books a slot, and goes back": (
        Act(held_slot),
        Act(paid_by_bank, (COMPLETED, "payment_intent.processing")),
        Act(came, ("checkout.session.async_payment_succeeded", SUCCEEDED)),
        Act(given_back(None), ("refund.created",)),
        Act(reached_them, ("refund.updated",)),
    ),
    "the desk pays back, which comes back": (
        invoice(),
        Act(paid, (SUCCEEDED, FEE)),
        Act(credited_and_paid_back, ("refund.created", "charge.refunded")),
        Act(reached_them, ("refund.updated",)),
        Act(came_back, ("refund.failed",)),
    ),
    "a deposit, then the rest": (
        invoice(deposit_amount=Decimal(30)),
        Act(paid, (SUCCEEDED, COMPLETED, FEE)),
        Act(begun_again),
        Act(paid, (SUCCEEDED, COMPLETED, FEE)),
    ),
    "a bank debit never comes, a card does, and is disputed": (
        invoice(),
        Act(paid_by_bank, ("payment_intent.processing",)),
        Act(never_came, ("checkout.session.async_payment_failed",)),
        Act(begun_again),
        Act(paid, (SUCCEEDED, FEE)),
        Act(disputed, ("charge.dispute.funds_withdrawn",)),
        Act(won, ("charge.dispute.funds_reinstated",)),
    ),
}
EVENTS = 6  # of each story


class Teller:
    """Tells stories, each of documents and a client of its own."""

    def __init__(self, double):
        self.double = double

    def tell(self, story, order):
        """Play a story whose events arrive in an order, and return it.

        order: numbers of events, of 0 to 5; one named twice comes twice, one not named is lost
        """
        return self.tell_on(self.begin(story), order)

    def tell_on(self, tale, order):
        """Play the rest of a story, of which these events come yet, and return it."""
        for number in order:
            self.hear_of(tale, number)
        while tale.to_come:
            self._play(tale)
        assert len(tale.happened) == EVENTS, tale.happened
        return tale

    def begin(self, story):
        """Play what a story begins with, of which there is nothing to hear."""
        tale = Tale(self.double, to_come=STORIES[story])
        self._play(tale)
        return tale

    def hear_of(self, tale, number):
        """Let an event of a story come; what is not yet played of all before it happens now."""
        while len(tale.happened) <= number:
            self._play(tale)
        hear(self.double, tale.happened[number])

    def beginnings(self, tale: Tale, heard: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Tale]]:
        """Yield each beginning of each order of a story's events with the tale that far, and take it back afterwards.

        Orders share what they begin with, which is told once. The first come to its end is the causal one.
        """
        yield heard, tale
        for number in range(EVENTS):
            if number not in heard:
                with taken_back(self.double):
                    further = tale.twin()
                    self.hear_of(further, number)
                    yield from self.beginnings(further, (*heard, number))

    def _play(self, tale):
        act, *rest = tale.to_come
        act.play(tale)
        news = [event for kind in act.events for event in self.double.pending(kind)]
        assert len(news) == len(act.events), act.events
        if act.play is paid:
            tale.things["paid"] = news
        self.double.drop()
        tale.to_come, tale.happened = tuple(rest), (*tale.happened, *news)


@contextmanager
def taken_back(double):
    """Have all that is done, here and at Stripe, never have been."""
    double.snapshot()
    before = transaction.savepoint_create()
    yield
    _roll_back(before)
    double.restore()


def require_committable():
    """Pass when a commit would be let through here; what is deferred to one stays deferred."""
    before = transaction.savepoint_create()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _roll_back(before)


def _roll_back(before):
    transaction.savepoint_rollback(before)
    transaction.savepoint_commit(before)  # which would stay, and have all that comes inside it


def digest(tale):
    """Return what the books say in the end of the client of a story: the same however they came to say it."""
    client = tale.invoice.client
    tale.invoice.refresh_from_db()
    client.refresh_from_db()
    entries = LedgerEntry.objects.filter(transaction__client=client).order_by()
    sums = entries.values_list("transaction__kind", "ledger_account").annotate(sum=Sum(F("debit") - F("credit")))
    # What came to nothing may have done so before anybody here knew of it.
    movements = Payment.objects.filter(client=client).exclude(state=PaymentState.FAILED)
    put = Allocation.objects.filter(invoice=tale.invoice).order_by().values_list("payment__amount")
    if tale.session is not None:
        tale.session.refresh_from_db()
    return {
        "ledger": sorted(row for row in sums if row[2]),
        "movements": sorted(movements.values_list("kind", "amount", "state", "provider")),
        "put": sorted(row for row in put.annotate(sum=Sum("amount")) if row[1]),
        "payments": sorted(tale.invoice.payment_attempts.values_list("state", "amount")),
        "refunds": sorted(RefundAttempt.objects.filter(payment__client=client).values_list("state", "payment__amount")),
        "document": (tale.invoice.status, tale.invoice.remaining_balance, tale.invoice.credited_total),
        "client": client.balance_due,
        "slot": tale.session and (tale.session.status, tale.session.deposit_paid, tale.session.payment_status),
    }


def look(days=1):
    """Reconcile, and return what was found that is not right."""
    now = timezone.now()
    found = reconciling.reconcile_since(since=now - timedelta(days=days), now=now)
    return [*found.problems, *found.differences, *wrong_in_the_books()]
