"""The columns of the list of members: everybody chooses and keeps their own."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from sessions_app.admin.fee_parts import sees_money
from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.paging import CappedChangeList
from studio.showing import badge, day, money, when, zone_label
from training.models import Member, MemberListLayout, MemberStatus, MemberType, SubscriptionStatus
from training.models.member_list_layout import PAGE_SIZES, USUAL_PAGE_SIZE
from training.services import list_layouts

STATUS_TONES = {
    MemberStatus.PENDING: "warning",
    MemberStatus.ACTIVE: "success",
    MemberStatus.SUSPENDED: "danger",
    MemberStatus.EXPIRED: "danger",
    MemberStatus.INACTIVE: "muted",
}
TYPE_TONES = {MemberType.TRIAL: "info", MemberType.FULL: "neutral", MemberType.COLLABORATION: "warning"}
FIRST = "full_name"
# Name of a column -> what it is called where columns are chosen; in their order.
COLUMNS = {
    "state": _("Status"),  # what a phone shows beside the name comes first
    "plan": _("Plan"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "kind": _("Type"),
    "remaining": _("Sessions left"),
    "last_session": _("Last session"),
    "next_session": _("Next session"),
    "scheduled": _("Sessions to come"),
    "balance": _("Balance due"),
    "gender": _("Gender"),
    "born": _("Date of birth"),
    "joined": _("Joined"),
}
USUAL = ("phone", "kind", "state", "plan", "next_session", "balance")
MONEY = frozenset({"balance"})


def columns_on_offer(request: HttpRequest) -> dict[str, Any]:
    """Return the columns that the person may choose."""
    return {name: label for name, label in COLUMNS.items() if name not in MONEY or sees_money(request)}


class LayoutRequest(HttpRequest):
    """What is noted on a request while it is answered: what the person chose, or None."""

    member_list_layout: MemberListLayout | None


class MemberChangeList(CappedChangeList):
    """A list with as many rows a page as the person chose; each leads to the member's page."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch one page."""
        layout = self.model_admin.layout(request)
        self.list_per_page = layout.page_size if layout else USUAL_PAGE_SIZE
        super().get_results(request)

    def url_for_result(self, result: Member) -> str:
        """Return the address of the member's page."""
        return reverse("admin:training_member_profile", args=[quote(str(result.pk))])


class MemberColumns:
    """Mixed into the admin of members: what each column shows, and which are shown to whom."""

    def layout(self, request: HttpRequest) -> MemberListLayout | None:
        """Return what the person chose; asked for once a request."""
        noted = cast("LayoutRequest", request)
        if not hasattr(noted, "member_list_layout"):
            noted.member_list_layout = MemberListLayout.objects.filter(user=actor_of(request)).first()
        return noted.member_list_layout

    def chosen_columns(self, request: HttpRequest) -> list[str]:
        """Return the columns in their order, the usual ones where nothing was chosen."""
        layout = self.layout(request)
        chosen = layout.columns if layout else USUAL
        return [name for name in columns_on_offer(request) if name in chosen]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the name, and the columns that the person chose."""
        return (FIRST, *self.chosen_columns(request))

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, member: Member) -> str:
        """Show the name, by which members are sorted from the last one on."""
        return member.name

    @admin.display(description=_("date of birth"), ordering="date_of_birth")
    def born(self, member: Member) -> str:
        """Show the date of birth."""
        return day(member.date_of_birth) if member.date_of_birth else "-"

    @admin.display(description=_("type"), ordering="member_type")
    def kind(self, member: Member) -> str:
        """Show on what footing somebody trains."""
        return badge(member.get_member_type_display(), TYPE_TONES[MemberType(member.member_type)])

    @admin.display(description=_("status"), ordering="status")
    def state(self, member: Member) -> str:
        """Show where the membership stands."""
        return badge(member.get_status_display(), STATUS_TONES[MemberStatus(member.status)])

    @admin.display(description=_("plan"), ordering="plan_ends_on")
    def plan(self, member: Any) -> str:
        """Show the plan that runs, and until when."""
        if not member.plan_name:
            return "-"
        told = gettext("%(plan)s until %(day)s") % {"plan": member.plan_name, "day": day(member.plan_ends_on)}
        if member.plan_status == SubscriptionStatus.PAUSED:
            return format_html("{} {}", told, badge(SubscriptionStatus.PAUSED.label, "warning"))
        return told

    @admin.display(description=_("sessions left"), ordering="remaining_count")
    def remaining(self, member: Any) -> str:
        """Show how many sessions are left on the plan that runs."""
        return "-" if member.remaining_count is None else str(member.remaining_count)

    @admin.display(description=zone_label(_("last session")), ordering="last_session_at")
    def last_session(self, member: Any) -> str:
        """Show when somebody last trained."""
        return when(member.last_session_at) if member.last_session_at else "-"

    @admin.display(description=zone_label(_("next session")), ordering="next_session_at")
    def next_session(self, member: Any) -> str:
        """Show when somebody is next expected."""
        return when(member.next_session_at) if member.next_session_at else "-"

    @admin.display(description=_("sessions to come"), ordering="scheduled_count")
    def scheduled(self, member: Any) -> str:
        """Show how many sessions are booked."""
        return str(member.scheduled_count or "-")

    @admin.display(description=_("balance due"), ordering="client__balance_due")
    def balance(self, member: Any) -> str:
        """Show what is owed to the studio, and whether a plan is unpaid that stands on no invoice yet."""
        owed = member.client.balance_due
        if not owed:
            return badge(gettext("plan not paid"), "warning") if member.has_unpaid_plan else "-"
        return badge(money(owed, member.client.currency), "danger" if owed > 0 else "success")

    @admin.display(description=_("joined"), ordering="join_date")
    def joined(self, member: Member) -> str:
        """Show since when somebody is a member."""
        return day(member.join_date) if member.join_date else "-"


class LayoutForm(ActionForm):
    """The columns and how many rows a page has."""

    columns = forms.MultipleChoiceField(
        label=_("Columns"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    page_size = forms.TypedChoiceField(
        label=_("Rows a page"),
        coerce=int,
        choices=[(size, str(size)) for size in PAGE_SIZES],
        widget=UnfoldAdminSelectWidget,
    )


class LayoutPage(ActionPage):
    """Asks how somebody likes the list."""

    name = "layout"
    label = _("Choose the columns")
    permission = "view"
    form_class = LayoutForm
    question = _("The name comes first. Your choice is kept for you alone.")

    def form(self, request: HttpRequest, obj: Any) -> ActionForm:
        """Return the form, with the columns that the person may see."""
        form = super().form(request, obj)
        columns: Any = form.fields["columns"]
        columns.choices = list(columns_on_offer(request).items())
        return form

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Begin with the list as it is."""
        layout = self.model_admin.layout(request)
        size = layout.page_size if layout else USUAL_PAGE_SIZE
        return {"columns": self.model_admin.chosen_columns(request), "page_size": size}

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Keep the choice."""
        list_layouts.keep_layout(user=actor_of(request), **form.cleaned_data)
        return gettext("The list is shown like this from now on.")

    def back(self, obj: Any) -> str:
        """Return to the list."""
        return reverse("admin:training_member_changelist")


def layout_view(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Choose the columns of the list."""
    return LayoutPage(model_admin).answer(request, None)
