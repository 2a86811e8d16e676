"""Former invoices of a recording studio: drafts stay drafts, what was issued is kept as it was stated."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext as _

from billing.adoption import credit_notes, member_invoices
from billing.adoption.documents import Printed, keep_as_stated
from billing.adoption.drafts import keep_draft
from billing.adoption.lines import lines_of
from billing.adoption.quotes import quoted
from billing.adoption.reading import (
    CANCELLED_THERE,
    client_of,
    currency_of,
    project_of,
    stated_in,
)
from billing.models import Invoice, InvoiceStatus
from billing.selectors import terms
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

USUAL_TERM = timedelta(days=30)
# What its money makes of it is said by payments.
STATUSES = {
    "draft": InvoiceStatus.DRAFT.value,
    **dict.fromkeys(
        ("sent", "issued", "overdue", "partially_paid", "partial", "paid", "payment_failed"), InvoiceStatus.ISSUED.value
    ),
    **dict.fromkeys(("cancelled", "canceled", "void"), InvoiceStatus.CANCELLED.value),
    "refunded": "refunded",
}


def adopt_invoice(row: FormerRow, run: Run) -> Invoice:
    """Return the document that a row of `invoices` becomes, of either former system.

    Its number stays in a series of former numbers. What it states is kept, right or wrong; by how much its lines make
    something else is kept beside it, and noted. One that was cancelled or paid back counts for nothing.
    """
    if "member_id" in row.content:
        return member_invoices.adopt_member_invoice(row, run)
    client = client_of(row, run)
    project = project_of(row, run, client)
    status = _status(row, run)
    document = Invoice(
        client=client,
        project=project,
        project_label=project.name if project else "",
        currency=currency_of(row, client.currency),
        language=str(terms.usual_terms(client)["language"]),
        notes=row.raw_text("notes"),
        stripe_deposit_payment_intent_id=row.text("stripe_deposit_payment_intent_id", longest=255),
    )
    stated = stated_in(row, net="subtotal", tax="tax_amount", total="total", percent="tax_rate")
    rows = run.belonging_to(row, "invoice_items", "invoice_id")
    lines = lines_of(rows, run, of="invoice_id", usual=partial(stated.rate, now=run.now), currency=document.currency)
    if status == InvoiceStatus.DRAFT:
        document.deposit_amount = row.amount("deposit_amount") or None
        return keep_draft(document, lines=lines, total=stated.total, row=row, run=run)
    document.former_balance = row.amount("remaining_balance")
    document.deposit_amount = _deposit(row, stated.total)
    if document.deposit_amount is not None:
        document.deposit_paid_at = row.instant("deposit_paid_at")
    printed = _printed(row, is_void=status == InvoiceStatus.CANCELLED)
    if printed.is_void:
        document.reason = str(CANCELLED_THERE)
    charged = quoted(lines, printed.number, client)
    return keep_as_stated(document, lines=charged, stated=stated, printed=printed, row=row, run=run)


def _status(row: FormerRow, run: Run) -> str:
    """Return what a former status makes of a document, whatever its money says; guesses are noted.

    raises: SetAside
    """
    said = row.choice("status", STATUSES, default="")
    if said == "refunded":
        if any(credit_notes.counts(note) for note in run.belonging_to(row, "credit_notes", "invoice_id")):
            return InvoiceStatus.ISSUED
        row.notes.append(
            _("It was paid back, and no credit note takes it back: it counts for nothing, as if cancelled.")
        )
        return InvoiceStatus.CANCELLED
    if said:
        return said
    if row.content.get("sent_at") or run.belonging_to(row, "payments", "invoice_id"):
        row.notes.append(_("It had no status; it was sent or paid, so it was issued."))
        return InvoiceStatus.ISSUED
    row.notes.append(_("It had no status, and was neither sent nor paid; taken as a draft."))
    return InvoiceStatus.DRAFT


def _printed(row: FormerRow, *, is_void: bool) -> Printed:
    number, issued_on = row.text("invoice_number", longest=100), row.day("issue_date")
    if not number:
        raise SetAside(_("It has no number."))
    if issued_on is None:
        raise SetAside(_("It has no date."))
    return Printed(
        number=number,
        issued_on=issued_on,
        due_on=_due(row, issued_on),
        issued_at=row.instant("issue_date"),
        sent_at=row.instant("sent_at"),
        pdf=row.raw_text("pdf_s3_key"),
        is_void=is_void,
    )


def _due(row: FormerRow, issued_on: date) -> date:
    due_on = row.day("due_date")
    if due_on is None:
        row.notes.append(_("It had no day by which to pay; taken as 30 days later."))
    return due_on or issued_on + USUAL_TERM


def _deposit(row: FormerRow, total: Decimal) -> Decimal | None:
    deposit = row.amount("deposit_amount")
    if not deposit:
        return None
    if deposit > total:
        told = _("A deposit of %(deposit)s is more than the total of %(total)s; left empty.")
        row.keep("deposit_amount", told % {"deposit": deposit, "total": total})
        row.keep("deposit_paid_at", _("No deposit was asked that fits."))
        return None
    return deposit
