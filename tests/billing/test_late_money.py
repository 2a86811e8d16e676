"""Money for a slot that is gone is settled by one act: booked again, booked elsewhere, kept, or paid back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, LateOutcome, PaymentAttempt
from billing.services import late_settlements, payments
from sessions_app.models import SessionNotice, SessionStatus, StudioSession
from sessions_app.services import bookings
from studio.accounts.models import Notification
from studio.db import constraint_name
from studio.mail.models import EmailMessage
from tests.billing.late_journeys import held, mails_about, paid_late
from tests.billing.stripe_journeys import set_up, wrong_in_the_books
from tests.billing_factories import settle_seller
from tests.jobs import run_jobs
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
QUEUE = "/admin/billing/late-money/"
LATE_UNSET = "late_settled_at = NULL, late_outcome = ''"


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    settle_seller()
    return stripe_double


@pytest.fixture
def owner(web):
    return signed_in(web, account("owner"))


def act(attempt, name):
    return reverse(f"admin:billing_paymentattempt_{name}", "studio.urls", args=[attempt.pk])


def typed(browser, address):
    """Return what the form says at first."""
    form = browser.get(address).context["form"]
    return {name: form[name].value() or "" for name in form.fields if not name.endswith("_which")}


def test_the_queue_offers_what_is_free_and_one_click_books_it(double, owner):
    session = held()
    attempt = paid_late(double, session)
    assert mails_about(attempt) == ["Your payment to Harbour Studio came after the time was taken"]
    page = owner.get(QUEUE)
    [(_late, [(lost, links)])] = page.context["rows"]
    assert (lost.session, lost.is_free, len(links) >= 3) == (session, False, True)
    label, address = links[0]
    assert label in page.text

    said, taken = typed(owner, address), typed(owner, address.partition("?")[0])
    refused = owner.post(address, taken)
    answer = owner.post(address, said)

    session.refresh_from_db()
    attempt.refresh_from_db()
    assert (refused.status_code, answer.status_code, answer["Location"]) == (409, 302, QUEUE)
    assert (session.status, attempt.late_outcome) == (SessionStatus.SCHEDULED, LateOutcome.MOVED)
    told = SessionNotice.objects.get(session=session, kind="confirmation")
    assert told.old_starts_at is not None
    assert (session.deposit_paid, session.stripe_payment_intent_id) == (True, attempt.payment_intent_id)
    assert "Nothing waits" in owner.get(QUEUE).text
    assert (owner.post(address, said).status_code, StudioSession.objects.count()) == (409, 2)
    assert wrong_in_the_books() == []


def test_a_slot_that_is_free_again_is_booked_as_it_was(double, owner):
    session = held()
    attempt = paid_late(double, session)
    assert owner.post(act(attempt, "book-again")).status_code == 409
    other = StudioSession.objects.get(title="Somebody else")
    bookings.cancel_session(session=other, reason="Ill", actor=None, now=timezone.now())
    assert "Its own time is free again" in owner.get(QUEUE).text

    owner.post(act(attempt, "book-again"))

    session.refresh_from_db()
    attempt.refresh_from_db()
    assert (session.status, attempt.late_outcome) == (SessionStatus.SCHEDULED, LateOutcome.BOOKED)


@pytest.mark.parametrize(
    ("name", "outcome", "left", "says"),
    [
        ("keep-credit", LateOutcome.CREDIT, 120, "Your payment is kept for you at Harbour Studio"),
        ("pay-back", LateOutcome.PAID_BACK, 0, "Your payment to Harbour Studio is paid back"),
    ],
)
def test_the_money_stays_or_goes_back_with_a_credit_note_in_one_act(double, owner, name, outcome, left, says):
    attempt = paid_late(double)
    assert owner.post(act(attempt, name), {"reason": ""}).status_code == 400

    answers = [owner.post(act(attempt, name), {"reason": "The time was gone."}) for _press in range(2)]
    run_jobs()

    attempt.refresh_from_db()
    assert [each.status_code for each in answers] == [302, 409]
    assert (attempt.late_outcome, Invoice.objects.get(pk=attempt.invoice_id).status) == (outcome, "credited")
    assert (payments.left_of(attempt.payment), mails_about(attempt)[1:]) == (left, [says])
    assert [each["amount"] for each in double.objects("refund")] == ([] if left else [12_000])
    assert wrong_in_the_books() == []


def test_who_may_not_pay_back_is_not_asked_and_staff_are_reminded_once_a_day(double, web):
    desk = signed_in(web, account("front_desk"))
    attempt = paid_late(double)
    assert "Pay back" not in desk.get(QUEUE).text
    assert desk.post(act(attempt, "pay-back"), {"reason": "Gone"}).status_code == 403

    later = attempt.late_at + timedelta(hours=25)
    told = [late_settlements.remind_staff(now=later + timedelta(hours=hours)) for hours in (-2, 0, 1, 23, 24)]

    assert told == [0, 1, 0, 0, 1]
    assert {each.link for each in Notification.objects.all()} == {QUEUE}
    assert PaymentAttempt.objects.late().get().late_reminded_at == later + timedelta(hours=24)


def test_a_cancelled_session_is_not_booked_behind_anybodys_back(double, owner):
    session = held()
    attempt = paid_late(double, session)
    StudioSession.objects.filter(pk=session.pk).update(status=SessionStatus.CANCELLED, cancelled_at=timezone.now())

    page = owner.get(QUEUE)

    assert "It was cancelled" in page.text
    # It may have been the studio: the client is told what is so whoever it was.
    letter = EmailMessage.objects.get(kind="late_money").text
    assert ("this time was not kept for you any more" in letter, "somebody else" in letter) == (True, False)
    assert owner.post(act(attempt, "book-again")).status_code == 409


@pytest.mark.parametrize("unset", ["payment_id = NULL", "payment_intent_id = ''", "late_at = NULL", LATE_UNSET])
def test_what_was_filled_in_once_is_not_emptied_by_raw_sql(double, unset):
    attempt = paid_late(double, held())
    late_settlements.keep_as_credit(attempt=attempt, reason="Gone", actor=None, now=timezone.now())
    row = PaymentAttempt.objects.filter(pk=attempt.pk)
    before = row.values().get()

    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE payment_attempts SET {unset} WHERE id = %s", [attempt.pk])

    assert constraint_name(refusal.value) == "payment_attempts_kept"
    assert row.values().get() == before
