"""Payments at Stripe in the demonstration's recording studio: one in each state, a refund, a dispute, one that is late.

Each is begun here and paid at what stands in for Stripe, which then tells of it: there and in the books is the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings

from billing.gateways import signatures
from billing.gateways.stand_in import StandIn
from billing.models import Invoice, Payment, PaymentAttempt, StripeEvent, VatRate
from billing.selectors import pay_links
from billing.services import (
    drafts,
    issuing,
    paying,
    posting_numbers,
    provider_refunds,
    refunds,
    session_deposits,
    stripe_events,
)
from billing.services.credit_shares import parts_over
from billing.services.drafts import NewLine
from sessions_app.models import Client, Room
from sessions_app.selectors.availability import free_slots
from sessions_app.services import bookings, holds, sessions
from sessions_app.services.notices import Tell
from studio.clock import local_day
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.tenancy.context import on_platform

TWO_HOURS, A_DAY = timedelta(hours=2), timedelta(days=1)
PLAIN_NAME = r"^\w[^<>=]*$"
REFUNDED_LATER = "4000000000007726"  # of the test cards, the one to which a refund takes its time


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the stories are played.

    clock: says what time it is here
    now: when all this was begun
    """

    stand_in: StandIn
    clock: Callable[[], datetime]
    now: datetime

    def ago(self, minutes: int) -> datetime:
        """Return the moment so many minutes before."""
        return self.now - timedelta(minutes=minutes)

    def document(self, client: Client, price: int) -> Invoice:
        """Return a document to be paid."""
        line = NewLine("Mixing, revision", Decimal(price), VatRate.objects.get(is_default=True))
        draft = drafts.create_draft(client=client, lines=[line], actor=None, now=self.now)
        return issuing.issue_invoice(invoice=draft, actor=None, now=self.now)

    def begun(self, invoice: Invoice, at: datetime) -> PaymentAttempt:
        """Return a payment of a document for which its client is at Stripe's page."""
        self.stand_in.be(at)
        page = pay_links.address_of(invoice, today=local_day(self.now, current_profile().zone))
        return paying.begin_payment(invoice=invoice, page_address=page, actor=None, now=at)

    def paid(self, invoice: Invoice, at: datetime, **more: Any) -> PaymentAttempt:
        """Return a payment of which the news has come.

        more: what else the page is told, such as which card
        """
        attempt = self.begun(invoice, at)
        self.stand_in.be(at + timedelta(minutes=2))
        self.stand_in.tell("pay", session=attempt.checkout_session_id, **more)
        self.hear()
        attempt.refresh_from_db()
        return attempt

    def hear(self, at: datetime | None = None) -> None:
        """Take what Stripe has to tell, and deal with it, at once or at a moment that is past."""
        signed_at = self.clock()
        for body, signature in self.stand_in.news(signed_at):
            facts = signatures.read_event(
                body=body, signature=signature, secrets=settings.STRIPE_WEBHOOK_SECRETS, now=signed_at
            )
            heard_at = at or self.clock()
            with on_platform():
                stripe_events.take_event(facts=facts, now=heard_at)
            for event in StripeEvent.objects.filter(event_id=facts.id):
                stripe_events.apply_event(event=event, now=heard_at)


def pay_online(*, stand_in: StandIn, clock: Callable[[], datetime]) -> str:
    """Let clients pay online, or nearly, and return what was made in words; nothing where all of it was.

    Each story begins one payment: so many as there are have been told, by a run that was broken off or by all of them.
    In no transaction.
    """
    stage, told = Stage(stand_in, clock, clock()), PaymentAttempt.objects.count()
    # Some names of the former database try to be a formula, or a tag: they are for other pages.
    clients = list(Client.objects.present().filter(name__regex=PLAIN_NAME).exclude(email="").order_by("pk")[:8])
    if told >= len(STORIES) or not clients:
        return ""
    with stand_in.steered():
        if told == 0:
            stand_in.tell("forget")  # what it remembers is of a demonstration that is no more
            _of_nobody(stage)
        for place, tell in list(enumerate(STORIES))[told:]:
            tell(stage, clients[place % len(clients)])
    posting_numbers.number_postings()
    return f"{PaymentAttempt.objects.count()} payments at Stripe, one of them late."


def _of_nobody(stage: Stage) -> None:
    """A payment at the platform's account that nobody here began: the operators see what was told of it."""
    stage.stand_in.be(stage.ago(20))
    stage.stand_in.tell("sell", metadata=[{"attempt": str(uuid4())}], amount=4_900, currency="eur")
    stage.hear(stage.ago(20))


