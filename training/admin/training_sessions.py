"""Training sessions: the list, with what there is to settle."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin, confirmed_action
from studio.errors import DomainError
from studio.showing import NOTHING, badge, when
from training.admin.completion_acts import CompletePage, ReopenPage
from training.admin.day_page import day_url
from training.admin.machine_moves import CHANGE, move_selected
from training.admin.member_on import MemberOnPage
from training.admin.member_rights import SEE_MEMBERS
from training.admin.session_acts import AssignPage, CancelPage, ChangePage, StartPage, credit_of
from training.admin.session_export import export_view
from training.admin.session_filters import BeginsFilter, UncoveredFilter
from training.models import TrainingSession, TrainingStatus
from training.models.training_session import TrainingSessionQuerySet
from training.services import deletion

MOST_TOLD = 100
STATUS_TONES = {
    TrainingStatus.SCHEDULED: "info",
    TrainingStatus.IN_PROGRESS: "warning",
    TrainingStatus.COMPLETED: "success",
    TrainingStatus.CANCELLED: "muted",
    TrainingStatus.NO_SHOW: "danger",
}


def fate(session: TrainingSession) -> str:
    """Return a session with what becomes of its credit once it is deleted, or why it stays."""
    why = deletion.why_it_stays(session)
    told = [why] if why else credit_of(session)
    return ". ".join([f"{session}, {session.machine}", *told])


@confirmed_action(
    description=_("Delete selected sessions"),
    permissions=["delete"],
    template="training/admin/delete_selected.html",
    context=lambda _request, sessions: {"fates": [fate(each) for each in _joined(sessions)[:MOST_TOLD]]},
)
def delete_selected(model_admin: Any, request: HttpRequest, queryset: QuerySet[TrainingSession]) -> None:
    """Delete each that was only booked, or cancelled, and give back its credit; say of each that stays why."""
    deleted, now = 0, timezone.now()
    for session in _joined(queryset):
        try:
            deletion.delete_session(session=session, actor=actor_of(request), now=now)
        except DomainError as refusal:
            model_admin.message_user(request, f"{session}: {refusal}", messages.ERROR)
        else:
            deleted += 1
    if deleted:
        told = ngettext("%(count)d session is deleted.", "%(count)d sessions are deleted.", deleted)
        model_admin.message_user(request, told % {"count": deleted}, messages.SUCCESS)


def _joined(sessions: QuerySet[TrainingSession]) -> QuerySet[TrainingSession]:
    return sessions.select_related("machine", "member", "session_type", "subscription").order_by(
        "scheduled_start", "pk"
    )


@admin.register(TrainingSession, site=studio_site)
class TrainingSessionAdmin(ReadOnlyAdmin, ServedAdmin):
    """Training sessions: changed by what is done to them, deleted only where nothing took place."""

    menu = MenuEntry(MenuGroup.TRAINING, "event_note", 20, kinds=TRAINING)
    list_display = ("attendee", "period", "machine", "shown_trainer", "session_type", "state")
    list_select_related = ("machine", "member", "trainer", "session_type")
    list_filter = (
        *(BeginsFilter, "status", "machine", "session_type"),
        *(("trainer", admin.EmptyFieldListFilter), "overlap_kept", UncoveredFilter),
    )
    linked_lookups = ("member__id__exact",)
    # What the search looks at is the model's business; here it stands for having one.
    search_fields = ("guest_last_name",)
    search_help_text = _("Member, guest or trainer")
    ordering = ("-scheduled_start", "-pk")
    list_before_template = "training/admin/session_list_tools.html"
    delete_confirmation_template = "training/admin/delete_session.html"
    actions = (move_selected, delete_selected)
    action_pages = (ChangePage, MemberOnPage, AssignPage, StartPage, CompletePage, CancelPage, ReopenPage)
    slot = (("period", "machine_shown", "shown_trainer"), "really", "notes", "cancellation")
    readonly_fields = ("attendee", "person", "type_shown", "state", "charged", *slot[0], *slot[1:])

    def has_reassign_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may move sessions to other machines; the list itself is read only."""
        return request.user.has_perm(CHANGE)

    def get_urls(self) -> list[Any]:
        """Return the URLs: the list's file first."""
        export = self.admin_site.admin_view(partial(export_view, self))
        return [path("export/<str:kind>/", export, name="training_trainingsession_export"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: TrainingSession | None = None) -> Any:
        """Return the page's rows: to whom members are shown with the way to the member, and what it is charged to."""
        sees_members = request.user.has_perm(SEE_MEMBERS)
        first = ("person" if sees_members else "attendee", "type_shown", "state")
        return [(None, {"fields": (first, *self.slot, *(["charged"] if sees_members else []))})]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by names."""
        return cast("TrainingSessionQuerySet", queryset).named(search_term), False

    def has_delete_permission(self, request: HttpRequest, obj: TrainingSession | None = None) -> bool:
        """Ask for the right; the service refuses what took place, and says so."""
        return request.user.has_perm(deletion.DELETE_RIGHT)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what would go, with what becomes of the credits."""
        return [fate(each) for each in objs], {self.opts.verbose_name_plural: len(objs)}, set(), []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, and say before that why it stays; afterwards show the day that it stood in."""
        session = self.get_object(request, unquote(object_id))
        if request.method == "GET" and session is not None and (why := deletion.why_it_stays(session)):
            messages.warning(request, why)
        fates = [fate(session)] if session is not None else []
        answer = super().delete_view(request, object_id, {"fates": fates, **(extra_context or {})})
        is_gone = request.method == "POST" and answer.status_code == HTTPStatus.FOUND
        if session is not None and is_gone:
            return HttpResponseRedirect(day_url(session.scheduled_start))
        return answer

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Offer the deletion where the session can be deleted."""
        session = context.get("original")
        return super().render_change_form(
            request, {**context, "show_delete": not (session and deletion.why_it_stays(session))}, *args, **kwargs
        )

    def remove(self, request: HttpRequest, obj: TrainingSession, now: datetime) -> None:
        """Delete a session that was entered by mistake."""
        deletion.delete_session(session=obj, actor=actor_of(request), now=now)

    @admin.display(description=_("time"), ordering="scheduled_start")
    def period(self, session: TrainingSession) -> str:
        """Show from when to when."""
        return when(session.scheduled_start, session.scheduled_end)

    @admin.display(description=_("attendee"))
    def person(self, session: TrainingSession) -> str:
        """Show whose it is, with the way to a member's page, or where a guest comes from."""
        if session.member is None:
            return ", ".join(part for part in (session.attendee, session.guest_gym_name) if part)
        address = reverse("admin:training_member_profile", args=[session.member_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', address, session.member)

    @admin.display(description=_("type"))
    def type_shown(self, session: TrainingSession) -> str:
        """Show what it is for, beside the type's colour."""
        mark = '<span class="room-mark" style="--room: {}" aria-hidden="true"></span> {}'
        return format_html(mark, session.session_type.colour, session.session_type)

    @admin.display(description=_("machine"))
    def machine_shown(self, session: TrainingSession) -> str:
        """Show where it takes place."""
        return str(session.machine)

    @admin.display(description=_("real times"))
    def really(self, session: TrainingSession) -> str:
        """Show from when to when it really took."""
        return when(session.actual_start, session.actual_end) if session.actual_start else NOTHING

    @admin.display(description=_("cancelled"))
    def cancellation(self, session: TrainingSession) -> str:
        """Show when, by whom and why it was cancelled."""
        at = when(session.cancelled_at) if session.cancelled_at else ""
        told = (at, session.cancelled_by_label, session.cancellation_reason)
        return ", ".join(part for part in told if part) or NOTHING

    @admin.display(description=_("charged to"))
    def charged(self, session: TrainingSession) -> str:
        """Show whose credit it took."""
        return str(session.subscription) if session.subscription else NOTHING

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
