"""What waits for somebody: requests for an answer, first holders for a deadline."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.models import (
    ChallengeOutcome,
    HoldChallenge,
    SessionRequest,
    SessionStatus,
    StudioSession,
)
from sessions_app.services import requests
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, confirmed_action
from studio.errors import DomainError
from studio.showing import badge, when, zone_label

OUTCOME_TONES = {
    ChallengeOutcome.OPEN: "warning",
    ChallengeOutcome.ANSWERED: "info",
    ChallengeOutcome.WON: "success",
    ChallengeOutcome.WITHDRAWN: "muted",
}


def session_link(session: StudioSession) -> str:
    """Return a link to a session's page, its title as the text."""
    address = reverse("admin:sessions_app_studiosession_change", args=[session.pk])
    return format_html('<a class="panel-link" href="{}">{}</a>', address, session.title)


class AnswerFilter(admin.SimpleListFilter):
    """By whether a request still needs an answer; those that do are shown first."""

    title = _("answer")
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return both."""
        return [("no", _("Open")), ("yes", _("Answered or expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SessionRequest]) -> QuerySet[SessionRequest]:
        """Keep the open ones, or the others."""
        open_ones = {"session__status": SessionStatus.REQUESTED}
        if self.value() == "no":
            return queryset.filter(**open_ones)
        return queryset.exclude(**open_ones) if self.value() == "yes" else queryset


@admin.register(SessionRequest, site=studio_site)
class SessionRequestAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """The inbox of requests; one is answered on the page of its session, several are approved here."""

    menu = MenuEntry(MenuGroup.WORK, "inbox", 24, kinds=RECORDING)
    list_display = ("asked", "period", "room", "who", "awaited", "keeps", "state")
    list_select_related = ("session__room", "session__client")
    list_filter = (AnswerFilter, "awaits")
    search_fields = ("session__title", "visitor_name", "visitor_email")
    ordering = ("-created_at", "-pk")
    list_display_links = None
    list_before_template = "sessions_app/admin/write_down_request.html"
    actions = ("approve_selected",)
    fieldsets = (
        (None, {"fields": (("asked", "state"), ("period", "room"), ("awaited", "keeps"))}),
        (_("Who asks"), {"fields": (("who", "visitor_email", "visitor_phone"), "message")}),
    )

    @admin.display(description=_("session"), ordering="session__title")
    def asked(self, request: SessionRequest) -> str:
        """Show what is asked for, with the way to where it is answered."""
        return session_link(request.session)

    @admin.display(description=zone_label(_("when")), ordering="session__starts_at")
    def period(self, request: SessionRequest) -> str:
        """Show the time asked for."""
        return when(request.session.starts_at, request.session.ends_at)

    @admin.display(description=_("room"), ordering="session__room")
    def room(self, request: SessionRequest) -> str:
        """Show the room asked for."""
        return str(request.session.room or "-")

    @admin.display(description=_("who"))
    def who(self, request: SessionRequest) -> str:
        """Show the client, or the visitor by name."""
        return str(request.session.client or request.visitor_name or request.visitor_email or "-")

    @admin.display(description=_("awaits"), ordering="awaits")
    def awaited(self, request: SessionRequest) -> str:
        """Show what it needs."""
        return badge(request.get_awaits_display(), "info")

    @admin.display(description=_("keeps its slot until"), ordering="session__hold_expires_at")
    def keeps(self, request: SessionRequest) -> str:
        """Show the visible expiry."""
        at, is_open = request.session.hold_expires_at, request.session.status == SessionStatus.REQUESTED
        return when(at) if at and is_open else "-"

    @admin.display(description=_("state"), ordering="session__status")
    def state(self, request: SessionRequest) -> str:
        """Show what became of it."""
        is_open = request.session.status == SessionStatus.REQUESTED
        return badge(request.session.get_status_display(), "warning" if is_open else "muted")

    def has_answer_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may answer requests: who may change sessions."""
        return actor_of(request).has_perm("sessions_app.change_studiosession")

    @confirmed_action(description=_("Approve selected requests"), permissions=["answer"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[SessionRequest]) -> None:
        """Approve each; those that cannot be booked are named."""
        done, now, actor = 0, timezone.now(), actor_of(request)
        for row in queryset.select_related("session__room").order_by("pk"):
            try:
                requests.approve_request(session=row.session, actor=actor, now=now)
                done += 1
            except DomainError as refusal:
                self.message_user(request, f"{row.session.title}: {refusal}", messages.ERROR)
        told = ngettext("%(count)d request is approved.", "%(count)d requests are approved.", done)
        self.message_user(request, told % {"count": done}, messages.SUCCESS)

    def object_title(self, obj: SessionRequest) -> str:
        """Return what is asked for, and when."""
        return f"{obj.session.title}, {self.period(obj)}"


@admin.register(HoldChallenge, site=studio_site)
class HoldChallengeAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Challenges, open ones and those that are over."""

    menu = MenuEntry(MenuGroup.WORK, "swords", 26, kinds=RECORDING)
    list_display = ("held", "period", "against", "deadline", "firm", "how")
    list_display_links = None
    list_select_related = ("hold__room", "challenger")
    list_filter = ("outcome",)
    search_fields = ("hold__title", "challenger__title")
    ordering = ("-ends_at", "-pk")
    fieldsets = ((None, {"fields": (("held", "against"), "period", ("deadline", "firm", "how"))}),)

    @admin.display(description=_("first hold"), ordering="hold__title")
    def held(self, challenge: HoldChallenge) -> str:
        """Show whom it is about."""
        return session_link(challenge.hold)

    @admin.display(description=_("challenger"), ordering="challenger__title")
    def against(self, challenge: HoldChallenge) -> str:
        """Show who wants the slot."""
        return session_link(challenge.challenger)

    @admin.display(description=zone_label(_("slot")), ordering="hold__starts_at")
    def period(self, challenge: HoldChallenge) -> str:
        """Show the slot."""
        return f"{challenge.hold.room}: {when(challenge.hold.starts_at, challenge.hold.ends_at)}"

    @admin.display(description=zone_label(_("deadline")), ordering="ends_at")
    def deadline(self, challenge: HoldChallenge) -> str:
        """Show by when the first holder has to confirm."""
        return when(challenge.ends_at)

    @admin.display(description=_("if won"), ordering="is_firm")
    def firm(self, challenge: HoldChallenge) -> str:
        """Show what winning means."""
        return gettext("booked") if challenge.is_firm else gettext("moves up")

    @admin.display(description=_("outcome"), ordering="outcome")
    def how(self, challenge: HoldChallenge) -> str:
        """Show how it ended."""
        return badge(challenge.get_outcome_display(), OUTCOME_TONES[ChallengeOutcome(challenge.outcome)])

    def object_title(self, obj: HoldChallenge) -> str:
        """Return both sides."""
        return f"{obj.hold.title} / {obj.challenger.title}"
