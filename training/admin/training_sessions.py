"""Training sessions: the list, with what there is to settle."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.filters import PeriodFilter
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin
from studio.showing import badge, when
from training.admin.completion_acts import CompletePage, ReopenPage
from training.admin.machine_moves import CHANGE, move_selected
from training.admin.member_on import MemberOnPage
from training.admin.session_acts import AssignPage, CancelPage, ChangePage, StartPage
from training.models import TrainingSession, TrainingStatus
from training.models.training_session import TrainingSessionQuerySet

STATUS_TONES = {
    TrainingStatus.SCHEDULED: "info",
    TrainingStatus.IN_PROGRESS: "warning",
    TrainingStatus.COMPLETED: "success",
    TrainingStatus.CANCELLED: "muted",
    TrainingStatus.NO_SHOW: "danger",
}


class BeginsFilter(PeriodFilter):
    """By when a training session begins."""

    column = "scheduled_start"


@admin.register(TrainingSession, site=studio_site)
class TrainingSessionAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Training sessions."""

    menu = MenuEntry(MenuGroup.TRAINING, "event_note", 20, kinds=TRAINING)
    list_display = ("attendee", "period", "machine", "shown_trainer", "session_type", "state")
    list_select_related = ("machine", "member", "trainer", "session_type")
    list_filter = (
        *(BeginsFilter, "status", "machine", "session_type"),
        *(("trainer", admin.EmptyFieldListFilter), "overlap_kept"),
    )
    # What the search looks at is the model's business; here it stands for having one.
    search_fields = ("guest_last_name",)
    search_help_text = _("Member, guest or trainer")
    ordering = ("-scheduled_start", "-pk")
    actions = (move_selected,)
    action_pages = (ChangePage, MemberOnPage, AssignPage, StartPage, CompletePage, CancelPage, ReopenPage)

    def has_reassign_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may move sessions to other machines; the list itself is read only."""
        return request.user.has_perm(CHANGE)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by names."""
        return cast("TrainingSessionQuerySet", queryset).named(search_term), False

    @admin.display(description=_("time"), ordering="scheduled_start")
    def period(self, session: TrainingSession) -> str:
        """Show from when to when."""
        return when(session.scheduled_start, session.scheduled_end)

    @admin.display(description=_("trainer"), ordering="trainer_label")
    def shown_trainer(self, session: TrainingSession) -> str:
        """Show who trains, or did; unassigned when nobody yet."""
        return session.trainer_label or str(_("Unassigned"))

    @admin.display(description=_("status"), ordering="status")
    def state(self, session: TrainingSession) -> str:
        """Show where it stands, and whether it overlaps another."""
        status = TrainingStatus(session.status)
        if session.overlap_kept:
            return badge(_("%(status)s, overlaps") % {"status": status.label}, "danger")
        return badge(status.label, STATUS_TONES[status])
