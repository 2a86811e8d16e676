"""A client pays at Stripe: one payment of a document at a time, and the books say what Stripe says."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from billing.gateways.facts import Busy, NotSetUp, Refused, Unreachable, Unsure
from billing.models import AttemptState, Payment, PaymentAttempt, PaymentState
from billing.selectors.ladder import Hold, ladder_of
from billing.services import credit_notes, paying, payments, provider_refunds, reconciling, refunds
from billing.services.credit_notes import Part
from studio.accounts.models import Notification
from studio.tenancy.jobs import JobRefused
from tests.billing.stripe_journeys import balances, begun, deliver, paid_online, set_up, wrong_in_the_books
from tests.billing_factories import issued, paid
from tests.factories import ClientFactory
from tests.jobs import run_jobs, waiting_jobs
from tests.staff import account
from tests.stripe_double import control

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return stripe_double


def look(days=1):
    """Reconcile, and return what was found that is not right."""
    now = timezone.now()
    found = reconciling.reconcile_since(since=now - timedelta(days=days), now=now)
    return [*found.problems, *found.differences, *wrong_in_the_books()]


@pytest.fixture
def owner():
    return account("owner")


def told():
    """What the owner has been told, the newest last."""
    return list(Notification.objects.order_by("pk").values_list("text", flat=True))


def holds(invoice):
    """What keeps each of a client's documents from being reminded of."""
    ladder = ladder_of(invoice.client, timezone.localdate())
    return [late.hold for late in ladder.lates] if ladder else []


def test_a_document_is_paid_once_however_often_it_is_asked_for_and_told(double, capsys, studio):
    invoice = issued()
    first = begun(invoice)
    assert (first.state, first.amount, first.purpose) == (AttemptState.OPEN, Decimal("120.00"), "balance")
    assert begun(invoice).pk == first.pk

    double.pay(first.checkout_session_id)
    events = double.pending()
    assert set(deliver(double, *events, *reversed(events))) == {200}

    paid = PaymentAttempt.objects.get()
    invoice.refresh_from_db()
    assert (paid.state, invoice.status, invoice.remaining_balance) == (AttemptState.SUCCEEDED, "paid", 0)
    assert Payment.objects.get().provider_id == paid.payment_intent_id
    assert balances() == {"clearing": Decimal("117.95"), "fees": Decimal("2.05")}
    assert double.charges_per("attempt") == {str(paid.public_id): 1}
    assert look() == []
    call_command("reconcile_payments")
    assert f"{studio.schema_name} {studio.name}: 2 read, all agree" in capsys.readouterr().out
    with pytest.raises(paying.NothingDue):
        begun(invoice)


def test_the_deposit_is_paid_first_then_the_rest_and_what_changed_meanwhile_is_asked_anew(double):
    invoice = issued(deposit_amount=Decimal(30))
    deposit = paid_online(double, invoice)
    invoice.refresh_from_db()
    assert (deposit.purpose, deposit.amount, invoice.remaining_balance) == ("deposit", Decimal(30), Decimal(90))
    assert (invoice.deposit_paid_at is not None, invoice.stripe_deposit_payment_intent_id) == (
        True,
        deposit.payment_intent_id,
    )

    rest = begun(invoice)
    paid(invoice, "40")  # at the desk, while Stripe's page is open
    anew = begun(invoice)

    rest.refresh_from_db()
    assert (rest.state, rest.amount, anew.amount) == (AttemptState.CANCELLED, Decimal(90), Decimal(50))
    paid_online(double, invoice, anew)
    assert (Payment.objects.count(), look()) == (3, [])


def test_money_that_the_document_asks_for_no_more_is_the_clients_credit(double):
    invoice = issued()
    attempt = begun(invoice)
    paid(invoice, "100")
    double.pay(attempt.checkout_session_id)
    double.drop()

    assert look() == []
    payment = Payment.objects.get(provider="stripe")
    assert (payments.left_of(payment), balances()["client_credit"]) == (Decimal(100), Decimal(-100))


def test_a_declined_card_may_try_again_and_a_bank_takes_its_time(double):
    declined = begun()
    double.decline(declined.checkout_session_id)
    deliver(double)
    declined.refresh_from_db()
    assert (declined.state, "declined" in declined.error) == (AttemptState.OPEN, True)
    paid_online(double, declined.invoice, declined)

    came, failed = begun(), begun()
    for attempt in (came, failed):
        double.pay_later(attempt.checkout_session_id)
    deliver(double)
    assert {each.state for each in PaymentAttempt.objects.filter(pk__in=[came.pk, failed.pk])} == {"processing"}
    with pytest.raises(paying.UnderWay):
        begun(came.invoice)
    double.settle(came.checkout_session_id)
    double.settle(failed.checkout_session_id, came=False)
    deliver(double)

    assert [PaymentAttempt.objects.get(pk=each.pk).state for each in (came, failed)] == ["succeeded", "failed"]
    assert look() == []


