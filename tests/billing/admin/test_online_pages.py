"""The pages of payments, refunds and events at Stripe: what happened, found by any number, and dealt with again."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from billing.models import EventState, PaymentAttempt, RefundAttempt, StripeEvent
from billing.services import refunds
from billing.services.credit_notes import Part
from tests.billing.stripe_journeys import begun, deliver, paid_online, set_up, wrong_in_the_books
from tests.billing_factories import issued, paid
from tests.jobs import run_jobs
from tests.staff import account, signed_in
from tests.trails import trail

pytestmark = pytest.mark.django_db
ATTEMPTS = "/admin/billing/paymentattempt/"


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return stripe_double


@pytest.fixture
def owner(web):
    return signed_in(web, account("owner"))


def act(row, name):
    return reverse(f"admin:billing_{row._meta.model_name}_{name}", "studio.urls", args=[row.pk])


def tone(answer):
    return [each.level_tag for each in get_messages(answer.wsgi_request)][-1]


def said(answer):
    return [str(each) for each in get_messages(answer.wsgi_request)][-1]


def test_a_payment_tells_its_story_and_is_found_by_every_number(double, owner):
    invoice = issued()
    attempt = paid_online(double, invoice)
    part = Part(invoice.items.get(), 50)
    refunds.credit_part_and_refund(
        payment=attempt.payment, invoice=invoice, parts=[part], reason="Late", actor=None, now=timezone.now()
    )
    run_jobs()
    dispute = double.dispute(attempt.payment_intent_id, 6000)
    deliver(double)
    refund = RefundAttempt.objects.get()

    page = owner.get(f"{ATTEMPTS}{attempt.pk}/change/")
    told = [(moment.text, moment.note) for moment, _address in page.context["story"]]

    assert told[0][0] == "120.00 EUR asked for (balance), by the client"
    assert ("120.00 EUR are in the books", "Stripe keeps 22.05 EUR of it.") in told
    assert {"60.00 EUR paid back", "60.00 EUR taken back by the bank", "Stripe tells: paid"} <= {
        text for text, _ in told
    }
    assert [each.at for each, _ in page.context["story"]] == sorted(each.at for each, _ in page.context["story"])
    charge = StripeEvent.objects.filter(type="charge.refunded").get()
    numbers = [attempt.payment_intent_id, attempt.checkout_session_id, refund.refund_id, dispute["id"]]
    for number in (*numbers, charge.event_id, charge.object_id, invoice.invoice_number):
        assert f"{ATTEMPTS}{attempt.pk}/change/" in owner.get(ATTEMPTS, {"q": number}).text, number
    assert f"{ATTEMPTS}{attempt.pk}/change/" not in owner.get(ATTEMPTS, {"q": "re_unknown"}).text
    back = owner.get(f"/admin/billing/refundattempt/{refund.pk}/change/").text
    assert f"{ATTEMPTS}{attempt.pk}/change/" in back


def test_staff_look_again_and_close_the_page(double, owner):
    lost, kept = begun(), begun()
    double.pay(lost.checkout_session_id)
    double.drop()

    looked = owner.post(act(lost, "look-again"))
    given_up = owner.post(act(kept, "give-up"))
    late = owner.post(act(lost, "give-up"))

    assert (said(looked), said(given_up)) == (
        "Stripe says: paid. The books agree.",
        "Nobody can pay there any more. It is: given up.",
    )
    assert said(late) == "It was paid already: the money is in the books."
    assert [(verb, by[:5]) for verb, by, _why in trail(kept)] == [("cancel", "Owner")]
    assert trail(lost) == []
    assert {each.state for each in PaymentAttempt.objects.all()} == {"succeeded", "cancelled"}
    with double.down():
        refused = owner.post(act(lost, "look-again"))
    assert (refused.status_code, "Stripe cannot be reached" in refused.text) == (503, True)
    assert wrong_in_the_books() == []


def test_an_event_is_read_in_words_and_dealt_with_again_at_once(double, owner):
    attempt = begun()
    double.pay(attempt.checkout_session_id)
    double.change(attempt.checkout_session_id, amount_total=1)
    deliver(double)
    aside = StripeEvent.objects.filter(state=EventState.QUARANTINED).first()
    page = owner.get(f"/admin/billing/stripeevent/{aside.pk}/change/").text
    assert all(each in page for each in ("put aside", "Another amount", aside.event_id, "event-said"))

    still = owner.post(act(aside, "replay"))
    double.change(attempt.checkout_session_id, amount_total=12_000)
    done = owner.post(act(aside, "replay"))
    run_jobs()

    aside.refresh_from_db()
    assert ("It is put aside." in said(still), said(done)) == (True, "The books say what Stripe says.")
    assert (tone(still), tone(done)) == ("warning", "success")
    assert aside.state == EventState.APPLIED
    assert wrong_in_the_books() == []


def test_whoever_looks_at_a_document_sees_what_is_on_its_way(double, owner):
    attempt, untried = begun(), issued()
    double.pay_later(attempt.checkout_session_id)
    deliver(double)

    document = f"/admin/billing/invoice/{attempt.invoice.pk}/change/"
    page, receive = (
        owner.get(document).text,
        owner.get("/admin/billing/payment/add/", {"client": attempt.invoice.client_id}),
    )
    assert all(each in page for each in ("Payments at Stripe</h3>", f"{ATTEMPTS}{attempt.pk}/change/", "under way"))
    assert "is being paid online" in receive.text
    other = {"client": untried.client_id}
    assert "is being paid online" not in owner.get("/admin/billing/payment/add/", other).text
    assert "online-head" not in owner.get(f"/admin/billing/invoice/{untried.pk}/change/").text


def test_what_a_bank_took_back_is_no_plain_paid(double, owner):
    kept, taken = paid_online(double, issued()), paid_online(double, issued())
    dispute = double.dispute(taken.payment_intent_id)
    deliver(double)

    def seen(attempt):
        rows = owner.get(ATTEMPTS, {"invoice__id__exact": attempt.invoice_id}).text
        document = owner.get(f"/admin/billing/invoice/{attempt.invoice_id}/change/").text
        panel = document.partition('aria-labelledby="online-head"')[2].partition("</section>")[0]
        page = owner.get(f"{ATTEMPTS}{attempt.pk}/change/").text.partition("moments")[0]
        return ["taken back by the bank</span>" in each for each in (rows, panel, page)]

    assert (seen(taken), seen(kept)) == ([True] * 3, [False] * 3)
    double.close_dispute(dispute["id"], won=True)
    deliver(double)
    assert seen(taken) == [False] * 3


def test_a_bank_debit_is_called_so_and_nothing_online_looks_like_the_desk(double, owner):
    attempt = begun()
    double.pay_later(attempt.checkout_session_id)
    double.settle(attempt.checkout_session_id)
    deliver(double)
    attempt.refresh_from_db()

    assert attempt.payment.method == "debit"
    for page in (f"/admin/billing/payment/{attempt.payment_id}/change/", "/admin/billing/payment/"):
        assert "bank debit, online" in owner.get(page).text
    assert "bank debit, online" in owner.get(f"/admin/billing/invoice/{attempt.invoice_id}/change/").text
    by_hand = paid(issued(), method="debit")
    assert "online" not in by_hand.how
