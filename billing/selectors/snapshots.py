"""A document as it is printed: every fact of it, and the fingerprint of them all."""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import Prefetch, Sum, prefetch_related_objects

from billing.models import (
    Invoice,
    InvoiceDeduction,
    InvoiceItem,
    InvoiceTax,
    Payment,
    PaymentReceipt,
    PaymentState,
)
from billing.selectors import printed
from billing.selectors.printed import plain
from billing.selectors.terms import usual_terms

INVOICE_FIELDS = (
    *("kind", "invoice_number", "is_test", "language", "currency", "price_mode", "purchase_order", "notes"),
    *("reason", "project_label", "payment_term_days", "issued_on", "issued_at", "due_on"),
    *("supplied_from", "supplied_to", "subtotal", "tax_amount", "total", "rounding", "deducted_total"),
    "deposit_amount",
)
ITEM_FIELDS = (
    *("position", "description", "unit", "quantity", "unit_price", "discount", "amount", "net"),
    *("vat_category", "vat_percent"),
)
PAYMENT_FIELDS = ("amount", "currency", "method", "received_on", "reference")
TAX_FIELDS = ("category", "rate", "reason", "amount", "base", "tax")
# The rows of a document that are printed, in their order.
PRINTED = (
    Prefetch("items", InvoiceItem.objects.order_by("position", "pk")),
    Prefetch("taxes", InvoiceTax.objects.order_by("-rate", "category")),
    Prefetch("deductions", InvoiceDeduction.objects.select_related("deposit").order_by("deposit", "-rate", "category")),
)


def snapshot_of(invoice: Invoice) -> dict[str, Any]:
    """Return everything that is printed of a document, in values that JSON holds; sums as text.

    queries: 8
    """
    parties = {"seller": printed.seller(), "buyer": printed.buyer(invoice.client)}
    return printed_parts(invoice) | parties | _in_parts(invoice)


def printed_parts(invoice: Invoice) -> dict[str, Any]:
    """Return what is printed of a document out of its own rows, which never change once it is issued.

    queries: 4, none where `PRINTED` is loaded
    """
    prefetch_related_objects([invoice], *PRINTED)
    document = {name: plain(getattr(invoice, name)) for name in INVOICE_FIELDS}
    document["payable"] = plain(invoice.payable_now)
    return {
        "document": document | {"refers_to": _reference(invoice)},
        "lines": [{name: plain(getattr(item, name)) for name in ITEM_FIELDS} for item in invoice.items.all()],
        "taxes": [{name: plain(getattr(tax, name)) for name in TAX_FIELDS} for tax in invoice.taxes.all()],
        "deductions": [
            {
                "number": part.deposit.invoice_number,
                "issued_on": plain(part.deposit.issued_on),
                "category": part.category,
                "rate": plain(part.rate),
                "base": plain(part.base),
                "tax": plain(part.tax),
                "rounding": plain(part.rounding),
            }
            for part in invoice.deductions.all()
        ],
    }


def _in_parts(invoice: Invoice) -> dict[str, Any]:
    """Return when which part is due; nothing where it is paid at once."""
    parts = [
        {"due_on": plain(part.due_on), "amount": plain(part.amount)}
        for part in invoice.instalments.order_by("position")
    ]
    return {"instalments": parts} if parts else {}


def receipt_snapshot(payment: Payment) -> dict[str, Any]:
    """Return everything that is printed of a payment but the receipt's own number; sums as text.

    queries: 6
    """
    put = (
        payment.allocations.values("invoice__invoice_number", "invoice__issued_on", "invoice__payable")
        .annotate(sum=Sum("amount"))
        .filter(sum__gt=0)
        .order_by("invoice__issued_on", "invoice__pk")
    )
    documents = list(put)
    back = payment.returns.exclude(state=PaymentState.FAILED).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return {
        "payment": _payment(payment),
        "language": usual_terms(payment.client)["language"],
        "seller": printed.seller(),
        "buyer": printed.buyer(payment.client),
        "documents": [
            {
                "number": row["invoice__invoice_number"],
                "issued_on": plain(row["invoice__issued_on"]),
                "payable": plain(row["invoice__payable"]),
                "paid": plain(row["sum"]),
            }
            for row in documents
        ],
        "left_over": plain(payment.amount - back - sum((row["sum"] for row in documents), Decimal(0))),
    }


def receipt_parts(receipt: PaymentReceipt) -> dict[str, Any]:
    """Return what is printed of a receipt out of its own row and its payment's, which never change."""
    number = {"number": receipt.receipt_number} | {
        name: plain(getattr(receipt, name)) for name in ("issued_on", "issued_at")
    }
    return {"receipt": number, "payment": _payment(receipt.payment)}


def numbered(printed: Mapping[str, Any], invoice: Invoice) -> dict[str, Any]:
    """Return what is printed of a document with the number and the moment that it has been given since."""
    given = {name: plain(getattr(invoice, name)) for name in ("invoice_number", "issued_at")}
    return {**printed, "document": printed["document"] | given}


def fingerprint(snapshot: Mapping[str, Any], previous: str) -> str:
    """Return the SHA-256, in hex, of a document as it was issued and of the one before it in its series.

    previous: fingerprint of that one, "" of the first
    """
    text = json.dumps([snapshot, previous], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def _payment(payment: Payment) -> dict[str, Any]:
    return {name: plain(getattr(payment, name)) for name in PAYMENT_FIELDS}


def _reference(invoice: Invoice) -> dict[str, object] | None:
    original = invoice.refers_to
    if original is None:
        return None
    return {"number": original.invoice_number, "issued_on": plain(original.issued_on)}