def _failed(stage: Stage, client: Client) -> None:
    """A bank debit, of which the money never came."""
    attempt = stage.begun(stage.document(client, 120), stage.ago(300))
    stage.stand_in.tell("pay_later", session=attempt.checkout_session_id)
    stage.hear(stage.ago(298))
    stage.stand_in.be(stage.ago(100))
    stage.stand_in.tell("settle", session=attempt.checkout_session_id, came=False)
    stage.hear(stage.ago(100))


def _expired(stage: Stage, client: Client) -> None:
    attempt = stage.begun(stage.document(client, 180), stage.ago(240))
    closed_at = stage.ago(194)
    stage.stand_in.be(closed_at)
    paying.go_on(attempt=attempt, now=closed_at)
    stage.hear(closed_at)


def _given_up(stage: Stage, client: Client) -> None:
    attempt = stage.begun(stage.document(client, 240), stage.ago(200))
    paying.give_up(attempt=attempt, actor=None, now=stage.ago(196))
    stage.hear(stage.ago(196))


def _open(stage: Stage, client: Client) -> None:
    """The card was declined, and the client still has the page open."""
    attempt = stage.begun(stage.document(client, 300), stage.ago(4))
    stage.stand_in.tell("decline", session=attempt.checkout_session_id)
    stage.hear(stage.ago(3))


def _under_way(stage: Stage, client: Client) -> None:
    """A bank debit, of which nothing has come yet; it will, in two days."""
    attempt = stage.begun(stage.document(client, 360), stage.ago(30))
    stage.stand_in.tell("settings", later=int((2 * A_DAY).total_seconds()))
    stage.stand_in.tell("pay_later", session=attempt.checkout_session_id)
    stage.hear(stage.ago(28))


def _refunded(stage: Stage, client: Client) -> None:
    """A payment of which a third goes back, which the bank confirms tomorrow; and an event that contradicts it."""
    attempt = stage.paid(stage.document(client, 420), stage.ago(9), card=REFUNDED_LATER)
    invoice = Invoice.objects.get(pk=attempt.invoice_id)
    done = refunds.credit_part_and_refund(
        payment=Payment.objects.get(attempt=attempt),
        invoice=invoice,
        parts=parts_over(invoice=invoice, amount=quantise(invoice.payable / 3, invoice.currency)),
        reason="One revision less.",
        actor=None,
        now=stage.clock(),
    )
    stage.stand_in.tell("settings", later=int(A_DAY.total_seconds()))
    stage.stand_in.be(stage.clock())
    charge = next(each for each in _charges(stage) if each["payment_intent"] == attempt.payment_intent_id)
    stage.stand_in.tell("change", id=charge["id"], members={"amount": 100})
    provider_refunds.send_refund(refund=done.movements[0].refund_attempt, now=stage.clock())
    stage.stand_in.tell("change", id=charge["id"], members={"amount": charge["amount"]})
    stage.hear()


def _charges(stage: Stage) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = stage.stand_in.tell("objects", kind="charge")["objects"]
    return found


def _disputed(stage: Stage, client: Client) -> None:
    attempt = stage.paid(stage.document(client, 480), stage.ago(15))
    stage.stand_in.be(stage.clock())
    stage.stand_in.tell("dispute", intent=attempt.payment_intent_id)
    stage.hear()


def _late(stage: Stage, client: Client) -> None:
    """A deposit of which the news came when the hold had run out, and somebody else had taken the slot."""
    now, zone = stage.now, current_profile().zone
    day = local_day(now + timedelta(days=9), zone)
    rooms: Sequence[Room] = list(Room.objects.bookable().order_by("pk"))
    found = next((slot for room in rooms for slot in free_slots(room=room, day=day, length=TWO_HOURS, now=now)), None)
    if found is None or found.room is None or local_day(found.starts_at, zone) != day:
        return
    before = stage.ago(180)
    place: dict[str, Any] = {"room": found.room, "starts_at": found.starts_at, "ends_at": found.ends_at}
    hold = holds.place_hold(
        title="String overdubs",
        client=client,
        expires_at=stage.ago(60),
        tell=Tell.NOBODY,
        actor=None,
        now=before,
        **place,
    )
    held = sessions.change_session(session=hold, deposit_amount=Decimal(90), actor=None, now=before)
    invoice = session_deposits.ask_session_deposit(session=held, actor=None, now=now)
    attempt = stage.begun(invoice, stage.ago(100))
    stage.stand_in.tell("pay", session=attempt.checkout_session_id)
    bookings.book_session(title="Jazz trio", tell=Tell.NOBODY, actor=None, now=now, **place)
    stage.hear()


STORIES = (_failed, _expired, _given_up, _open, _under_way, _refunded, _disputed, _late)
