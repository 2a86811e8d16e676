"""How sessions were: a list that only the completion desk writes."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import WorkAdmin, actor_of
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin
from studio.showing import NOTHING, badge, when
from training.models import OutcomeKind, SessionOutcome

TONES = {OutcomeKind.COMPLETED: "success", OutcomeKind.NO_SHOW: "danger", OutcomeKind.REOPENED: "muted"}


@admin.register(SessionOutcome, site=studio_site)
class SessionOutcomeAdmin(ReadOnlyAdmin, WorkAdmin):
    """Outcomes; a trainer sees their own."""

    menu = MenuEntry(MenuGroup.TRAINING, "fact_check", 25, kinds=TRAINING)
    list_display = ("session_label", "outcome", "trainer_label", "really", "bill", "at", "actor_label")
    list_filter = ("kind", "billable", "at")
    search_fields = ("session_label", "trainer_label")
    ordering = ("-at", "-pk")

    @admin.display(description=_("outcome"), ordering="kind")
    def outcome(self, said: SessionOutcome) -> str:
        """Show what was said."""
        kind = OutcomeKind(said.kind)
        return badge(kind.label, TONES[kind])

    @admin.display(description=_("really"), ordering="actual_start")
    def really(self, said: SessionOutcome) -> str:
        """Show when it really was."""
        return when(said.actual_start, said.actual_end) if said.actual_start else NOTHING

    @admin.display(description=_("bill"), ordering="billable")
    def bill(self, said: SessionOutcome) -> str:
        """Show whether an invoice may have to be written."""
        return badge(_("to bill"), "warning") if said.billable else NOTHING

    def own_rows(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """Return those that name the person as the trainer."""
        return rows.filter(trainer__user=actor_of(request))