def test_a_slip_that_is_still_to_be_paid_is_under_way_and_no_failure(double):
    attempt = begun()
    double.pay_later(attempt.checkout_session_id)
    (slip,) = double.objects("payment_intent")
    double.change(slip["id"], status="requires_action")
    deliver(double)

    attempt.refresh_from_db()
    assert attempt.state == AttemptState.PROCESSING
    with pytest.raises(paying.UnderWay):
        begun(attempt.invoice)
    double.change(slip["id"], status="processing")
    double.settle(attempt.checkout_session_id)
    deliver(double)
    attempt.refresh_from_db()
    assert (attempt.state, look()) == (AttemptState.SUCCEEDED, [])


@pytest.mark.parametrize(
    ("fault", "error", "states"),
    [
        ("cut_after", Unsure, [AttemptState.OPEN]),
        ("cut_before", Unsure, [AttemptState.OPEN]),
        ("error_after", Unsure, [AttemptState.OPEN]),
        ("error", Unsure, [AttemptState.FAILED, AttemptState.OPEN]),
        ("busy", Busy, [AttemptState.OPEN]),
        ("declined", Refused, [AttemptState.FAILED, AttemptState.OPEN]),
    ],
)
def test_what_broke_off_goes_on_as_the_same_payment(double, fault, error, states):
    invoice = issued()
    double.fault(fault, path="/v1/checkout/sessions", method="POST")
    with pytest.raises(error):
        begun(invoice)

    again = begun(invoice)

    assert [each.state for each in PaymentAttempt.objects.order_by("pk")] == states
    assert [each["id"] for each in double.objects("checkout.session")] == [again.checkout_session_id]


def test_without_a_key_or_an_account_nothing_is_begun_and_nobody_is_asked_while_nobody_answers(
    double, settings, other_studio
):
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(NotSetUp):
        begun()
    settings.STRIPE_SECRET_KEY = "sk_test_double"
    with double.down():
        for _try in range(6):
            with pytest.raises(Unreachable):
                begun()
    asked = len(double.calls())
    with pytest.raises(Unreachable):
        begun()  # it is back, and left alone for half a minute
    with connection.cursor() as cursor:
        cursor.execute("SELECT extensions.may_call_provider('stripe')")
        assert (cursor.fetchone()[0], len(double.calls())) == (False, asked)


def test_a_refund_is_asked_for_once_and_what_the_bank_sends_back_is_credit(double, owner):
    invoice = issued()
    payment = paid_online(double, invoice).payment
    part = Part(invoice.items.get(), Decimal(50))
    act = {"actor": None, "now": timezone.now()}
    back = refunds.credit_and_refund(invoice=invoice, parts=[part], reason="Late", **act).movements[0]
    assert (back.state, waiting_jobs()[-1][1]) == ("pending", "billing.send_refund")

    double.fault("cut_after", path="/v1/refunds", method="POST")
    with pytest.raises(Unsure):
        run_jobs()
    assert look() == []

    back.refresh_from_db()
    assert (back.state, back.refund_attempt.state) == (PaymentState.SETTLED, "succeeded")
    assert [each["amount"] for each in double.objects("refund")] == [6000]
    double.refund_fails(back.provider_id)
    deliver(double)
    back.refresh_from_db()
    assert (back.state, back.refund_attempt.state, payments.left_of(payment)) == ("failed", "failed", Decimal(60))
    assert look() == []
    (news,) = told()
    assert news.startswith("60.00 EUR did not go back to ")
    assert Notification.objects.get().link == f"/admin/billing/payment/{payment.pk}/change/"


def test_a_refund_that_stripe_refuses_is_credit_and_one_made_at_stripe_is_written_down(double, owner):
    invoice = issued()
    payment = paid_online(double, invoice).payment
    double.refund(payment.provider_id, 2000)
    deliver(double)
    invoice.refresh_from_db()
    assert (invoice.remaining_balance, payments.left_of(payment)) == (Decimal(20), 0)

    double.refund(payment.provider_id)  # of which nothing is heard here before the next act
    act = {"actor": None, "now": timezone.now()}
    credit_notes.credit_in_full(invoice=invoice, reason="Fell through", **act)
    back = payments.refund_payment(payment=payment, amount=Decimal(100), reason="Gone", method="card", **act)
    run_jobs()

    back.refresh_from_db()
    assert (back.state, "refunded" in back.refund_attempt.error) == (PaymentState.FAILED, True)
    assert look() == []
    (news,) = told()
    assert ("100.00 EUR did not go back to" in news, back.refund_attempt.error in news) == (True, True)
    assert (payments.left_of(payment), sum(each["amount"] for each in double.objects("refund"))) == (0, 12_000)


