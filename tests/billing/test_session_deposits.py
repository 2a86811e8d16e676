"""The deposit of a held slot: the hold outlives the page, money books it, and late money is told to somebody."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from billing.models import Invoice, PaymentAttempt
from billing.selectors.ladder import Hold, ladder_of
from billing.services import credit_notes, paying, reminders, session_deposits
from sessions_app.models import Room, SessionStatus
from sessions_app.services import sessions, sweeping
from tests.billing.late_journeys import mails_about, taken_by_somebody_else
from tests.billing.stripe_journeys import PAGE, begun, deliver, paid_online, set_up, wrong_in_the_books
from tests.billing_factories import paid, settle_seller
from tests.factories import ClientFactory, HoldFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
EUROS = Decimal(100)


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    settle_seller()
    return stripe_double


@pytest.fixture
def hold():
    """A slot next week, held for ten minutes, that asks for 100."""
    now = timezone.now()
    starts_at = (now + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    held = HoldFactory(client=ClientFactory(), starts_at=starts_at, expires_at=now + timedelta(minutes=10), now=now)
    return sessions.change_session(session=held, deposit_amount=EUROS, actor=None, now=now)


def asked(hold):
    return session_deposits.ask_session_deposit(session=hold, actor=None, now=timezone.now())


def test_a_hold_outlives_the_page_and_is_booked_by_the_money(double, hold):
    invoice = asked(hold)
    assert (invoice.kind, invoice.remaining_balance) == ("deposit_invoice", Decimal(120))
    with pytest.raises(session_deposits.NoDepositToAsk):
        asked(hold)

    attempt = begun(invoice)
    hold.refresh_from_db()
    assert hold.hold_expires_at > attempt.expires_at
    assert hold.stripe_checkout_session_id == attempt.checkout_session_id
    paid_online(double, invoice, attempt)

    hold.refresh_from_db()
    assert (hold.status, hold.deposit_paid, hold.payment_status) == (SessionStatus.SCHEDULED, True, "partial")
    assert hold.stripe_payment_intent_id == attempt.payment_intent_id
    assert wrong_in_the_books() == []


def test_a_hold_outlives_three_pages_and_is_not_kept_by_clicking_for_ever(double, hold):
    invoice, begun_at, kept = asked(hold), timezone.now(), []
    for _page in range(5):
        paying.begin_payment(invoice=invoice, page_address=PAGE, actor=None, now=begun_at)
        hold.refresh_from_db()
        kept.append(hold.hold_expires_at - begun_at)
        begun_at += timedelta(minutes=50)

    hour = timedelta(hours=1)
    assert kept == [hour, hour, hour, hour - timedelta(minutes=50), hour - timedelta(minutes=100)]


def test_a_bank_may_take_its_time_for_a_hold_but_not_for_nothing(double, hold):
    attempt = begun(asked(hold))
    double.pay_later(attempt.checkout_session_id)
    deliver(double)
    hold.refresh_from_db()
    assert hold.hold_expires_at == hold.starts_at

    double.settle(attempt.checkout_session_id, came=False)
    deliver(double)

    hold.refresh_from_db()
    assert (hold.status, hold.hold_expires_at < timezone.now() + timedelta(days=2)) == (SessionStatus.HOLD, True)


def test_money_for_a_slot_that_is_gone_waits_for_somebody_to_settle_it(double, hold):
    attempt = begun(asked(hold))
    double.pay(attempt.checkout_session_id)
    sweeping.sweep(now=hold.starts_at - timedelta(hours=1))
    taken_by_somebody_else(hold)
    deliver(double)

    hold.refresh_from_db()
    late = PaymentAttempt.objects.late().get()
    assert (late.pk, late.state, hold.status) == (attempt.pk, "succeeded", SessionStatus.EXPIRED)
    assert wrong_in_the_books() == []


def test_late_money_books_the_slot_that_nobody_else_has(double, hold):
    attempt = begun(asked(hold))
    double.pay(attempt.checkout_session_id)
    sweeping.sweep(now=hold.starts_at - timedelta(hours=1))

    deliver(double)

    hold.refresh_from_db()
    assert (hold.status, PaymentAttempt.objects.late().count()) == (SessionStatus.SCHEDULED, 0)
    assert mails_about(attempt) == []


def test_staff_ask_for_it_on_the_sessions_page(double, hold, web):
    desk = signed_in(web, account("front_desk"))
    page = f"/admin/session-deposit/{hold.pk}/"
    assert page in desk.get(f"/admin/sessions_app/studiosession/{hold.pk}/change/").text
    assert desk.get(page).status_code == 200

    first, again = desk.post(page), desk.post(page)

    invoice = Invoice.objects.get()
    assert (first.status_code, first["Location"]) == (302, f"/admin/billing/invoice/{invoice.pk}/change/")
    assert (again.status_code, "is asked already" in again.text) == (409, True)


def test_the_page_proposes_a_deposit_and_says_what_became_of_it(double, hold, web):
    change = partial(sessions.change_session, session=hold, actor=None, now=timezone.now())
    change(deposit_amount=None)
    Room.objects.update(hourly_rate=Decimal(80))
    manager = signed_in(web, account("manager"))
    page, ask = f"/admin/sessions_app/studiosession/{hold.pk}/change/", f"/admin/session-deposit/{hold.pk}/"
    hours = Decimal((hold.ends_at - hold.starts_at).total_seconds()) / 3600
    assert manager.get(ask).context["form"].initial == {"amount": hours * 80 * 30 / 100}
    assert "session-deposit" not in manager.get(page).text.replace(ask, "")

    assert manager.post(ask, {"amount": "0"}).status_code == 400
    manager.post(ask, {"amount": "55.50"})
    invoice = Invoice.objects.get()
    waiting = manager.get(page).text
    attempt = begun(invoice)
    paid_online(double, invoice, attempt)

    hold.refresh_from_db()
    assert (hold.deposit_amount, hold.deposit_source, invoice.subtotal) == (
        Decimal("55.50"),
        "manual",
        hold.deposit_amount,
    )
    assert "asked for, not paid" in waiting
    assert f"/admin/billing/invoice/{invoice.pk}/pay-link/" in waiting
    paid_page = manager.get(page).text
    for shown in (
        attempt.checkout_session_id,
        hold.stripe_payment_intent_id,
        f"/admin/billing/paymentattempt/{attempt.pk}/change/",
        f"/admin/billing/invoice/{invoice.pk}/change/",
    ):
        assert shown in paid_page
    assert ask not in paid_page


def test_a_deposit_that_is_credited_can_be_asked_again(double, hold):
    invoice = asked(hold)
    paid(invoice)
    sweeping.sweep(now=timezone.now() + timedelta(days=1))
    hold.refresh_from_db()
    assert (hold.status, hold.deposit_paid) == (SessionStatus.HOLD, True)  # paid at the desk: staff confirm
    assert hold.hold_expires_at == hold.starts_at

    credit_notes.credit_in_full(invoice=invoice, reason="Moved", actor=None, now=timezone.now())

    hold.refresh_from_db()
    assert (hold.deposit_paid, asked(hold).remaining_balance) == (False, Decimal(120))


def test_a_deposit_that_is_asked_stays_until_it_is_credited(double, hold):
    invoice, change = asked(hold), partial(sessions.change_session, session=hold, actor=None, now=timezone.now())
    hold.refresh_from_db()
    assert hold.deposit_asked_at is not None
    with pytest.raises(sessions.DepositAsked, match="until a credit note"):
        change(deposit_amount=Decimal(50))
    assert change(total=Decimal(900)).deposit_amount == EUROS

    credit_notes.credit_in_full(invoice=invoice, reason="Less", actor=None, now=timezone.now())

    changed = change(deposit_amount=Decimal(50))
    assert (changed.deposit_asked_at, asked(changed).subtotal) == (None, Decimal(50))


def test_nobody_is_reminded_of_the_deposit_of_a_slot_that_is_gone(double, hold):
    asked(hold)
    late = timezone.now() + timedelta(days=45)
    (before,) = ladder_of(hold.client, late.date()).lates

    sweeping.sweep(now=hold.starts_at - timedelta(hours=1))

    (after,) = ladder_of(hold.client, late.date()).lates
    assert (before.hold, after.hold) == (None, Hold.GIVEN_AWAY)
    with pytest.raises(reminders.NothingToRemind, match="credit the document"):
        reminders.remind_now(client=hold.client, actor=None, now=late)
