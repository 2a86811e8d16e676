"""Who and what is on which session."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.validators import MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from sessions_app.admin.booking import staff_sentences
from sessions_app.admin.filters import PeriodFilter
from sessions_app.admin.served import WorkAdmin, actor_of
from sessions_app.forms import PersonField, one_found
from sessions_app.models import (
    AssignmentStatus,
    SessionAssignment,
    SessionStatus,
    StudioSession,
)
from sessions_app.selectors.crew import engineers_on_offer, name_of, who_is_on
from sessions_app.services import assignments
from sessions_app.services.slots import SlotRefused
from sessions_app.services.states import has_open_crew
from studio.accounts.models import User
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.numbers import DecimalField
from studio.errors import DomainError
from studio.not_sent import NOT_SENT
from studio.showing import badge, when, zone_label

TONES = {
    AssignmentStatus.ASSIGNED: "info",
    AssignmentStatus.CONFIRMED: "success",
    AssignmentStatus.DECLINED: "muted",
}
MEMBERS = ("engineer", "talent", "equipment")


class AssignForm(ActionForm):
    """One person or one thing, and what is agreed.

    cleaned_data: `member`
    """

    engineer = PersonField(User.objects.none(), label=_("Engineer"), required=False, widget=UnfoldAdminSelectWidget)
    talent = one_found(SessionAssignment._meta.get_field("talent"), _("or a talent"))
    equipment = one_found(SessionAssignment._meta.get_field("equipment"), _("or a piece of equipment"))
    role = forms.CharField(
        label=_("Role"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("E.g. assistant, lead vocals."),
    )
    rate = DecimalField(
        label=_("Rate"),
        max_digits=12,
        decimal_places=2,
        required=False,
        validators=[MinValueValidator(0)],
        help_text=_("By the hour for people, by the day for equipment. Empty: the usual one."),
    )
    notes = forms.CharField(label=_("Notes"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["engineer"]).queryset = engineers_on_offer()

    def clean(self) -> dict[str, Any]:
        """Insist on one of the three."""
        cleaned = dict(super().clean() or {})
        named = [cleaned[name] for name in MEMBERS if cleaned.get(name) is not None]
        if len(named) != 1 and not any(self.has_error(name) for name in MEMBERS):
            self.add_error(None, gettext("Choose one: an engineer, a talent or a piece of equipment."))
        cleaned["member"] = named[0] if named else None
        return cleaned

    def fieldsets(self) -> Any:
        """Return who, and what is agreed."""
        return [(None, {"fields": [MEMBERS, ("role", "rate"), "notes"]})]


class AssignPage(ActionPage):
    """Puts somebody or something on a session."""

    name = "assign"
    label = _("Add people or equipment")
    icon = "person_add"
    form_class = AssignForm
    question = _("Whoever is in another session at that time, away or in maintenance cannot be put on this one.")

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it as long as the session can still have somebody."""
        return has_open_crew(obj)

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Put the person or the thing on the session."""
        typed = form.cleaned_data
        assignments.assign_member(
            session=obj,
            member=typed["member"],
            role=typed["role"],
            rate=NOT_SENT if typed["rate"] is None else typed["rate"],
            notes=typed["notes"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("%(who)s is on the session.") % {"who": name_of(typed["member"])}

    def sentences(self, refusal: DomainError) -> list[str]:
        """Return what keeps the person or the thing away."""
        return (staff_sentences(refusal) if isinstance(refusal, SlotRefused) else []) or [str(refusal)]


def state_of(assignment: SessionAssignment) -> str:
    """Return what was agreed with somebody, and whether they are in two sessions at a time."""
    if assignment.overlap_kept and assignment.occupying:
        return badge(_("%(status)s, overlaps") % {"status": assignment.get_status_display()}, "danger")
    return badge(assignment.get_status_display(), TONES[AssignmentStatus(assignment.status)])


@admin.register(SessionAssignment, site=studio_site)
class SessionAssignmentAdmin(WorkAdmin):
    """Who works when: made on the session's page, where a new one asks whether they can be had."""

    menu = MenuEntry(MenuGroup.WORK, "groups", 25, kinds=RECORDING, title=_("Who works when"))
    list_display = ("who", "kind", "period", "session_shown", "role", "state")
    list_select_related = ("session", "engineer", "talent", "equipment")
    list_filter = (PeriodFilter, "kind", "status", "overlap_kept")
    linked_lookups = ("engineer__id__exact", "talent__id__exact", "equipment__id__exact")
    ordering = ("-starts_at", "-pk")
    readonly_fields = ("label", "period", "session_shown")
    fieldsets = ((None, {"fields": (("label", "session_shown", "period"), ("status", "role", "rate"), "notes")}),)

    @admin.display(description=_("name"), ordering="label")
    def who(self, assignment: SessionAssignment) -> str:
        """Show who or what it is."""
        return who_is_on(assignment)

    @admin.display(description=zone_label(_("when")), ordering="starts_at")
    def period(self, assignment: SessionAssignment) -> str:
        """Show the session's time."""
        return when(assignment.starts_at, assignment.ends_at)

    @admin.display(description=_("session"))
    def session_shown(self, assignment: SessionAssignment) -> str:
        """Show the session, and that it does not take place."""
        gone = {SessionStatus.CANCELLED, SessionStatus.EXPIRED}
        session = assignment.session
        return f"{session.title} ({session.get_status_display()})" if session.status in gone else session.title

    @admin.display(description=_("status"), ordering="status")
    def state(self, assignment: SessionAssignment) -> str:
        """Show what was agreed."""
        return state_of(assignment)

    def own_rows(self, rows: QuerySet[SessionAssignment], request: HttpRequest) -> QuerySet[SessionAssignment]:
        """Return those of the person."""
        return rows.filter(engineer=actor_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the session's own page puts somebody on it."""
        return False

    def object_title(self, obj: SessionAssignment) -> str:
        """Return who is on which session."""
        return f"{who_is_on(obj)}, {obj.session.title}"

    def change(self, request: HttpRequest, obj: SessionAssignment, given: dict[str, Any], now: datetime) -> None:
        """Change what was agreed."""
        assignments.change_assignment(assignment=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: SessionAssignment, now: datetime) -> None:
        """Take somebody or something off the session."""
        assignments.unassign_member(assignment=obj, actor=actor_of(request), now=now)

    def response_post_save_change(self, request: HttpRequest, obj: SessionAssignment) -> HttpResponse:
        """Go back to the session."""
        return HttpResponseRedirect(reverse("admin:sessions_app_studiosession_change", args=[obj.session_id]))
