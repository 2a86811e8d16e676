"""The page on which a client says what becomes of money that came after its slot was gone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import BillingDetails, Invoice, LateOffer, LateOutcome, PaymentAttempt
from billing.selectors import late_answers, late_links, pay_links
from billing.services import late_offers, payments
from billing.services.late_offers import Offered
from sessions_app.models import FeeKind, SessionFee, SessionStatus, StudioSession
from sessions_app.services import bookings
from studio.accounts.models import Notification
from studio.mail.models import EmailMessage
from tests.billing.late_journeys import held, mails_about, paid_late
from tests.billing.stripe_journeys import set_up, wrong_in_the_books
from tests.billing_factories import settle_seller
from tests.factories import NOW
from tests.jobs import run_jobs
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    settle_seller()
    return stripe_double


@pytest.fixture
def client(web):
    """The client's browser: nobody is signed in."""
    return Client(headers={"host": "harbour.localhost"})


def page_of(attempt, today=None):
    token = late_links.token_of(attempt, today=today or timezone.localdate())
    return reverse("billing:late-page", kwargs={"token": token})


def head(answer):
    return answer.status_code, answer.text.split("<h1>")[1].split("</h1>")[0]


def offered(attempt, session, *hours):
    """Offer the client the time of the session, so many hours later."""
    times = [
        Offered(
            session, session.room, session.starts_at + timedelta(hours=each), session.ends_at + timedelta(hours=each)
        )
        for each in hours
    ]
    return late_offers.offer_times(attempt=attempt, times=times, actor=None, now=timezone.now())


