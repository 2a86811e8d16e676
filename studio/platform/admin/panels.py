"""The operators' first page."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from studio.admin_sites import DashboardPanel, platform_site
from studio.platform.selectors.overview import overview


def overview_context(_request: HttpRequest) -> dict[str, Any]:
    """Return what the panel shows."""
    return {"overview": overview(timezone.now())}


platform_site.register_panel(
    DashboardPanel("platform/_overview.html", overview_context, permission="tenancy.view_studio", order=10)
)
