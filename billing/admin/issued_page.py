"""The page of an issued document: what it says, and what became of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from billing.admin.online import attempt_badge
from billing.admin.page_parts import base_context, page_of, state_badge
from billing.admin.reminder_pages import SEE as SEE_REMINDERS
from billing.admin.reminder_pages import of_document
from billing.models import Invoice, PaymentAttempt
from billing.selectors import disputes, invoice_page
from billing.selectors.online_tries import tries_of
from billing.selectors.print_state import print_state
from studio.trail import trail_of

SEE_PAYMENTS, SEE_TRIES = "billing.view_payment", "billing.view_paymentattempt"
MOST_OF_TRAIL = 20


def issued_view(model_admin: Any, request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """Show an issued document."""
    around = invoice_page.around(invoice)
    context = {
        **base_context(model_admin, request, invoice),
        "lines": invoice_page.lines_of(invoice, page_of(request)),
        "around": around,
        "disputes": disputes.of_document(invoice) if request.user.has_perm(SEE_PAYMENTS) else (),
        "printed": print_state(invoice),
        "notes": [(note, state_badge(note)) for note in around.notes],
        "reminding": of_document(invoice) if request.user.has_perm(SEE_REMINDERS) else {},
        "sees_payments": request.user.has_perm(SEE_PAYMENTS),
        "tries": _tries(invoice) if request.user.has_perm(SEE_TRIES) else [],
        "trail": trail_of(invoice)[:MOST_OF_TRAIL],
    }
    return TemplateResponse(request, "billing/admin/issued.html", context)


def _tries(invoice: Invoice) -> list[tuple[PaymentAttempt, SafeString]]:
    """Return what was begun online with its state: money that is on its way is not taken again at the desk."""
    return [(each, attempt_badge(each)) for each in tries_of(invoice)]
