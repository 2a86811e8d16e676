"""Sending a client to Stripe to pay a document: one payment of it at a time, written down before it is asked for.

Three steps: write it down, ask Stripe in no transaction, write down what it said. What breaks in between goes on under
the same key, which Stripe knows, so that there is one payment however often it is asked for.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from billing.gateways import stripe_gateway
from billing.gateways.facts import CheckoutFacts, CheckoutOrder, CheckoutStatus, NotSetUp, Refused, Unsure
from billing.models import AttemptState, Invoice, PaymentAttempt, Purpose
from billing.selectors.paying import Due, due_of
from billing.services import converging, late_money, payments, settling
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import TryAgain, alone, taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.showing import money
from studio.tenancy.context import current_schema
from studio.tenancy.jobs import defer
from studio.tenancy.services import payment_accounts
from studio.tenancy.services.payment_accounts import OwnAccount

LOOK_AFTER = "billing.look_after_payment"
LASTS = timedelta(minutes=45)  # Stripe takes no less than half an hour, from when it hears of it
TOO_SHORT = timedelta(minutes=2)  # nobody pays in less
ASKED_JUST_NOW = timedelta(seconds=10)
CLOSED_FOR = timedelta(hours=1)
KEY_LASTS = timedelta(hours=20)  # for a day at least, says Stripe
MOST_HELD = 3  # pages of one document that prolong a hold: else who clicks once an hour keeps the slot, and never pays
ROUNDS = 3
TURNS = 7  # of half a second each
PAID_MARK = "back/"


class NothingDue(DomainError):
    """Nothing, or not so much, is to be paid of the document."""


class UnderWay(DomainError):
    """Money for the document is on its way already."""


def begin_payment(
    *,
    invoice: Invoice,
    page_address: str,
    actor: User | None,
    now: datetime,
    purpose: Purpose | None = None,
    amount: Decimal | None = None,
    email: str = "",
) -> PaymentAttempt:
    """Return the payment of a document whose `url` is Stripe's page for it; asked again it is the same.

    In no transaction.
    page_address: of the client's page of this document, with a "/" at its end; Stripe leads back to it, and to `back/`
        below it once something was paid
    purpose, amount: what is due first, unless said; an amount is as OPEN
    actor: of the staff; None for the client
    raises: NothingDue, UnderWay, billing.gateways.facts.GatewayError, studio.db.TryAgain
    """
    own = _own_account()
    for _round in range(ROUNDS):
        attempt, is_new = _intend(
            invoice=invoice,
            own=own,
            wanted=(purpose, amount),
            page_address=page_address,
            email=email,
            actor=actor,
            now=now,
        )
        try:
            fits = is_new or _fits(attempt, own, (purpose, amount), now)
        except NothingDue:
            give_up(attempt=attempt, actor=actor, now=now)
            raise
        attempt = go_on(attempt=attempt, now=now) if fits else give_up(attempt=attempt, actor=actor, now=now)
        if attempt.state == AttemptState.OPEN:
            return attempt
        _require_to_pay(attempt)
        if is_new and attempt.state == AttemptState.FAILED:
            raise Refused(attempt.error)
    raise UnderWay(_("A payment of %(document)s is under way.") % {"document": invoice})


def go_on(*, attempt: PaymentAttempt, now: datetime) -> PaymentAttempt:
    """Bring a payment as far as it can be brought, wherever it was left, and return it. In no transaction.

    raises: billing.gateways.facts.GatewayError, converging.NotOurs, studio.db.TryAgain
    """
    if attempt.state == AttemptState.INTENDED:
        attempt = _begun_alone(attempt, now)
        if attempt.state != AttemptState.OPEN or now - attempt.asked_at < ASKED_JUST_NOW:
            return attempt
    try:
        return converging.look_again(attempt=attempt, now=now)
    except Refused as refusal:
        # The key or the account is another by now, and the page closed long ago: nobody will ever be told more.
        if attempt.state != AttemptState.OPEN or now - attempt.expires_at < CLOSED_FOR:
            raise
        return _end(attempt=attempt, state=AttemptState.EXPIRED, told=str(refusal))


def give_up(*, attempt: PaymentAttempt, actor: User | None, now: datetime) -> PaymentAttempt:
    """Have Stripe take no money for a payment any more, and return it; what was paid before stays paid.

    In no transaction.
    actor: of the staff; None for the client, and for the product itself
    raises: billing.gateways.facts.GatewayError, converging.NotOurs, studio.db.TryAgain
    """
    attempt = go_on(attempt=attempt, now=now)
    if attempt.state != AttemptState.OPEN:
        return attempt
    checkout = stripe_gateway.expire_checkout(checkout=attempt.checkout_session_id, account=attempt.provider_account)
    if checkout.status == CheckoutStatus.EXPIRED:
        return _cancel(attempt=attempt, actor=actor, now=now)
    return converging.look_again(attempt=attempt, now=now)


def route_all() -> None:
    """Have what Stripe tells of the payments that came out of a backup find this studio, where it finds no other."""
    payment_accounts.route_payments(PaymentAttempt.objects.values_list("public_id", flat=True))


def _require_to_pay(attempt: PaymentAttempt) -> None:
    """Pass when another payment may begin after one that was looked at: its money is neither here nor on its way.

    raises: UnderWay, NothingDue
    """
    if attempt.state == AttemptState.PROCESSING:
        raise UnderWay(_("A payment of %(document)s is under way at the bank.") % {"document": attempt.invoice})
    if attempt.state == AttemptState.SUCCEEDED:  # who asks has not seen it yet, and may mean that very sum
        told = _("A payment of %(document)s has just arrived. This is how it stands now.")
        raise NothingDue(told % {"document": attempt.invoice})


@taking_turns()
def _intend(
    *,
    invoice: Invoice,
    own: OwnAccount,
    wanted: tuple[Purpose | None, Decimal | None],
    page_address: str,
    email: str,
    actor: User | None,
    now: datetime,
) -> tuple[PaymentAttempt, bool]:
    """Write down that a document is to be paid, and return that, or the payment under way; and whether it is new."""
    late_money.lock_slots(invoice, now=now)
    client = settling.lock_client_of(invoice)
    document = Invoice.objects.locked().get(pk=invoice.pk)
    living = PaymentAttempt.objects.living().locked().select_related("invoice").filter(invoice=document).first()
    if living is not None:
        return living, False
    due = _wanted(document, *wanted)
    attempt = PaymentAttempt(
        invoice=document,
        purpose=due.purpose,
        amount=due.amount,
        currency=document.currency,
        provider_account=own.name,
        is_live=stripe_gateway.is_live(),
        schema_name=current_schema(),
        page_address=page_address,
        email=email or client.email,
        asked_at=now,
        expires_at=now + LASTS,
        account=actor,
        actor_label=actor.label if actor else "",
    )
    attempt.save(force_insert=True)
    payment_accounts.route_payments([attempt.public_id])
    defer(LOOK_AFTER, run_at=now + payments.LOOK_AFTER, attempt_id=attempt.pk)
    _prolong_hold(attempt, now)
    changes: dict[str, tuple[object, object]] = {"amount": (None, due.amount)}
    audit.record(verb="lead_to_pay", subject=document, actor=actor, now=now, changes=changes)
    return attempt, True


def _prolong_hold(attempt: PaymentAttempt, now: datetime) -> None:
    if PaymentAttempt.objects.filter(invoice=attempt.invoice).exclude(checkout_session_id="").count() < MOST_HELD:
        late_money.outlive(attempt.invoice, attempt.expires_at, now=now)


def _wanted(invoice: Invoice, purpose: Purpose | None, amount: Decimal | None) -> Due:
    """Return what is to be paid.

    raises: NothingDue
    """
    due = due_of(invoice)
    if due is None:
        raise NothingDue(_("Nothing is to be paid of %(document)s.") % {"document": invoice})
    if amount is None and purpose in {None, due.purpose}:
        return due
    given = due.left if amount is None else amount
    is_exact = given.is_finite() and given == quantise(given, invoice.currency)
    if not is_exact or not 0 < given <= due.left:
        told = {"document": invoice, "left": money(due.left, invoice.currency)}
        raise NothingDue(_("Of %(document)s %(left)s is still to pay.") % told)
    if purpose == Purpose.DEPOSIT:
        raise NothingDue(_("The deposit of %(document)s is paid already.") % {"document": invoice})
    return Due(purpose or Purpose.OPEN, given, due.left)


def _fits(
    attempt: PaymentAttempt,
    own: OwnAccount,
    wanted: tuple[Purpose | None, Decimal | None],
    now: datetime,
) -> bool:
    """Return whether the payment under way is the one that is wanted now.

    raises: NothingDue
    """
    due = _wanted(attempt.invoice, *wanted)
    ours = (due.amount, own.name, stripe_gateway.is_live())
    theirs = (attempt.amount, attempt.provider_account, attempt.is_live)
    return ours == theirs and attempt.expires_at - now > TOO_SHORT


def _begun_alone(attempt: PaymentAttempt, now: datetime) -> PaymentAttempt:
    """Ask Stripe for a payment while nobody else does, and return it: under one key Stripe answers one at a time.

    Who clicks twice waits for the answer to the first, in one of the places of those who may wait for Stripe.
    """
    schema, name = current_schema(), f"payment:{attempt.pk}"
    with alone(schema, name) as is_mine:
        if is_mine:
            return _begun_at_stripe(attempt, now)
    with stripe_gateway.waiting(), alone(schema, name, tries=TURNS):
        pass
    with alone(schema, name) as is_mine:
        if not is_mine:
            raise TryAgain(_("This payment is being begun. Please try again in a moment."))
        return _begun_at_stripe(attempt, now)


def _begun_at_stripe(attempt: PaymentAttempt, now: datetime) -> PaymentAttempt:
    """Ask Stripe for a payment unless somebody has just done so, and return it."""
    attempt = PaymentAttempt.objects.select_related("invoice").get(pk=attempt.pk)
    if attempt.state != AttemptState.INTENDED:
        return attempt
    if now - attempt.asked_at > KEY_LASTS:
        return _find(attempt, now)
    try:
        checkout = _asked_for(attempt, now)
    except Refused as refusal:
        return _end(attempt=attempt, state=AttemptState.FAILED, told=str(refusal))
    try:
        return converging.converge(attempt=attempt, checkout=checkout, intent=None, now=now)
    except converging.Outdated:
        return PaymentAttempt.objects.select_related("invoice").get(pk=attempt.pk)


def _asked_for(attempt: PaymentAttempt, now: datetime) -> CheckoutFacts:
    """Return Stripe's page for a payment, made now or before.

    A fault of Stripe's is repeated under the same key. So whoever asks again looks for the page; where there is none,
    nobody was ever sent to one, and another payment may begin.
    """
    try:
        return stripe_gateway.start_checkout(_order(attempt))
    except Unsure as unsure:
        if attempt.asked_at == now:
            raise
        since = attempt.asked_at - timedelta(minutes=10)
        found = stripe_gateway.find_checkout(key=str(attempt.public_id), account=attempt.provider_account, since=since)
        if found is None:
            raise Refused(str(unsure)) from unsure
        return found


def _order(attempt: PaymentAttempt) -> CheckoutOrder:
    """Return what Stripe is asked for: of nothing but the row, so that it is the same whenever it is asked."""
    with translation.override(attempt.invoice.language):
        name = str(attempt.invoice)
        if attempt.purpose == Purpose.DEPOSIT:
            name = _("Deposit, %(document)s") % {"document": name}
    return CheckoutOrder(
        key=attempt.public_id,
        studio=attempt.schema_name,
        account=attempt.provider_account,
        name=name,
        amount=attempt.amount,
        currency=attempt.currency,
        success_url=f"{attempt.page_address}{PAID_MARK}",
        cancel_url=attempt.page_address,
        email=attempt.email,
        expires_at=attempt.expires_at,
    )


def _find(attempt: PaymentAttempt, now: datetime) -> PaymentAttempt:
    """Look for a payment of which nobody knows whether Stripe ever heard of it, and return it; its page is closed."""
    since = attempt.asked_at - timedelta(hours=1)
    listed = stripe_gateway.intents_since(account=attempt.provider_account, since=since)
    if number := next((number for number, key, _studio in listed if key == str(attempt.public_id)), ""):
        return converging.look_again(attempt=attempt, now=now, intent_id=number)
    return _end(attempt=attempt, state=AttemptState.EXPIRED, told="")


@taking_turns()
def _end(*, attempt: PaymentAttempt, state: AttemptState, told: str) -> PaymentAttempt:
    settling.lock_client_of(attempt.invoice)
    held = PaymentAttempt.objects.locked().select_related("invoice").get(pk=attempt.pk)
    if held.is_living:
        held.state, held.error = state, told[:500]
        held.save(update_fields=["state", "error"])
    return held


@taking_turns()
def _cancel(*, attempt: PaymentAttempt, actor: User | None, now: datetime) -> PaymentAttempt:
    settling.lock_client_of(attempt.invoice)
    before = PaymentAttempt.objects.get(pk=attempt.pk).state
    held = _end(attempt=attempt, state=AttemptState.CANCELLED, told="")
    if held.state != before:
        changes: dict[str, tuple[object, object]] = {"state": (before, held.state)}
        audit.record(verb="cancel", subject=held, actor=actor, now=now, changes=changes)
    return held


def _own_account() -> OwnAccount:
    own = payment_accounts.own_account()
    if not stripe_gateway.is_set_up() or own is None or not own.is_ready:
        raise NotSetUp(_("Paying online is not set up."))
    return own
