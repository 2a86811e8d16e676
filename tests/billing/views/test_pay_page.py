"""The page on which a client pays: what is due, once, and right whether Stripe's news of it was here first or not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import AttemptState, BillingDetails, DocumentMail, Invoice, Payment, PaymentAttempt
from billing.selectors import declines, pay_links
from billing.selectors.ladder import ladder_of
from billing.services import (
    credit_notes,
    document_letters,
    instalments,
    issuing,
    pay_letters,
    paying,
    reminder_letters,
    session_deposits,
)
from sessions_app.services import sessions, sweeping
from studio.mail.models import EmailMessage
from studio.tenancy.context import as_owner, inside, on_platform
from studio.tenancy.models import PaymentAccount, Studio
from tests.billing.stripe_journeys import deliver, set_up
from tests.billing_factories import DraftFactory, held, issued, paid, settle_seller
from tests.factories import ClientFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return stripe_double


def page_of(invoice, door="pay-page", **given):
    token = pay_links.token_of(invoice, today=given.pop("today", timezone.localdate()))
    return reverse(f"billing:{door}", kwargs={"token": token, **given})


def pay(web, invoice, offer="balance:120.00:120.00"):
    return web.post(page_of(invoice), {"offer": offer})


def titles(answer):
    """What the page says first, and whether it offers to pay."""
    return answer.status_code, answer.text.split("<h1>")[1].split("</h1>")[0], answer.text.count("<form")


def test_a_client_reads_what_is_due_and_is_led_to_one_payment_however_often_they_click(web, double):
    invoice = issued(client=ClientFactory(name="Ada <b>"), deposit_amount=Decimal(30))
    page = web.get(page_of(invoice))
    assert titles(page) == (200, "Deposit to pay", 2)
    told = ("30.00 EUR", "Pay deposit: 30.00 EUR", "Pay all of it: 120.00 EUR", "Recording", "Harbour Studio")
    assert [each for each in told if each not in page.text] == []
    assert (page["Cache-Control"], page["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    policy = dict(each.strip().partition(" ")[::2] for each in page["Content-Security-Policy"].split(";"))
    assert policy["form-action"] == f"'self' {double.url}"
    assert "form-action 'self';" in f"{web.get(page_of(invoice, 'pay-pdf'))['Content-Security-Policy']};"
    assert Payment.objects.count() + PaymentAttempt.objects.count() == 0

    first, second = (pay(web, invoice, "deposit:30.00:120.00") for _click in range(2))
    attempt = PaymentAttempt.objects.get()
    assert (first.status_code, first["Location"], second["Location"]) == (303, attempt.url, attempt.url)
    assert attempt.page_address.endswith(page_of(invoice))

    # Another sum is another payment, and the first can be paid no more.
    assert pay(web, invoice, "open:120.00:120.00").status_code == 303
    assert [each.state for each in PaymentAttempt.objects.order_by("pk")] == [AttemptState.CANCELLED, AttemptState.OPEN]


@pytest.mark.parametrize("is_told_first", [True, False])
def test_who_comes_back_sees_the_payment_whether_the_news_was_here_first_or_not(web, double, is_told_first):
    client = ClientFactory()
    BillingDetails.objects.create(client=client, email="ada@example.org")
    invoice = issued(client=client)
    pay(web, invoice)
    unpaid = web.get(page_of(invoice, "pay-back"))
    assert ("No payment has come yet." in unpaid.text, titles(unpaid)[2]) == (True, 1)

    double.pay(PaymentAttempt.objects.get().checkout_session_id)
    if is_told_first:
        deliver(double)
    back, again = (web.get(page_of(invoice, "pay-back")) for _look in range(2))
    deliver(double)

    assert titles(back) == titles(again) == (200, "All of it is paid", 0)
    assert "Thank you: your payment of 120.00 EUR has arrived." in back.text
    assert "Its receipt comes by mail." in back.text
    assert Payment.objects.count() == 1
    receipt = DocumentMail.objects.get()
    assert (receipt.receipt.payment, receipt.recipient) == (Payment.objects.get(), "ada@example.org")
    saved = web.get(page_of(invoice, "pay-receipt", key=Payment.objects.get().public_id.hex))
    assert (saved.status_code, saved["Content-Type"]) == (200, "application/pdf")
    assert f"receipt {receipt.receipt}" in web.get(page_of(invoice)).text
    # A window that was open all the time asks for what is paid.
    stale = pay(web, invoice)
    assert (stale.status_code, "has changed meanwhile" in stale.text) == (409, True)


def test_a_card_that_is_declined_and_a_bank_that_takes_its_time_are_told_apart(web, double):
    invoice = issued()
    pay(web, invoice)
    page = PaymentAttempt.objects.get().checkout_session_id
    double.decline(page)
    declined = web.get(page_of(invoice, "pay-back"))
    assert ("was declined, and nothing was taken" in declined.text, titles(declined)[2]) == (True, 1)

    told = "Your bank did not say why. It will tell you when you ask. You can try again, with another card too."
    assert (told in declined.text, "Your card was declined." in declined.text) == (True, False)
    for card, why in (("4000000000009995", declines.LIMITED), ("4000000000000069", declines.EXPIRED)):
        double.pay(page, card)
        again = web.get(page_of(invoice, "pay-back"))
        assert (str(why) in again.text, "Your card has" in again.text) == (True, False)
    attempt = PaymentAttempt.objects.get()
    assert (attempt.decline_code, attempt.error) == ("expired_card", "Your card has expired.")

    double.pay_later(page)
    under_way = web.get(page_of(invoice, "pay-back"))
    assert titles(under_way) == titles(web.get(page_of(invoice))) == (200, "Your payment is under way", 0)
    assert pay(web, invoice).status_code == 409

    double.settle(page, came=False)
    failed = web.get(page_of(invoice, "pay-back"))
    assert ("Your bank did not make the last payment." in failed.text, titles(failed)[2]) == (True, 1)


def test_a_payment_that_only_stripe_knows_of_is_found_by_the_next_click(web, double):
    invoice = issued()
    pay(web, invoice)
    double.pay(PaymentAttempt.objects.get().checkout_session_id)

    again = pay(web, invoice)

    assert (again.status_code, again["Location"]) == (302, page_of(invoice))
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("is_told_first", [True, False])
def test_a_part_that_is_paid_in_one_window_is_not_asked_for_again_in_another(web, double, is_told_first):
    invoice = issued()
    parts = instalments.parts_of(invoice.payable, "EUR", count=3, first=timezone.localdate())
    instalments.write(invoice=invoice, parts=parts)
    offer = "balance:40.00:120.00"
    assert f'value="{offer}"' in web.get(page_of(invoice)).text
    pay(web, invoice, offer)
    double.pay(PaymentAttempt.objects.get().checkout_session_id)
    if is_told_first:
        deliver(double)

    again = pay(web, invoice, offer)

    assert (again.status_code, "This is how it stands now." in again.text, titles(again)[2]) == (409, True, 2)
    assert (Payment.objects.count(), PaymentAttempt.objects.count()) == (1, 1)
    assert pay(web, invoice, "balance:40.00:80.00").status_code == 303


def test_what_is_not_to_be_paid_says_why(web, double, studio):
    now = timezone.now()
    settle_seller()
    gone = sessions.change_session(
        session=held(ClientFactory(), now=now), deposit_amount=Decimal(100), actor=None, now=now
    )
    for_time_gone = session_deposits.ask_session_deposit(session=gone, actor=None, now=now)
    assert "held until" in web.get(page_of(for_time_gone)).text
    sweeping.sweep(now=now + timedelta(days=2))
    credited = issued()
    credit_notes.credit_in_full(invoice=credited, reason="Wrong", actor=None, now=now)
    settled = issued()
    paid(settled)

    for invoice, title, status in (
        (for_time_gone, "The time is no longer held", 200),
        (credited, "Nothing is to be paid any more", 410),
        (settled, "All of it is paid", 200),
    ):
        assert titles(web.get(page_of(invoice))) == (status, title, 0)
        assert pay(web, invoice).status_code == 409
    assert double.calls() == []
    desk, ask = signed_in(web, account("front_desk")), f"/admin/billing/invoice/{for_time_gone.pk}/pay-link/"
    assert ask not in desk.get(f"/admin/billing/invoice/{for_time_gone.pk}/change/").text
    with pytest.raises(paying.NothingDue, match="not kept any more"):
        pay_letters.send_pay_link(invoice=for_time_gone, recipient="a@example.org", actor=None, now=now)

    # A link of long ago, and what nobody here has signed.
    invoice = issued()
    old = web.get(page_of(invoice, today=timezone.localdate() - timedelta(days=181)))
    assert (old.status_code, "This link has expired" in old.text) == (410, True)
    token = pay_links.token_of(invoice, today=timezone.localdate())
    for wrong in (token[:-1], f"{token}x", token.replace("-", "-1"), invoice.public_id.hex, "x" * 5000, "%00"):
        for door in ("pay-page", "pay-back", "pay-pdf"):
            assert web.get(reverse(f"billing:{door}", args=[wrong])).status_code == 404, wrong
    note = Invoice.objects.get(kind="credit_note")
    assert web.get(page_of(note)).status_code == 404
    assert web.get(page_of(settled, "pay-receipt", key="x")).status_code == 404


def test_a_link_leads_to_the_copy_that_took_its_studios_place_and_to_nobody_else(studio, other_studio):
    today = timezone.localdate()
    invoice = issued()
    token = pay_links.token_of(invoice, today=today)
    with inside(other_studio):
        settle_seller()
        draft = DraftFactory()
        Invoice.objects.filter(pk=draft.pk).update(public_id=invoice.public_id)
        draft.refresh_from_db()
        restored = issuing.issue_invoice(invoice=draft, actor=None, now=timezone.now())
        assert pay_links.invoice_behind(token, today=today) is None
    with as_owner():
        Studio.objects.filter(pk=other_studio.pk).update(uid=studio.uid)
    with inside(other_studio):
        assert pay_links.invoice_behind(token, today=today) == restored


def test_where_stripe_cannot_be_asked_the_page_says_so_and_nothing_is_lost(web, double, settings, studio):
    for fault, status, told in (
        ("busy", 503, "Stripe is busy"),
        ("cut_after", 503, "did not answer in time"),
        ("declined", 409, "Stripe did not accept the payment"),
    ):
        double.fault(fault, path="/v1/checkout/sessions", method="POST")
        invoice = issued()
        answer = pay(web, invoice)
        assert (answer.status_code, told in answer.text, titles(answer)[2]) == (status, True, 1), fault
    assert pay(web, invoice).status_code == 303
    with double.down():
        back = web.get(page_of(invoice, "pay-back"))
        assert (back.status_code, back["Retry-After"], titles(back)[2]) == (503, "60", 0)
        assert "Please do not pay again" in back.text
        for _click in range(6):
            assert pay(web, invoice).status_code == 503
    asked = len(double.calls())
    assert (pay(web, invoice).status_code, len(double.calls())) == (503, asked)  # left alone for half a minute

    settings.STRIPE_SECRET_KEY = ""
    offline = web.get(page_of(invoice))
    assert ("Paying online is not set up here." in offline.text, titles(offline)[2]) == (True, 0)
    assert pay(web, invoice).status_code == 503
    settings.STRIPE_SECRET_KEY = "sk_test_double"
    with on_platform():
        PaymentAccount.objects.update(is_ready=False)
    assert "Paying online is not set up here." in web.get(page_of(invoice)).text


def test_the_twentieth_page_in_ten_minutes_is_refused_without_a_call(web, double):
    client = ClientFactory()
    invoices = [issued(client=client), issued(client=client)]
    for click in range(19):
        assert pay(web, invoices[click % 2]).status_code == 303
    asked = len(double.calls())
    assert (pay(web, invoices[0]).status_code, len(double.calls())) == (429, asked)
    assert pay(web, issued()).status_code == 303


def test_letters_that_ask_for_money_lead_to_the_page_while_there_is_something_to_pay(web, double, settings):
    client = ClientFactory(name="Ada", email="ada@example.org")
    invoice = issued(client=client, deposit_amount=Decimal(30))
    late = issued(client=client, now=timezone.now() - timedelta(days=90))
    today = timezone.localdate()
    link, of_late = (f"http://harbour.localhost{page_of(each)}" for each in (invoice, late))

    letter = document_letters.letter_of(invoice, today=today)
    assert [link in each for each in (letter.text, letter.html)] == [True, True]
    reminder = reminder_letters.letter_of(ladder_of(client, today), today)
    assert [of_late in each for each in (reminder.text, reminder.html)] == [True, True]

    desk = signed_in(web, account("front_desk"))
    act = f"/admin/billing/invoice/{invoice.pk}/pay-link/"
    assert act in desk.get(f"/admin/billing/invoice/{invoice.pk}/change/").text
    assert link in desk.get(act).text
    for _press in range(2):
        assert desk.post(act, {"recipient": "Manager@label.example"}).status_code == 302
    mail = EmailMessage.objects.get(kind="pay_link")
    assert (mail.recipient, link in mail.text, "30.00" in mail.text) == ("manager@label.example", True, True)
    assert desk.post(act, {"recipient": "nobody"}).status_code == 400

    paid(invoice)
    invoice.refresh_from_db()
    paid_letter = document_letters.letter_of(invoice, today=today)
    settings.STRIPE_SECRET_KEY = ""
    offline = document_letters.letter_of(late, today=today)
    assert ["/pay/" in each.text for each in (paid_letter, offline)] == [False, False]
    assert desk.post(act, {"recipient": "a@example.org"}).status_code == 409
