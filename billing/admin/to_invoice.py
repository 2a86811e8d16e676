"""The clients for whom work was done that nobody has invoiced yet."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_acts import DRAFT
from billing.admin.links import new_draft
from billing.selectors.waiting_work import MOST, waiting_clients
from studio.admin_sites import RECORDING, AdminPage, MenuEntry, MenuGroup, studio_site
from studio.showing import zone_name


def to_invoice_view(request: HttpRequest) -> HttpResponse:
    """Show the clients, the largest sum first."""
    rows = waiting_clients(timezone.now())
    context: dict[str, Any] = {
        **studio_site.each_context(request),
        "title": _u("To invoice"),
        "rows": [(row, new_draft(client=row.client.pk) if row.client.is_active else "") for row in rows],
        "most": MOST if len(rows) == MOST else None,
        "zone": zone_name(),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "billing/admin/to_invoice.html", context)


studio_site.register_page(
    AdminPage(
        "billing/to-invoice/",
        "billing-to-invoice",
        to_invoice_view,
        DRAFT,
        MenuEntry(MenuGroup.MONEY, "pending_actions", 5, kinds=RECORDING, title=_("To invoice")),
    )
)
