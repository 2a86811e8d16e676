"""Sessions: the list, the page of one, and the doors to what can be done with it."""

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.assignments import AssignPage, state_of
from sessions_app.admin.booking import BookPage, MovePage, free_view, projects_view
from sessions_app.admin.charges import ExtraPage, LongerPage, OveragePage, RepricePage, charges_context, shown_trail
from sessions_app.admin.fee_parts import fees_of_selected, sees_money, sets_prices
from sessions_app.admin.filters import PeriodFilter, ProjectFilter, WaitsFilter
from sessions_app.admin.hold_page import hold_view
from sessions_app.admin.price_preview import price_view
from sessions_app.admin.request_page import request_view
from sessions_app.admin.served import WorkAdmin, actor_of
from sessions_app.admin.session_actions import (
    CancelPage,
    CheckInPage,
    CompletePage,
    ConfirmPage,
    NoShowPage,
    StartPage,
    UndoPage,
)
from sessions_app.admin.waiting_pages import (
    AskPaymentPage,
    ChallengePage,
    DeclinePage,
    ExtendPage,
    ReleasePage,
    WithdrawChallengePage,
)
from sessions_app.forms import key_of, projects_of
from sessions_app.models import ChallengeOutcome, PaymentStatus, Project, SessionStatus, StudioSession
from sessions_app.selectors.crew import assignments_of, sessions_of_engineer, who_is_on
from sessions_app.selectors.lateness import came_late
from sessions_app.selectors.series import rule_in_words
from sessions_app.selectors.told import told_of
from sessions_app.services import bookings, holds
from sessions_app.services import sessions as session_facts
from sessions_app.services.notices import Tell
from sessions_app.services.states import has_open_crew
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea, confirmed_action
from studio.admin_tools.model_admin import StudioModelForm
from studio.errors import DomainError
from studio.showing import badge, when, when_exactly, zone_label, zone_name

STATUS_TONES = {
    SessionStatus.HOLD: "warning",
    SessionStatus.REQUESTED: "warning",
    SessionStatus.SCHEDULED: "info",
    SessionStatus.IN_PROGRESS: "success",
    SessionStatus.COMPLETED: "success",
    SessionStatus.CANCELLED: "muted",
    SessionStatus.NO_SHOW: "danger",
    SessionStatus.EXPIRED: "muted",
}
PAYMENT_TONES = {
    PaymentStatus.UNPAID: "neutral",
    PaymentStatus.PARTIAL: "warning",
    PaymentStatus.PAID: "success",
    PaymentStatus.REFUNDED: "muted",
}


class SessionForm(StudioModelForm):
    """What a session is about."""

    class Meta:
        model = StudioSession
        fields = "__all__"
        widgets = {"description": LineTextarea, "notes": LineTextarea}


