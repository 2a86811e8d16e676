"""Money that a client's bank takes back: reserved and flagged while it is argued over, and asked for by nobody."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.selectors import pay_links
from billing.services import chargebacks, paying, payments, refunds, session_deposits
from sessions_app.services import sessions
from tests.billing.stripe_journeys import begun, deliver, paid_online, set_up, wrong_in_the_books
from tests.billing_factories import issued, paid, settle_seller
from tests.factories import ClientFactory, HoldFactory
from tests.jobs import waiting_jobs
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    settle_seller()
    return stripe_double


def page_of(invoice):
    token = pay_links.token_of(invoice, today=timezone.localdate())
    return reverse("billing:pay-page", kwargs={"token": token})


def offers(web, invoice):
    """What the client's page says first, and the sums that it offers to pay."""
    page = web.get(page_of(invoice))
    return page.context["page"].state.value, [offer.amount for offer in page.context["page"].offers]


def disputed(double, payment, amount=None):
    dispute = double.dispute(payment.provider_id, *([int(amount * 100)] if amount else []))
    deliver(double)
    return dispute["id"]


def decided(double, dispute, *, won):
    double.close_dispute(dispute, won=won)
    deliver(double)


def refunded(payment, amount, method="card"):
    return payments.refund_payment(
        payment=payment, amount=Decimal(amount), reason="Asked", method=method, actor=None, now=timezone.now()
    )


@pytest.mark.parametrize("won", [True, False])
def test_what_a_bank_took_back_is_asked_for_online_only_once_it_is_lost(double, web, won):
    invoice = issued()
    payment = paid_online(double, invoice).payment
    assert offers(web, invoice) == ("paid", [])
    dispute = disputed(double, payment)
    invoice.refresh_from_db()

    assert (invoice.remaining_balance, offers(web, invoice)) == (Decimal(120), ("disputed", []))
    asked = web.post(page_of(invoice), {"offer": "balance:120.00:120.00"})
    assert asked.status_code == 409
    with pytest.raises(paying.NothingDue):
        begun(invoice)
    assert len(double.objects("checkout.session")) == 1

    decided(double, dispute, won=won)
    assert offers(web, invoice) == (("paid", []) if won else ("due", [Decimal(120)]))
    assert wrong_in_the_books() == []


def test_the_desk_may_take_the_money_meanwhile(double, web):
    invoice = issued()
    dispute = disputed(double, paid_online(double, invoice).payment)
    paid(invoice, "120")
    assert offers(web, invoice) == ("paid", [])

    decided(double, dispute, won=True)
    assert wrong_in_the_books() == []


def test_of_a_disputed_deposit_the_rest_can_be_paid(double, web):
    invoice = issued(deposit_amount=Decimal(30))
    payment = paid_online(double, invoice).payment
    assert offers(web, invoice) == ("due", [Decimal(90)])
    dispute = disputed(double, payment)

    assert offers(web, invoice) == ("due", [Decimal(90)])
    rest = begun(invoice)
    assert (rest.amount, rest.purpose) == (Decimal(90), "balance")
    paid_online(double, invoice, rest)
    assert offers(web, invoice) == ("disputed", [])
    decided(double, dispute, won=False)
    assert offers(web, invoice) == ("due", [Decimal(30)])
    assert wrong_in_the_books() == []


@pytest.mark.parametrize("end", [None, False, True], ids=["open", "lost", "won"])
def test_a_provider_gives_nothing_back_of_what_a_bank_took_some_of(double, end):
    invoice = issued()
    payment = paid_online(double, invoice).payment
    dispute = disputed(double, payment, Decimal(30))
    if end is not None:
        decided(double, dispute, won=end)
    payments.take_off_payment(
        payment=payment, invoice=invoice, amount=Decimal(60), reason="Late", actor=None, now=timezone.now()
    )

    if end:
        assert refunded(payment, 50).state == "pending"
        return
    with pytest.raises(chargebacks.ChargedBack):
        refunded(payment, 50)
    with pytest.raises(chargebacks.ChargedBack):
        refunds.credit_and_refund(invoice=invoice, reason="Late", actor=None, now=timezone.now())
    assert [job for job in waiting_jobs() if job[1] == payments.SEND_REFUND] == []
    assert refunded(payment, 50, "transfer").state == "settled"


def test_staff_see_a_flag_where_the_service_the_client_and_the_document_are(double, web):
    now = timezone.now()
    starts_at = (now + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    client = ClientFactory(name="Ada")
    held = HoldFactory(client=client, starts_at=starts_at, expires_at=now + timedelta(minutes=10), now=now)
    session = sessions.change_session(session=held, deposit_amount=Decimal(100), actor=None, now=now)
    invoice = session_deposits.ask_session_deposit(session=session, actor=None, now=now)
    payment = paid_online(double, invoice).payment
    owner = signed_in(web, account("owner"))
    pages = [
        reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", "studio.urls", args=[row.pk])
        for row in (session, client, invoice)
    ]
    flag = "The bank of Ada has taken 120.00 EUR back"
    assert [flag in owner.get(page).text for page in pages] == [False] * 3

    dispute = disputed(double, payment)
    assert [flag in owner.get(page).text for page in pages] == [True] * 3
    decided(double, dispute, won=True)
    assert [flag in owner.get(page).text for page in pages] == [False] * 3
