"""Work of billing that nobody waits for."""

from django.utils import timezone

from billing.services import (
    book_checks,
    document_mails,
    ledger_days,
    packages,
    posting_numbers,
    printed,
    quote_expiry,
    recurring_invoices,
)
from studio.tenancy.jobs import periodic_studio_task, studio_task


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
