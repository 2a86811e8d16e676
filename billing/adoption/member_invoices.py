"""Former invoices of a training studio: one for each payment, with the studio's facts as they were."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.adoption import money
from billing.adoption.documents import Printed, keep_as_stated
from billing.adoption.drafts import keep_draft
from billing.adoption.lines import FormerLine
from billing.adoption.member_payments import TABLE, payer
from billing.adoption.reading import CANCELLED_THERE, stated_in
from billing.models import Invoice, InvoiceStatus, Payment
from billing.selectors import terms
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside
from training.models import Subscription

STATUSES = {
    "draft": InvoiceStatus.DRAFT.value,
    "issued": InvoiceStatus.ISSUED.value,
    "paid": InvoiceStatus.ISSUED.value,
    "cancelled": InvoiceStatus.CANCELLED.value,
}
# What it printed of the studio, under our names for it.
SELLER = {
    "business_name": "name",
    "business_address": "street",
    "business_tax_id": "registration_number",
    "business_phone": "phone",
    "business_email": "email",
    "footer_notes": "footer_text",
}


def adopt_member_invoice(row: FormerRow, run: Run) -> Invoice:
    """Return the document that a row of a training studio's `invoices` becomes, with its payment put against it."""
    payment = _payment(row, run)
    client = payment.client if payment else payer(row, run)
    status = row.choice("status", STATUSES, default=InvoiceStatus.ISSUED)
    is_void = status == InvoiceStatus.CANCELLED
    document = Invoice(
        client=client,
        currency=payment.currency if payment else run.currency,
        language=str(terms.usual_terms(client)["language"]),
        reason=str(CANCELLED_THERE) if is_void else "",
    )
    stated = stated_in(row, net="amount", tax="tax_amount", total="total_amount", percent="vat_rate")
    line = FormerLine(_what(row, run), Decimal(1), stated.subtotal, stated.subtotal, stated.rate(now=run.now))
    if status == InvoiceStatus.DRAFT:
        return keep_draft(document, lines=[line], total=stated.total, row=row, run=run)
    printed = _printed(row, is_void=is_void)
    kept = keep_as_stated(document, lines=[line], stated=stated, printed=printed, row=row, run=run)
    if payment is not None and kept.is_claim:
        money.put(payment, kept, row, run)
    return kept


def _payment(row: FormerRow, run: Run) -> Payment | None:
    key = run.linked(row, "payment_id", TABLE)
    return Payment.objects.select_related("client").get(pk=key) if key else None


def _printed(row: FormerRow, *, is_void: bool) -> Printed:
    number, issued_on = row.text("invoice_number", longest=100), _day(row)
    if not number:
        raise SetAside(_("It has no number."))
    seller = {name: text for column, name in SELLER.items() if (text := row.raw_text(column))}
    return Printed(number, issued_on, issued_on, pdf=row.raw_text("pdf_url"), is_void=is_void, seller=seller)


def _day(row: FormerRow) -> date:
    on = row.day("issue_date")
    if on is None:
        raise SetAside(_("It has no date."))
    return on


def _what(row: FormerRow, run: Run) -> str:
    """Return what the one line says: the former system printed the plan."""
    key = run.linked(row, "subscription_id", "member_subscriptions")
    plan = Subscription.objects.filter(pk=key).first() if key else None
    return plan.plan_name if plan else _("Training")
