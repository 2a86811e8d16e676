"""When the house is open: here, since a change asks what sessions it would leave outside."""

import re
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from sessions_app.forms import day_field
from sessions_app.services import opening_hours
from sessions_app.services.opening_hours import SessionsWouldBeOutside, Stretch
from studio.accounts.models import User
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, LinesField, ReadOnlyAdmin, StudioModelAdmin
from studio.errors import DomainError
from studio.office.models import Closure, OpeningHours, Weekday
from studio.office.models.opening import DAY_MINUTES, wall_label
from studio.showing import day, when

STRETCH = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
MINUTES, HOURS = 60, 24


def stretch_of(text: str) -> Stretch:
    """Return the stretch that a line like `09:00-24:00` means; a closing before the opening is the next day's.

    raises: ValidationError
    """
    found = STRETCH.fullmatch(text.strip())
    numbers = [int(part) for part in found.groups()] if found else []
    if not numbers or numbers[1] >= MINUTES or numbers[3] >= MINUTES or numbers[0] >= HOURS or numbers[2] > HOURS:
        raise ValidationError(_("Write each stretch as 09:00-24:00."))
    opens, closes = numbers[0] * MINUTES + numbers[1], numbers[2] * MINUTES + numbers[3]
    return Stretch(opens, closes if closes > opens else closes + DAY_MINUTES)


class HoursForm(ActionForm):
    """The hours of one weekday from a date on."""

    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=Weekday, coerce=int, widget=UnfoldAdminSelectWidget())
    effective_from = day_field(_("From"), help_text=_("Earlier dates keep the hours they have."))
    stretches = LinesField(
        label=_("Open"),
        required=False,
        help_text=_("One stretch a line, like 09:00-24:00 or 20:00-02:00; empty: closed all day."),
    )

    def clean_stretches(self) -> list[Stretch]:
        """Return the stretches."""
        return [stretch_of(line) for line in self.cleaned_data["stretches"]]


class ClosureForm(ActionForm):
    """Days on which the house stays closed."""

    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget())


def _page_of(row: Model) -> str:
    """Return the address of a row's page, whichever app it is of."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


class _AddPage(ActionPage):
    """A page that stands where other models have their form for a new row."""

    name = "add"

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may add a row."""
        return bool(self.model_admin.has_add_permission(request))

    def sentences(self, refusal: DomainError) -> list[str]:
        """Return what is in the way, and no names: they stand below, each with its link."""
        return [refusal.summary if isinstance(refusal, SessionsWouldBeOutside) else str(refusal)]

    def rows_behind(self, refusal: DomainError) -> list[tuple[str, str]]:
        """Return the sessions that would lie outside."""
        booked = refusal.booked if isinstance(refusal, SessionsWouldBeOutside) else ()
        return [(f"{each.title}, {when(each.starts_at, each.ends_at)}", _page_of(each.row)) for each in booked]

    def back(self, obj: Any) -> str:
        """Return the list's address."""
        return reverse(f"admin:{self._url_name('changelist')}")


class ChangeHoursPage(_AddPage):
    """Setting the hours of a weekday."""

    label = _("Change the hours of a weekday")
    icon = "schedule"
    question = _("A change that would leave a session to come outside is refused.")
    form_class = HoursForm

    def initial(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return tomorrow."""
        return {"effective_from": timezone.localdate() + timedelta(days=1)}

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Change them."""
        typed = form.cleaned_data
        rows = opening_hours.change_opening_hours(
            weekday=typed["weekday"],
            stretches=typed["stretches"],
            effective_from=typed["effective_from"],
            actor=cast("User", request.user),
            now=timezone.now(),
        )
        told = gettext("From %(date)s on: %(hours)s.")
        return told % {"date": day(typed["effective_from"]), "hours": ", ".join(map(str, rows))}


class ClosePage(_AddPage):
    """Closing the house for some days."""

    label = _("Close on some days")
    icon = "event_busy"
    question = _("Days on which a session is booked cannot be closed.")
    form_class = ClosureForm

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Close it."""
        closure = opening_hours.add_closure(**form.cleaned_data, actor=cast("User", request.user), now=timezone.now())
        return gettext("The house is closed: %(days)s.") % {"days": closure}


@admin.register(OpeningHours, site=studio_site)
class OpeningHoursAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """The hours as they were set; new ones take over from their date on, nothing is rewritten."""

    menu = MenuEntry(MenuGroup.HOUSE, "schedule", order=20)
    list_display = ("day", "opens_shown", "closes_shown", "effective_from")
    list_filter = ("weekday",)
    ordering = ("weekday", "-effective_from", "opens", "pk")
    fields = ("day", "opens_shown", "closes_shown", "effective_from")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may change the hours."""
        return request.user.has_perm("office.add_openinghours")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which the hours are changed."""
        return ChangeHoursPage(self).answer(request, None)

    @admin.display(description=_("weekday"), ordering="weekday")
    def day(self, hours: OpeningHours) -> str:
        """Return the weekday."""
        return str(Weekday(hours.weekday).label)

    @admin.display(description=_("opens"), ordering="opens")
    def opens_shown(self, hours: OpeningHours) -> str:
        """Return the wall time, or that it stays closed."""
        return gettext("closed") if hours.opens is None else wall_label(hours.opens)

    @admin.display(description=_("closes"), ordering="closes")
    def closes_shown(self, hours: OpeningHours) -> str:
        """Return the wall time; one of the next day says so."""
        if hours.closes is None:
            return "-"
        later = gettext(" (next day)") if hours.closes > DAY_MINUTES else ""
        return wall_label(hours.closes) + later


@admin.register(Closure, site=studio_site)
class ClosureAdmin(StudioModelAdmin):
    """Days on which the house is closed; they are added and taken back whole."""

    menu = MenuEntry(MenuGroup.HOUSE, "event_busy", order=30)
    list_display = ("starts_on", "ends_on", "reason")
    ordering = ("-starts_on", "-pk")
    fields = ("starts_on", "ends_on", "reason")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: another period asks the same question as a new one."""
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which the house is closed."""
        return ClosePage(self).answer(request, None)

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Return none: closures are taken back one at a time."""
        return {}

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        """Open the house again."""
        opening_hours.remove_closure(closure=obj, actor=cast("User", request.user), now=timezone.now())

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Leave it to the service."""
