"""What billing adds to the pages of clients, projects and sessions: their money, and the way to an invoice."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_acts import DRAFT
from billing.admin.invoice_filters import today
from billing.admin.page_parts import kind_badge, state_badge
from billing.admin.receiving import RECEIVE
from billing.selectors import disputes
from billing.selectors.ageing import age_of
from billing.selectors.client_money import client_money
from sessions_app.models import Client, Project, StudioSession
from studio.object_parts import ObjectLink, ObjectPart, register_link, register_part
from studio.showing import badge

SEE, SEE_PAYMENTS = "billing.view_invoice", "billing.view_payment"


def new_draft(**given: object) -> str:
    """Return the address at which a document is begun."""
    return f"{reverse('admin:billing_invoice_add')}?{urlencode(given)}"


def _of_client(client: Client) -> str:
    return new_draft(client=client.pk) if client.is_active else ""


def _of_project(project: Project) -> str:
    return new_draft(project=project.pk)


def _of_session(session: StudioSession) -> str:
    return new_draft(session=session.pk) if session.client_id and not session.invoiced_at else ""


def _receive(request: HttpRequest, client: Client) -> str:
    """Return the address at which money of a client is written down, or nothing for who may not."""
    if client.merged_into_id or not request.user.has_perm(RECEIVE):
        return ""
    return f"{reverse('admin:billing_payment_add')}?{urlencode({'client': client.pk})}"


def _money(request: HttpRequest, client: Client) -> dict[str, Any]:
    found = client_money(client, today(), timezone.now())
    rows = []
    for invoice in found.latest:
        age = age_of(invoice, today())
        rows.append(
            (
                invoice,
                invoice.signed(invoice.payable),
                kind_badge(invoice),
                badge(age.text, age.tone) if age else state_badge(invoice),
            )
        )
    list_url = reverse("admin:billing_invoice_changelist")
    return {
        "money": found,
        "rows": rows,
        "client": client,
        "list_url": f"{list_url}?client__id__exact={client.pk}",
        "left_url": f"{reverse('admin:billing_payment_changelist')}?client__id__exact={client.pk}&left=yes",
        "receive_url": _receive(request, client),
    }


def _disputed_client(_request: HttpRequest, client: Client) -> dict[str, Any]:
    return {"disputes": disputes.of_client(client)}


def _disputed_session(_request: HttpRequest, session: StudioSession) -> dict[str, Any]:
    return {"disputes": disputes.of_session(session)}


for model, url in ((Client, _of_client), (Project, _of_project), (StudioSession, _of_session)):
    register_link(ObjectLink(model._meta.label_lower, _("New invoice"), "note_add", url, DRAFT))
DISPUTES = "billing/admin/_object_disputes.html"
for label, context in (("sessions_app.client", _disputed_client), ("sessions_app.studiosession", _disputed_session)):
    register_part(ObjectPart(label, DISPUTES, context, SEE_PAYMENTS, "admin_theme/acts.css"))
register_part(
    ObjectPart("sessions_app.client", "billing/admin/_client_money.html", _money, SEE, "admin_theme/invoices.css")
)
