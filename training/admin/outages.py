"""Outages of machines: the list, each with what became of the sessions in its way, and the calls that are due."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from sessions_app.admin.served import actor_of
from studio.admin_sites import TRAINING, AdminPage, DashboardPanel, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin
from studio.errors import DomainError
from studio.showing import badge, when, zone_label, zone_name
from training.admin.day_page import PLAN_OUTAGES
from training.admin.member_rights import SEE_MEMBERS
from training.admin.outage_pages import CallOffPage, EndPage, ProlongPage
from training.admin.outage_return import ReturnPage
from training.models import Machine, MachineOutage, OutageCase, OutageDecision
from training.models.outage_case import people
from training.selectors.outage_page import cases_of
from training.services import outages

CALL = "training.change_outagecase"
TONES = {
    OutageDecision.MOVED: "info",
    OutageDecision.SETTLED: "danger",
    OutageDecision.LEFT: "warning",
    OutageDecision.RETURNED: "success",
}


def calls_due() -> QuerySet[OutageCase]:
    """Return the calls that are due about the outage of the query around it."""
    return OutageCase.objects.to_phone().filter(outage=OuterRef("pk"))


class CallsFilter(SimpleListFilter):
    """By whether somebody has to be called yet."""

    title = _("calls")
    parameter_name = "calls"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the one choice."""
        return [("due", _("somebody is to be called"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[MachineOutage]) -> QuerySet[MachineOutage]:
        """Keep the outages about which somebody has to be called."""
        return queryset.filter(Exists(calls_due())) if self.value() == "due" else queryset


@admin.register(MachineOutage, site=studio_site)
class MachineOutageAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Outages; each is planned on its machine's page, and prolonged or ended here."""

    menu = MenuEntry(MenuGroup.TRAINING, "build", 62, kinds=TRAINING)
    list_display = ("machine", "period", "state", "reason", "in_the_way", "calls")
    list_select_related = ("machine",)
    list_filter = ("machine", "starts_at", CallsFilter)
    search_fields = ("reason",)
    ordering = ("-starts_at", "-pk")
    action_pages = (ProlongPage, EndPage, CallOffPage, ReturnPage)
    list_before_template = "training/admin/outage_tools.html"
    change_form_outer_after_template = "training/admin/outage_cases.html"
    fieldsets = ((None, {"fields": (("machine", "state"), "period", "reason", "planned_by_label")}),)
    readonly_fields = ("machine", "state", "period", "reason", "planned_by_label")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MachineOutage]:
        """Return the rows, with how many sessions were in the way and how many people are to be called."""
        rows: QuerySet[MachineOutage] = super().get_queryset(request)
        calls = calls_due().values("outage").annotate(count=people()).values("count")
        return rows.annotate(
            case_count=Count("cases", filter=Q(cases__takes_back__isnull=True)), call_count=Coalesce(Subquery(calls), 0)
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, with the machines of which an outage can be planned."""
        machines = Machine.objects.in_use() if request.user.has_perm(PLAN_OUTAGES) else ()
        return super().changelist_view(request, {"machines": machines, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below what became of the sessions in the way."""
        if outage := context.get("original"):
            context |= {
                "cases": cases_of(outage),
                "tones": TONES,
                "zone": zone_name(),
                "may_call": request.user.has_perm(CALL),
                "sees_members": request.user.has_perm(SEE_MEMBERS),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=zone_label(_("time")), ordering="starts_at")
    def period(self, outage: MachineOutage) -> str:
        """Show from when to when."""
        return when(outage.starts_at, outage.ends_at)

    @admin.display(description=_("state"))
    def state(self, outage: MachineOutage) -> str:
        """Show whether it is to come, lasts, or is over."""
        now = timezone.now()
        if outage.called_off_at is not None:
            return badge(_("called off"), "muted")
        if outage.ends_at <= now:
            return badge(_("over"), "neutral")
        return badge(_("planned"), "info") if outage.starts_at > now else badge(_("out of order"), "danger")

    @admin.display(description=_("sessions in its way"), ordering="case_count")
    def in_the_way(self, outage: Any) -> int:
        """Show how many sessions were in the way."""
        return int(outage.case_count)

    @admin.display(description=_("people to call"), ordering="call_count")
    def calls(self, outage: Any) -> str:
        """Show how many people have to be called yet."""
        return badge(outage.call_count, "warning") if outage.call_count else "-"


@admin.register(OutageCase, site=studio_site)
class OutageCaseAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Sessions that were in the way of outages, over all of them."""

    menu = MenuEntry(MenuGroup.TRAINING, "phone_forwarded", 63, kinds=TRAINING, title=_("Sessions in an outage's way"))
    list_display = ("session_label", "outage", "decided", "told", "reason")
    list_select_related = ("outage__machine",)
    list_filter = ("decision", "telling", ("phoned_at", admin.EmptyFieldListFilter))
    search_fields = ("session_label",)
    ordering = ("-was_starts_at", "-pk")
    fieldsets = ((None, {"fields": ("session_label", "outage", ("decided", "told"), "reason", "phoned_by_label")}),)
    readonly_fields = ("session_label", "outage", "decided", "told", "reason", "phoned_by_label")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutageCase]:
        """Return the rows, each with whether somebody has to be called."""
        rows: QuerySet[OutageCase] = super().get_queryset(request)
        return rows.annotate(is_due=Exists(OutageCase.objects.to_phone().filter(pk=OuterRef("pk"))))

    @admin.display(description=_("decision"), ordering="decision")
    def decided(self, case: OutageCase) -> str:
        """Show what became of it."""
        decision = OutageDecision(case.decision)
        return badge(decision.label, TONES[decision])

    @admin.display(description=_("told"), ordering="telling")
    def told(self, case: Any) -> str:
        """Show how whoever has it hears of it, and whether they have."""
        if case.phoned_at is not None:
            return gettext("called: %(when)s") % {"when": when(case.phoned_at)}
        return badge(_("to be called"), "warning") if case.is_due else case.get_telling_display()


@require_POST
def called_view(request: HttpRequest, case_id: int) -> HttpResponse:
    """Write down that somebody was called."""
    case = OutageCase.objects.filter(pk=case_id).first()
    if case is None:
        raise Http404
    try:
        outages.note_call(case=case, actor=actor_of(request), now=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("%(session)s: they know.") % {"session": case.session_label})
    return HttpResponseRedirect(reverse("admin:training_machineoutage_change", args=[case.outage_id]))


def calls_panel(_request: HttpRequest) -> dict[str, Any]:
    """Return how many people have to be called yet, for the first page."""
    return {"calls": OutageCase.objects.to_phone().people()}


studio_site.register_panel(
    DashboardPanel("training/admin/calls_panel.html", calls_panel, CALL, order=13, kinds=TRAINING)
)
studio_site.register_page(AdminPage("training/outages/<int:case_id>/called/", "training-called", called_view, CALL))
