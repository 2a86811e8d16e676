"""Pages on which somebody or something goes away for a while, and is taken off its sessions by consent."""

from typing import Any

from django.http import HttpRequest

from sessions_app.forms import key_of
from sessions_app.models import SessionAssignment
from sessions_app.services.assignments import StillAssigned
from studio.admin_tools import ActionForm, ActionPage
from studio.errors import DomainError


class TakingOffPage(ActionPage):
    """A page that names the sessions in the way, each with a box that takes the person or the thing off it."""

    template = "sessions_app/admin/take_off.html"

    def agreed(self, request: HttpRequest) -> list[SessionAssignment]:
        """Return the assignments whose boxes are ticked."""
        keys = {key for typed in request.POST.getlist("released") if (key := key_of(typed)) is not None}
        rows = SessionAssignment.objects.filter(pk__in=keys).select_related("session")
        return list(rows.order_by("starts_at", "pk")) if keys else []

    def sentences(self, refusal: DomainError) -> list[str]:
        """Return what is in the way, and no names: they stand below, each with its box."""
        return [f"{refusal.summary}." if isinstance(refusal, StillAssigned) else str(refusal)]

    def alternatives(self, refusal: DomainError) -> Any:
        """Return the assignments that nobody has agreed to yet."""
        return refusal.assignments if isinstance(refusal, StillAssigned) else ()

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Return what was agreed to on the last try."""
        return {"agreed": self.agreed(request) if request.method == "POST" else []}