def test_staff_offer_times_and_the_client_books_one_once(double, web, client):
    session, owner = held(), signed_in(web, account("owner"))
    attempt = paid_late(double, session)
    queue, ask = "/admin/billing/late-money/", f"/admin/billing/paymentattempt/{attempt.pk}/offer-times/"
    assert ask in owner.get(queue).text
    choices = [value for value, _label in owner.get(ask).context["form"].fields["times"].choices]

    assert owner.post(ask, {"times": []}).status_code == 400
    assert owner.post(ask, {"times": choices[:2]})["Location"] == queue
    first, second = LateOffer.objects.order_by("starts_at", "pk")
    assert mails_about(attempt)[1:] == ["Other times for you at Harbour Studio"]
    letter = EmailMessage.objects.filter(kind="late_money").latest("pk")
    assert page_of(attempt) in letter.text
    assert "Other times were offered to the client" in owner.get(queue).text

    shown = client.get(page_of(attempt))
    assert head(shown) == (200, "Your payment came after the time was taken")
    assert [each.key for each in shown.context["page"].choices] == [str(first.pk), str(second.pk)]
    assert (shown["Cache-Control"], shown["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    told = Notification.objects.count()
    answers = [client.post(page_of(attempt), {"choice": f"offer-{first.pk}"}) for _press in range(2)]
    late = client.post(page_of(attempt), {"choice": "back"})

    session.refresh_from_db()
    attempt.refresh_from_db()
    assert [each.status_code for each in (*answers, late)] == [302, 302, 302]
    assert (session.status, session.starts_at, session.room) == (SessionStatus.SCHEDULED, first.starts_at, first.room)
    assert (attempt.late_outcome, Notification.objects.count() > told) == (LateOutcome.MOVED, True)
    assert head(client.get(page_of(attempt))) == (200, "It is booked")
    assert (wrong_in_the_books(), double.objects("refund")) == ([], [])


@pytest.mark.parametrize(
    ("choice", "outcome", "left", "says"),
    [
        ("credit", LateOutcome.CREDIT, 120, "The money is your credit"),
        ("back", LateOutcome.PAID_BACK, 0, "The money goes back"),
    ],
)
def test_the_client_keeps_the_money_as_credit_or_has_it_back_once(double, client, choice, outcome, left, says):
    attempt = paid_late(double)

    answers = [client.post(page_of(attempt), {"choice": choice}) for _press in range(2)]
    run_jobs()

    attempt.refresh_from_db()
    assert [each.status_code for each in answers] == [302, 302]
    assert (attempt.late_outcome, Invoice.objects.get(pk=attempt.invoice_id).status) == (outcome, "credited")
    assert (payments.left_of(attempt.payment), head(client.get(page_of(attempt)))) == (left, (200, says))
    assert [each["amount"] for each in double.objects("refund")] == ([] if left else [12_000])
    assert wrong_in_the_books() == []


def test_an_offer_that_somebody_else_took_is_refused_and_not_shown_any_more(double, client):
    session = held()
    attempt = paid_late(double, session)
    [gone, free] = offered(attempt, session, 24, 48)
    place = {"room": gone.room, "starts_at": gone.starts_at, "ends_at": gone.ends_at}
    bookings.book_session(title="Faster", actor=None, now=timezone.now(), **place)

    refused = client.post(page_of(attempt), {"choice": f"offer-{gone.pk}"})

    assert refused.status_code == 409
    assert [each.key for each in refused.context["page"].choices] == [str(free.pk)]
    offered(attempt, session, 48)
    with pytest.raises(late_offers.NothingOffered):  # its page was made before the studio offered anew
        late_offers.take_time(offer=free, now=timezone.now())
    for unknown in ("offer-0", "offer-x", "", "paid"):
        answer = client.post(page_of(attempt), {"choice": unknown})
        assert (answer.status_code, "is not offered any more" in answer.text) == (409, True)
    assert PaymentAttempt.objects.late().get().late_outcome == ""


def test_its_own_time_can_be_had_where_it_is_free_again(double, client):
    session = held()
    attempt = paid_late(double, session)
    other = StudioSession.objects.get(title="Somebody else")
    bookings.cancel_session(session=other, reason="Ill", actor=None, now=timezone.now())
    assert [each.key for each in client.get(page_of(attempt)).context["page"].choices] == [late_answers.OWN]

    client.post(page_of(attempt), {"choice": f"offer-{late_answers.OWN}"})

    session.refresh_from_db()
    attempt.refresh_from_db()
    assert (session.status, attempt.late_outcome) == (SessionStatus.SCHEDULED, LateOutcome.BOOKED)


def test_money_that_may_be_needed_for_a_fee_is_the_studios_to_settle(double, client):
    session = held()
    attempt = paid_late(double, session)
    StudioSession.objects.filter(pk=session.pk).update(status=SessionStatus.CANCELLED, cancelled_at=timezone.now())
    SessionFee.objects.create(session=session, kind=FeeKind.CANCELLATION, amount=50, explanation="Late", decided_at=NOW)
    offered(attempt, session, 48)

    page = client.get(page_of(attempt))
    answers = [client.post(page_of(attempt), {"choice": choice}) for choice in ("credit", "back")]

    assert (page.context["page"].choices, page.context["page"].may_choose_money) == ([], False)
    assert [(each.status_code, "The studio settles this payment" in each.text) for each in answers] == [(409, True)] * 2
    assert "please tell the studio" in page.text
    told = EmailMessage.objects.filter(kind="late_money").order_by("pk").values_list("text", flat=True)
    assert [("decide yourself" in each, "as credit" in each) for each in told] == [(True, False), (False, False)]


def test_only_the_link_of_a_late_payment_leads_here_and_not_for_ever(double, client):
    attempt = paid_late(double)
    long_ago = timezone.localdate() - late_links.LASTS - timedelta(days=1)
    of_a_document = pay_links.token_of(attempt.invoice, today=timezone.localdate())

    expired, forged = client.get(page_of(attempt, today=long_ago)), client.get(f"/late/{of_a_document}/")

    assert (head(expired), head(forged)) == ((410, "This link has expired"), (404, "Nothing to pay here"))
    assert [client.get(page_of(attempt)).status_code for _look in range(3)] == [200] * 3
    many = [client.post(page_of(attempt), {"choice": ""}).status_code for _press in range(12)]
    assert many == [409] * 10 + [429] * 2


def test_a_french_client_is_written_to_in_french(double, client):
    session = held()
    BillingDetails.objects.create(client=session.client, language="fr")
    attempt = paid_late(double, session)
    offered(attempt, session, 24)

    client.post(page_of(attempt), {"choice": "back"})

    assert mails_about(attempt) == [
        "Votre paiement \u00e0 Harbour Studio est arriv\u00e9 apr\u00e8s l\u2019attribution du cr\u00e9neau",
        "D\u2019autres cr\u00e9neaux pour vous chez Harbour Studio",
        "Votre paiement \u00e0 Harbour Studio vous est rembours\u00e9",
    ]
    texts = EmailMessage.objects.filter(kind="late_money").values_list("text", flat=True)
    assert [each for each in texts if " the " in each or " your " in each] == []
    reason = "Le cr\u00e9neau n\u2019\u00e9tait plus libre \u00e0 l\u2019arriv\u00e9e du paiement."
    assert Invoice.objects.get(kind="credit_note").reason == reason
