"""Taking the list of clients along, as CSV or as a workbook."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext_lazy as _

from sessions_app.models import Client
from sessions_app.selectors import client_export
from studio.accounts.taking_along import table_file

EXPORT = "sessions_app.export_client"


class ExportActions:
    """Mixed into the admin of clients: two actions on the chosen ones, or on all that the filters leave."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may take the list along."""
        return request.user.has_perm(EXPORT)

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Client]) -> FileResponse:
        """Answer a CSV file."""
        return _file(request, queryset, "csv")

    @admin.action(description=_("Export as a workbook (XLSX)"), permissions=["export"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Client]) -> FileResponse:
        """Answer a workbook."""
        return _file(request, queryset, "xlsx")


def _file(request: HttpRequest, queryset: QuerySet[Client], kind: str) -> FileResponse:
    rows = client_export.exported(queryset.order_by("name", "pk"))
    return table_file(request, name="clients", kind=kind, head=client_export.heads(), rows=rows, of=Client)