@admin.register(StudioSession, site=studio_site)
class StudioSessionAdmin(WorkAdmin):
    """Sessions: facts are edited here, time and state by the pages behind the buttons."""

    menu = MenuEntry(MenuGroup.WORK, "event_note", 20, kinds=RECORDING)
    form = SessionForm
    list_display = ("title", "period", "room", "client", "project_name", "state", "paid")
    list_select_related = ("room", "client")
    list_filter = (PeriodFilter, WaitsFilter, "status", "room", ProjectFilter, "overlap_kept")
    linked_lookups = ("client__id__exact", "project__id__exact")
    search_fields = ("title", "client__name", "client__artist_name")
    ordering = ("-starts_at", "-pk")
    autocomplete_fields = ("client",)
    actions = ("confirm_selected", "cancel_selected")
    action_pages = (
        MovePage,
        AssignPage,
        ConfirmPage,
        AskPaymentPage,
        DeclinePage,
        ExtendPage,
        ChallengePage,
        WithdrawChallengePage,
        ReleasePage,
        *(CheckInPage, StartPage, LongerPage, CompletePage, OveragePage, NoShowPage),
        *(ExtraPage, RepricePage, UndoPage, CancelPage),
    )
    change_form_before_template = "sessions_app/admin/session_seen.html"
    change_form_outer_after_template = "sessions_app/admin/session_trail.html"
    readonly_fields = (
        "former_project",
        "period",
        "room",
        "kind",
        "state",
        "paid",
        "buffer",
        "real_times",
        "expires",
        "cancellation",
        "invoiced",
        "in_series",
        "price_source",
        "checked_in",
    )

    money = (_("Money"), {"fields": (("total", "price_source", "deposit_amount"), ("paid", "invoiced"))})
    fieldsets = (
        (None, {"fields": (("period", "room"), ("state", "kind"))}),
        (_("What"), {"fields": ("title", ("client", "project"), ("booking_type", "location"), "description", "notes")}),
        money,
        (_("On the day"), {"fields": (("buffer", "checked_in", "real_times"), ("expires", "cancellation"))}),
    )

    class Media:
        css = {"all": ("admin_theme/session_list.css",)}

    # Columns ------------------------------------------------------------------------------------

    @admin.display(description=zone_label(_("when")), ordering="starts_at")
    def period(self, session: StudioSession) -> str:
        """Show the booked time on the studio's clock."""
        return when_exactly(session.starts_at, session.ends_at)

    @admin.display(description=_("project"), ordering="project_label")
    def project_name(self, session: StudioSession) -> str:
        """Show the project's name, also of one that is gone."""
        if session.project_id is None and session.project_label:
            return gettext("%(name)s (deleted)") % {"name": session.project_label}
        return session.project_label or "-"

    @admin.display(description=_("former project"))
    def former_project(self, session: StudioSession) -> str:
        """Show the name of a project that is gone."""
        return self.project_name(session)

    @admin.display(description=_("status"), ordering="status")
    def state(self, session: StudioSession) -> str:
        """Show where it stands, and whether it overlaps another."""
        if session.overlap_kept or getattr(session, "is_overlapped", False):
            return badge(_("%(status)s, overlaps") % {"status": session.get_status_display()}, "danger")
        return badge(session.get_status_display(), STATUS_TONES[SessionStatus(session.status)])

    @admin.display(description=_("payment"), ordering="payment_status")
    def paid(self, session: StudioSession) -> str:
        """Show how much is paid."""
        return badge(session.get_payment_status_display(), PAYMENT_TONES[PaymentStatus(session.payment_status)])

    @admin.display(description=_("room kept from - to"))
    def buffer(self, session: StudioSession) -> str:
        """Show the time with setup and teardown."""
        return when(session.blocked_from, session.blocked_to)

    @admin.display(description=_("real times"))
    def real_times(self, session: StudioSession) -> str:
        """Show when it took place."""
        return when(session.actual_start, session.actual_end) if session.actual_start else "-"

    @admin.display(description=_("price"))
    def price_source(self, session: StudioSession) -> str:
        """Show who says what it costs."""
        return "-" if session.total is None else session.get_total_source_display()

    @admin.display(description=_("checked in"))
    def checked_in(self, session: StudioSession) -> str:
        """Show when the client came, by whom it was written down, and whether late."""
        if session.checked_in_at is None:
            return "-"
        text = ", ".join(filter(None, (when(session.checked_in_at), session.checked_in_by_label)))
        return format_html("{} {}", text, badge(_("late"), "warning")) if came_late(session) else text

    @admin.display(description=_("expires"))
    def expires(self, session: StudioSession) -> str:
        """Show until when a hold or a request keeps the slot, or which place in line it has."""
        if not session.hold_expires_at:
            return "-"
        until = when(session.hold_expires_at)
        if session.status != SessionStatus.HOLD:
            return until
        challenge = session.challenges.filter(outcome=ChallengeOutcome.OPEN).first()
        place = gettext("%(until)s (no. %(rank)d in line)") % {"until": until, "rank": session.hold_rank or 1}
        if challenge is None:
            return place
        return gettext("%(place)s, challenged until %(deadline)s") % {
            "place": place,
            "deadline": when(challenge.ends_at),
        }

    @admin.display(description=_("cancelled"))
    def cancellation(self, session: StudioSession) -> str:
        """Show when, by whom and why."""
        if not session.cancelled_at:
            return "-"
        parts = (when(session.cancelled_at), session.cancelled_by_label, session.cancellation_reason)
        return ", ".join(filter(None, parts))

    @admin.display(description=_("series"))
    def in_series(self, session: StudioSession) -> str:
        """Show the series, where it is edited as a whole."""
        if session.series is None:
            return "-"
        address = reverse("admin:sessions_app_sessionseries_change", args=[session.series.pk])
        told = rule_in_words(session.series)
        return format_html(
            '<a href="{}">{}</a>', address, f"{told} ({gettext('own time')})" if session.own_time else told
        )

    @admin.display(description=_("invoiced"))
    def invoiced(self, session: StudioSession) -> str:
        """Show since when it is on an invoice."""
        return when(session.invoiced_at) if session.invoiced_at else "-"

    # Pages --------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Return the URLs, the fragments of the booking form first."""
        wrap = self.admin_site.admin_view
        return [
            path("hold/", wrap(partial(hold_view, model_admin=self)), name="sessions_app_studiosession_hold"),
            path("request/", wrap(partial(request_view, model_admin=self)), name="sessions_app_studiosession_request"),
            path("price/", wrap(partial(price_view, model_admin=self)), name="sessions_app_studiosession_price"),
            path("free/", wrap(partial(free_view, model_admin=self)), name="sessions_app_studiosession_free"),
            path(
                "projects/", wrap(partial(projects_view, model_admin=self)), name="sessions_app_studiosession_projects"
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StudioSession]:
        """Return the sessions that the person may see, each with whether one that was taken over overlaps it."""
        kept = StudioSession.objects.to_settle().filter(
            room=OuterRef("room"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
        )
        others = Exists(kept.exclude(pk=OuterRef("pk")))
        gone = Q(status__in=[SessionStatus.CANCELLED, SessionStatus.EXPIRED])
        return super().get_queryset(request).annotate(is_overlapped=~gone & others)

    def own_rows(self, rows: QuerySet[StudioSession], request: HttpRequest) -> QuerySet[StudioSession]:
        """Return the sessions that the person works on."""
        return rows.filter(pk__in=sessions_of_engineer(actor_of(request)))

    def get_fieldsets(self, request: HttpRequest, obj: StudioSession | None = None) -> Any:
        """Return the rows of the form: the series, the name of a project that is gone, money for whom it is shown."""
        fieldsets: Any = self.fieldsets
        rows = {place: part["fields"] for place, (_name, part) in enumerate(fieldsets)}
        if obj is not None and obj.series_id is not None:
            rows[0] = (*rows[0], "in_series")
        if obj is not None and obj.project_id is None and obj.project_label:
            first, *rest = rows[1]
            rows[1] = (first, "former_project", *rest)
        return [
            (part[0], {"fields": rows[place]})
            for place, part in enumerate(fieldsets)
            if sees_money(request) or part is not self.money
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: StudioSession | None = None) -> Any:
        """Return what is only shown: the price as well, to whom may not change it, and a deposit that is asked for."""
        if not sets_prices(request):
            return (*self.readonly_fields, "total", "deposit_amount")
        is_asked = obj is not None and obj.deposit_asked_at is not None
        return (*self.readonly_fields, "deposit_amount") if is_asked else self.readonly_fields

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns; how much is paid for whom money is shown."""
        shown = super().get_list_display(request)
        return shown if sees_money(request) else [name for name in shown if name != "paid"]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was done to the session, as its page does."""
        session = self.get_object(request, unquote(object_id))
        lines = {} if session is None else {"lines": shown_trail(request, session)}
        return super().history_view(request, object_id, {**lines, **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Book a session: it takes a slot, so it is an act and no plain save."""
        return BookPage(self).answer(request, None)

    def has_delete_permission(self, request: HttpRequest, obj: StudioSession | None = None) -> bool:
        """Refuse: a session is cancelled, and stays in the records."""
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the projects of the session's client, and the one it has."""
        if db_field.name != "project":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs, queryset=self._projects_on_offer(request))
        field.empty_label = _("No project")
        return field

    def _projects_on_offer(self, request: HttpRequest) -> QuerySet[Project]:
        match = request.resolver_match
        key = key_of(match.kwargs.get("object_id") if match else None)
        session = StudioSession.objects.filter(pk=key).first() if key else None
        if session is None:
            return Project.objects.none()
        wanted = {session.project_id, key_of(request.POST.get("project"))} - {None}
        current = projects_of(session.client_id).values("pk")
        return Project.objects.filter(Q(pk__in=current) | Q(pk__in=wanted)).order_by("-pk")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below the facts what was done to the session."""
        if session := context.get("original"):
            context |= {
                "lines": shown_trail(request, session),
                "zone": zone_name(),
                "seen_at": self._seen_at(request, session),
            }
            context["told"] = told_of(session)
            context["crew"] = [(row, who_is_on(row), state_of(row)) for row in assignments_of(session)]
            context["may_assign"] = has_open_crew(session) and self.has_change_permission(request, session)
            context |= charges_context(request, session)
        context = {**context, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **kwargs)

    @staticmethod
    def _seen_at(request: HttpRequest, session: StudioSession) -> str:
        refusal = getattr(request, "refusal", None)
        if isinstance(refusal, session_facts.ChangedMeanwhile):
            return refusal.updated_at.isoformat()  # the sentence says what is there now
        return request.POST.get("seen_at") or session.updated_at.isoformat()

    def object_title(self, obj: StudioSession) -> str:
        """Return title and time."""
        return f"{obj.title}, {when(obj.starts_at, obj.ends_at)}"

    def change(self, request: HttpRequest, obj: StudioSession, given: dict[str, Any], now: datetime) -> None:
        """Change what a session is about; an emptied project is removed, and a form that is out of date refused."""
        with suppress(ValueError):
            given["seen_at"] = parse_datetime(request.POST.get("seen_at", ""))
        session_facts.change_session(session=obj, actor=actor_of(request), now=now, **given)

    # Several at once ----------------------------------------------------------------------------

    @confirmed_action(description=_("Confirm selected sessions"), permissions=["change"])
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[StudioSession]) -> None:
        """Confirm each hold or request."""
        now, actor = timezone.now(), actor_of(request)
        done = self._each(request, queryset, lambda row: holds.confirm_hold(session=row, actor=actor, now=now))
        told = ngettext("%(count)d session is booked.", "%(count)d sessions are booked.", done)
        self.message_user(request, told % {"count": done}, messages.SUCCESS)

    @confirmed_action(
        description=_("Cancel selected sessions"),
        permissions=["change"],
        template="sessions_app/admin/cancel_selected.html",
        context=fees_of_selected,
    )
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[StudioSession]) -> None:
        """Cancel each, for one reason."""
        reason, now, actor = request.POST.get("reason", "").strip()[:500], timezone.now(), actor_of(request)
        tell = Tell.CLIENT if "tell" in request.POST else Tell.NOBODY
        cancel = partial(bookings.cancel_session, reason=reason, actor=actor, now=now, tell=tell)
        done = self._each(request, queryset, lambda row: cancel(session=row))
        told = ngettext("%(count)d session is cancelled.", "%(count)d sessions are cancelled.", done)
        self.message_user(request, told % {"count": done}, messages.SUCCESS)

    def _each(self, request: HttpRequest, queryset: QuerySet[StudioSession], act: Any) -> int:
        done = 0
        for session in queryset.select_related("room").order_by("pk"):
            try:
                act(session)
                done += 1
            except DomainError as refusal:
                self.message_user(request, f"{session.title}: {refusal}", messages.ERROR)
        return done
