"""The register: every series of numbers, and the proof that none is missing and none was changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _u
from django.utils.translation import gettext_lazy as _

from billing.models import NumberSeries
from billing.selectors import register
from sessions_app.forms import key_of
from studio.admin_sites import AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin

SEE = "billing.view_numberseries"


@admin.register(NumberSeries, site=studio_site)
class NumberSeriesAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """The numbers that come next."""

    list_display = ("kind", "year", "is_test", "pattern", "first_number", "next_number")
    list_filter = ("kind", "is_test")
    ordering = ("-year", "kind", "pk")


def register_view(request: HttpRequest) -> HttpResponse:
    """Show every series, and of one the fingerprints of its documents worked out anew."""
    chained = NumberSeries.objects.filter(kind__in=register.CHAINED)
    series = chained.filter(pk=key_of(request.GET.get("series")) or 0).first()
    context: dict[str, Any] = {
        **studio_site.each_context(request),
        "title": _u("Register of numbers"),
        "rows": register.series_proofs(),
        "proved": series,
        "breaks": register.breaks_of(series) if series else (),
        "most": register.MOST_BREAKS,
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "billing/admin/register.html", context)


studio_site.register_page(
    AdminPage(
        "billing/register/",
        "billing-register",
        register_view,
        SEE,
        MenuEntry(MenuGroup.MONEY, "fact_check", 90, title=_("Register")),
    )
)
