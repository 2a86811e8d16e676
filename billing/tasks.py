"""Work of billing that nobody waits for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone

from billing.gateways import stripe_gateway
from billing.gateways.facts import Busy, NotSetUp, Unreachable
from billing.models import PaymentAttempt, RefundAttempt, StripeEvent
from billing.services import (
    book_checks,
    document_mails,
    late_settlements,
    ledger_days,
    packages,
    paying,
    payments,
    posting_numbers,
    printed,
    provider_refunds,
    quote_expiry,
    reconciling,
    recurring_invoices,
    reminders,
    stripe_events,
)
from studio.tenancy.context import as_owner
from studio.tenancy.jobs import JobRefused, StudioTask, defer, periodic_studio_task, periodic_task, studio_task
from studio.tenancy.selectors import payment_places

LATELY, OF_LATE = timedelta(days=3), timedelta(days=35)


@periodic_studio_task(name="billing.expire_quotes", cron="*/5 * * * *")
def expire_quotes() -> None:
    """Let quotes expire whose time is up, and give back the slots they held."""
    quote_expiry.expire_quotes(now=timezone.now())


@periodic_studio_task(name="billing.expire_packages", cron="40 1 * * *")
def expire_packages() -> None:
    """Let prepaid hours expire whose last day is over."""
    packages.expire_packages(now=timezone.now())


@periodic_studio_task(name="billing.invoice_periods", cron="50 4 * * *")
def invoice_periods() -> None:
    """Invoice what recurs, each period once."""
    recurring_invoices.invoice_due(now=timezone.now())


@periodic_studio_task(name="billing.fold_days", cron="10 3 * * *")
def fold_days() -> None:
    """Put together what the ledger added to its days."""
    ledger_days.fold_ledger_days()


@periodic_studio_task(name="billing.number_postings", cron="5 3 * * *")
def number_postings() -> None:
    """Give the postings of the day their numbers."""
    posting_numbers.number_postings()


@studio_task(name=printed.PRINT)
def print_document(*, kind: str, key: int) -> None:
    """Make the file of a document that is handed out."""
    printed.print_document(kind=kind, key=key, now=timezone.now())


@studio_task(name=printed.MAIL)
def mail_document(*, mail_id: int) -> None:
    """Write the mail with which a document goes out."""
    document_mails.mail_document(mail_id=mail_id, now=timezone.now())


@studio_task(name="billing.note_accepted")
def note_accepted(*, email_id: int) -> None:
    """Write down that a document was handed over."""
    document_mails.note_accepted(email_id=email_id)


@periodic_studio_task(name="billing.resume_documents", cron="*/10 * * * *")
def resume_documents() -> None:
    """Queue again what was lost on the way."""
    printed.resume_documents(now=timezone.now())


@periodic_studio_task(name="billing.verify_books", cron="20 3 * * *")
def verify_books() -> None:
    """Prove that numbers, documents, ledger and payments agree, and say where they do not."""
    book_checks.report_broken(now=timezone.now())


@studio_task(name=stripe_events.APPLY)
def apply_event(*, event_id: str) -> None:
    """Deal with something that Stripe told."""
    event = StripeEvent.objects.get(event_id=event_id)
    with _or_later(stripe_events.APPLY, stripe_events.lock_of(event_id), event_id=event_id):
        stripe_events.apply_event(event=event, now=timezone.now())


@studio_task(name=payments.SEND_REFUND)
def send_refund(*, refund_id: int) -> None:
    """Ask Stripe to pay money back, and write down what it says."""
    refund, now = RefundAttempt.objects.get(pk=refund_id), timezone.now()
    with _or_later(payments.SEND_REFUND, f"refund:{refund_id}", refund_id=refund_id):
        provider_refunds.send_refund(refund=refund, now=now)
        reconciling.look_at_refund(refund=refund, now=now)


@studio_task(name=paying.LOOK_AFTER, tries=3)
def look_after_payment(*, attempt_id: int) -> None:
    """Bring a payment on whose answer nobody wrote down."""
    attempt = PaymentAttempt.objects.select_related("invoice").get(pk=attempt_id)
    with _or_later(paying.LOOK_AFTER, f"look_after:{attempt_id}", attempt_id=attempt_id):
        reconciling.look_after_payment(attempt=attempt, now=timezone.now())


@studio_task(name=payments.LOOK_AFTER_REFUND, tries=3)
def look_after_refund(*, refund_id: int) -> None:
    """Bring a refund on whose answer nobody wrote down."""
    refund = RefundAttempt.objects.select_related("payment").get(pk=refund_id)
    with _or_later(payments.LOOK_AFTER_REFUND, f"look_after_refund:{refund_id}", refund_id=refund_id):
        reconciling.look_after_refund(refund=refund, now=timezone.now())


@contextmanager
def _or_later(name: str, lock: str, **arguments: Any) -> Iterator[None]:
    """Queue a job anew, once, where nobody at Stripe was asked: that is no try of it."""
    try:
        yield
    except (Busy, Unreachable) as refusal:
        run_at = timezone.now() + timedelta(seconds=refusal.seconds)
        defer(name, queueing_lock=lock, run_at=run_at, **arguments)
    except NotSetUp as refusal:
        raise JobRefused(str(refusal)) from refusal


@studio_task(name="billing.reconcile_open", tries=1)
def reconcile_open() -> None:
    """Bring on what is under way at Stripe, and was left."""
    reconciling.reconcile_open(now=timezone.now())


@studio_task(name="billing.reconcile_days", tries=3)
def reconcile_days() -> None:
    """Settle what was touched at Stripe in the last days."""
    now = timezone.now()
    reconciling.reconcile_since(since=now - LATELY, now=now)


@studio_task(name="billing.reconcile_weeks", tries=3)
def reconcile_weeks() -> None:
    """Settle what was touched at Stripe in the last weeks, and tell where it and the books differ: once a day."""
    now = timezone.now()
    reconciling.report_differences(reconciling.reconcile_since(since=now - OF_LATE, now=now))


@periodic_task(name="billing.reconcile_minutely", cron="* * * * *")
def reconcile_minutely() -> None:
    """Queue the quick look for every studio that takes payments online."""
    _queue(reconcile_open)


@periodic_task(name="billing.reconcile_hourly", cron="7 * * * *")
def reconcile_hourly() -> None:
    """Queue a look at three days for every studio that takes payments online."""
    _queue(reconcile_days)


@periodic_task(name="billing.reconcile_nightly", cron="40 2 * * *")
def reconcile_nightly() -> None:
    """Queue a look at five weeks for every studio that takes payments online."""
    _queue(reconcile_weeks)


def _queue(task: StudioTask) -> None:
    if stripe_gateway.is_set_up():
        for schema in payment_places.connected_schemas():
            with as_owner(schema):
                defer(task, queueing_lock=task.name)


@periodic_studio_task(name="billing.remind_clients", cron="*/15 * * * *")
def remind_clients() -> None:
    """Remind clients of what is overdue, by day on the studio's clock, each step once."""
    now = timezone.now()
    reminders.withdraw_settled(now=now)
    reminders.remind_due(now=now)


@periodic_studio_task(name="billing.remind_of_late_money", cron="25 * * * *")
def remind_of_late_money() -> None:
    """Tell the staff of money for lost slots that has waited for a day, once a day."""
    late_settlements.remind_staff(now=timezone.now())
