"""Taking the list of clients along, as CSV or as a workbook."""

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.models import Client
from sessions_app.selectors import client_export
from sessions_app.services import clients
from studio.spreadsheet import write_csv, write_xlsx

EXPORT = "sessions_app.export_client"
IN_MEMORY = 2 * 1024 * 1024  # the rest of a long list waits in a file
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportActions:
    """Mixed into the admin of clients: two actions on the chosen ones, or on all that the filters leave."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may take the list along."""
        return request.user.has_perm(EXPORT)

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Client]) -> FileResponse:
        """Answer a CSV file."""
        return _file(request, queryset, "csv", write_csv)

    @admin.action(description=_("Export as a workbook (XLSX)"), permissions=["export"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Client]) -> FileResponse:
        """Answer a workbook."""
        return _file(request, queryset, "xlsx", write_xlsx)


def _file(
    request: HttpRequest, queryset: QuerySet[Client], kind: str, write: Callable[[Any, Any, Any], None]
) -> FileResponse:
    """Write the file before it is sent: by then the request has left the studio."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the response closes it
    rows = client_export.exported(queryset.order_by("name", "pk"))
    write(file, client_export.heads(), rows)
    clients.note_export(
        count=queryset.count(),
        filters=urlencode(sorted(request.GET.items())),
        kind=kind,
        actor=actor_of(request),
        now=timezone.now(),
    )
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"clients.{kind}",
        content_type=TYPES[kind],
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
