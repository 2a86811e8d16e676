"""Months whose hours are final: closing them, and opening them again."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.admin.time_forms import MonthForm, ReasonForm
from sessions_app.models import ClosedPeriod
from sessions_app.services import closed_periods
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, StudioModelAdmin
from studio.showing import badge, when, zone_name
from studio.trail import trail_of

ONE_DAY = timedelta(days=1)


class CloseMonthPage(ActionPage):
    """Closes a month."""

    name = "close"
    label = _("Close a month")
    icon = "lock"
    form_class = MonthForm
    question = _("Hours that begin in this month are no longer added, changed or deleted.")
    made: ClosedPeriod | None = None

    def may(self, request: HttpRequest, obj: ClosedPeriod | None) -> bool:
        """Ask for the right to close a month."""
        return bool(self.model_admin.has_add_permission(request))

    def initial(self, request: HttpRequest, obj: ClosedPeriod | None) -> dict[str, Any]:
        """Propose last month."""
        today = timezone.localdate()
        return {"month": (today.replace(day=1) - ONE_DAY).replace(day=1)}

    def act(self, request: HttpRequest, obj: ClosedPeriod | None, form: ActionForm) -> str:
        """Close the month."""
        month = form.cleaned_data["month"]
        self.made = closed_periods.close_month(month=month, actor=actor_of(request), now=timezone.now())
        return gettext("%(month)s is closed.") % {"month": self.made}

    def back(self, obj: ClosedPeriod | None) -> str:
        """Go to the list of months."""
        return reverse("admin:sessions_app_closedperiod_changelist")


class ReopenPage(ActionPage):
    """Opens a month again, with a reason."""

    name = "reopen"
    label = _("Open again")
    icon = "lock_open"
    is_dangerous = True
    form_class = ReasonForm
    question = _("Hours of this month can be changed again, those on an invoice excepted. That it was open is kept.")

    def is_offered(self, obj: ClosedPeriod) -> bool:
        """Offer it while the month is closed."""
        return obj.is_closed

    def act(self, request: HttpRequest, obj: ClosedPeriod, form: ActionForm) -> str:
        """Open the month."""
        reason = form.cleaned_data["reason"]
        closed_periods.reopen_month(period=obj, reason=reason, actor=actor_of(request), now=timezone.now())
        return gettext("%(month)s is open again.") % {"month": obj}


@admin.register(ClosedPeriod, site=studio_site)
class ClosedPeriodAdmin(StudioModelAdmin):
    """Closed months, also those that were opened again; nothing is typed over here."""

    menu = MenuEntry(MenuGroup.TIME, "lock_clock", 50, kinds=RECORDING)
    list_display = ("named", "state", "closed", "opened", "reopen_reason")
    ordering = ("-month", "-pk")
    actions = None  # nothing is done to many at once: each act says why
    action_pages = (ReopenPage,)
    readonly_fields = ("named", "state", "closed", "opened", "reopen_reason")
    fieldsets = ((None, {"fields": (("named", "state"), ("closed", "opened"), "reopen_reason")}),)
    change_form_outer_after_template = "sessions_app/admin/entry_trail.html"

    @admin.display(description=_("month"), ordering="month")
    def named(self, period: ClosedPeriod) -> str:
        """Show the month."""
        return str(period)

    @admin.display(description=_("state"))
    def state(self, period: ClosedPeriod) -> str:
        """Show whether it is closed now."""
        return badge(_("closed"), "info") if period.is_closed else badge(_("opened again"), "warning")

    @admin.display(description=_("closed"), ordering="closed_at")
    def closed(self, period: ClosedPeriod) -> str:
        """Show when and by whom it was closed."""
        return ", ".join(filter(None, (when(period.closed_at), period.closed_by_label)))

    @admin.display(description=_("opened again"), ordering="reopened_at")
    def opened(self, period: ClosedPeriod) -> str:
        """Show when and by whom it was opened again."""
        if period.reopened_at is None:
            return "-"
        return ", ".join(filter(None, (when(period.reopened_at), period.reopened_by_label)))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Close a month."""
        return CloseMonthPage(self).answer(request, None)

    def has_delete_permission(self, request: HttpRequest, obj: ClosedPeriod | None = None) -> bool:
        """Refuse: a month is opened again, and stays in the records."""
        return False

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below the month what was done to it; nothing here is saved."""
        if period := context.get("original"):
            context |= {"lines": trail_of(period), "zone": zone_name()}
        closed = dict.fromkeys(("show_save", "show_save_and_continue", "show_save_and_add_another"), False)
        return super().render_change_form(request, {**context, **closed}, *args, **kwargs)
