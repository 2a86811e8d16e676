"""What the pages of drafts and of issued documents have in common."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from billing.models import Invoice, InvoiceKind, InvoiceStatus
from billing.selectors import invoice_page
from billing.selectors.ageing import age_of
from billing.selectors.credit import credit_of
from sessions_app.forms import current_zone, key_of
from studio.clock import local_day
from studio.showing import badge, zone_name

TONES = {
    InvoiceStatus.DRAFT: "muted",
    InvoiceStatus.ISSUED: "info",
    InvoiceStatus.PARTIALLY_PAID: "warning",
    InvoiceStatus.PAID: "success",
    InvoiceStatus.CREDITED: "neutral",
    InvoiceStatus.CANCELLED: "muted",
}
KIND_TONES = {InvoiceKind.CREDIT_NOTE: "warning", InvoiceKind.DEPOSIT: "info"}


def state_badge(invoice: Invoice) -> str:
    """Return how far a document is, as a badge."""
    status = InvoiceStatus(invoice.status)
    return badge(status.label, TONES[status])


def kind_badge(invoice: Invoice) -> str:
    """Return what a document is, as a badge."""
    return badge(invoice.get_kind_display(), KIND_TONES.get(InvoiceKind(invoice.kind), "neutral"))


def page_of(request: HttpRequest) -> int:
    """Return which page of the lines is asked for."""
    return max(key_of(request.GET.get("page")) or 1, 1)


def _asks(invoice: Invoice) -> bool:
    """Return whether a document asks for money, or will."""
    is_asked = invoice.status == InvoiceStatus.DRAFT or invoice.remaining_balance > 0
    return is_asked and not invoice.is_test and invoice.kind != InvoiceKind.CREDIT_NOTE


def base_context(model_admin: Any, request: HttpRequest, invoice: Invoice) -> dict[str, Any]:
    """Return what both pages show."""
    age = age_of(invoice, local_day(timezone.now(), current_zone()))
    count, page = invoice.items.count(), page_of(request)
    request.current_app = model_admin.admin_site.name
    return {
        **model_admin.admin_site.each_context(request),
        "title": model_admin.object_title(invoice),
        "page_parts": model_admin.page_parts(None, model_admin.object_title(invoice)),
        "opts": model_admin.opts,
        "original": invoice,
        "invoice": invoice,
        "kind": kind_badge(invoice),
        "state": state_badge(invoice),
        "takes_money": bool(invoice.remaining_balance)
        and not invoice.is_test
        and request.user.has_perm("billing.add_payment"),
        "credit": credit_of(invoice.client, invoice.currency) if _asks(invoice) else 0,
        "age": badge(age.text, age.tone) if age else "",
        "offered_actions": model_admin.offered_actions(request, str(invoice.pk)),
        "taxes": invoice_page.taxes_of(invoice),
        "deducted": invoice_page.deducted_by(invoice).items(),
        "count": count,
        "first_line": (page - 1) * invoice_page.MOST + 1,
        "last_line": min(page * invoice_page.MOST, count),
        "before": page - 1 if page > 1 else None,
        "after": page + 1 if page * invoice_page.MOST < count else None,
        "language": dict(settings.LANGUAGES).get(invoice.language, invoice.language),
        "zone": zone_name(),
    }