def test_nothing_is_given_up_for_a_key_that_stripe_does_not_take(double, settings):
    invoice, other = issued(), issued()
    payment = paid_online(double, invoice).payment
    settings.STRIPE_SECRET_KEY = "sk_wrong"
    with pytest.raises(NotSetUp, match="does not take the key"):
        begun(other)
    act = {"actor": None, "now": timezone.now()}
    (back,) = refunds.credit_and_refund(invoice=invoice, reason="Late", **act).movements
    with pytest.raises(JobRefused):
        run_jobs("billing.send_refund")
    assert (back.refund_attempt.state, PaymentAttempt.objects.latest("pk").state) == ("intended", "intended")

    settings.STRIPE_SECRET_KEY = control.KEY
    assert look() == []
    back.refresh_from_db()
    assert (back.state, payments.left_of(payment), begun(other).state) == (PaymentState.SETTLED, 0, "open")


def test_a_refund_of_money_that_came_before_this_system_is_followed_too(double):
    number = double.sell([{}], amount=12_000)[0]["intent"]
    payment = paid(issued(), method="card", provider="stripe", provider_id=number)
    act = {"actor": None, "now": timezone.now()}
    credit_notes.credit_in_full(invoice=payment.allocations.get().invoice, reason="Fell through", **act)
    back = payments.refund_payment(payment=payment, amount=Decimal(50), reason="Gone", method="card", **act)
    run_jobs()

    back.refresh_from_db()
    assert (back.state, back.refund_attempt.state, wrong_in_the_books()) == ("settled", "succeeded", [])


def test_a_refund_that_was_given_up_here_and_made_at_stripe_is_written_down_all_the_same(double):
    invoice = issued()
    payment = paid_online(double, invoice).payment
    act = {"actor": None, "now": timezone.now()}
    back = refunds.credit_and_refund(invoice=invoice, reason="Late", **act).movements[0]
    double.fault("cut_after", path="/v1/refunds", method="POST")
    with pytest.raises(Unsure):
        run_jobs()
    refused = provider_refunds.refuse_refund(refund=back.refund_attempt, told="Another key.", now=timezone.now())
    assert (refused.state, payments.left_of(payment)) == ("failed", Decimal(120))

    deliver(double)
    made = Payment.objects.get(provider_id=double.objects("refund")[0]["id"])
    assert (made.state, made.reason, payments.left_of(payment)) == ("settled", "Paid back after all.", 0)
    assert look() == []


@pytest.mark.parametrize("won", [True, False])
def test_what_a_bank_takes_back_is_put_aside_until_it_is_decided(double, owner, won):
    invoice = issued(client=ClientFactory(name="Ada"))
    payment = paid_online(double, invoice).payment
    asked = double.dispute(payment.provider_id, asks=True)
    deliver(double)
    assert payment.returns.count() == 0
    double.close_dispute(asked["id"], won=True)

    dispute = double.dispute(payment.provider_id)
    deliver(double)
    invoice.refresh_from_db()
    assert (invoice.remaining_balance, payments.left_of(payment)) == (Decimal(120), 0)
    assert balances() == {
        "clearing": Decimal("-22.05"),
        "fees": Decimal("22.05"),
        "disputed": Decimal(120),
        "receivables": Decimal(120),
        "client_credit": Decimal(-120),
    }
    assert holds(invoice) == [Hold.DISPUTED]
    (taken,) = told()
    assert taken.startswith("The bank of Ada has taken 120.00 EUR back. Answer it at Stripe")
    with pytest.raises(payments.TooMuch):
        payments.refund_payment(
            payment=payment, amount=Decimal(1), reason="Twice", method="card", actor=None, now=timezone.now()
        )
    assert look() == []

    double.close_dispute(dispute["id"], won=won)
    deliver(double)
    invoice.refresh_from_db()
    assert invoice.remaining_balance == (0 if won else Decimal(120))
    assert Hold.DISPUTED not in holds(invoice)
    left = {"clearing": Decimal("97.95"), "fees": Decimal("22.05")}
    gone = {"clearing": Decimal("-22.05"), "fees": Decimal("22.05"), "receivables": Decimal(120)}
    gone["client_credit"] = Decimal(-120) + Decimal(120)
    assert balances() == (left if won else {name: amount for name, amount in gone.items() if amount})
    assert look() == []
    (decided,) = told()[1:]
    assert decided.endswith("are here again." if won else "the client owes them again.")
