"""Sending equipment to maintenance, and taking it back."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from sessions_app.admin.served import actor_of
from sessions_app.admin.taking_off import TakingOffPage
from sessions_app.forms import ClockInput, current_zone, day_field
from sessions_app.models import Equipment, EquipmentService, ServiceKind
from sessions_app.services import maintenance
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.numbers import DecimalField
from studio.clock import WallTimeSkipped, instant
from studio.showing import when, zone_label


def cost_field() -> DecimalField:
    """Return the box for what it cost."""
    return DecimalField(
        label=_("Cost"),
        max_digits=12,
        decimal_places=2,
        required=False,
        validators=[MinValueValidator(0)],
    )


class MaintainForm(ActionForm):
    """From when to when a piece of equipment is out; of a doubled hour the first is meant.

    cleaned_data: `starts_at` and `ends_at`, in UTC; the latter None where it is not known
    """

    kind = forms.ChoiceField(label=_("Kind"), choices=ServiceKind, widget=UnfoldAdminSelectWidget)
    from_day = day_field(_("From"))
    from_time = forms.TimeField(label=zone_label(_("Time")), widget=ClockInput)
    to_day = day_field(_("To"), required=False, help_text=_("Empty: until it is taken back into service."))
    to_time = forms.TimeField(label=zone_label(_("Time")), widget=ClockInput, required=False)
    done_by = forms.CharField(label=_("By whom"), max_length=255, required=False, widget=UnfoldAdminTextInputWidget)
    cost = cost_field()
    notes = forms.CharField(label=_("Notes"), required=False, widget=UnfoldAdminTextareaWidget({"rows": 3}))

    def clean(self) -> dict[str, Any]:
        """Turn the wall times into instants; a skipped one is refused."""
        cleaned = dict(super().clean() or {})
        if bool(cleaned.get("to_day")) != bool(cleaned.get("to_time")) and not self.errors:
            self.add_error("to_time", gettext("Give both the day and the time, or neither."))
        cleaned["starts_at"] = self._instant("from", cleaned)
        cleaned["ends_at"] = self._instant("to", cleaned)
        return cleaned

    def _instant(self, which: str, cleaned: dict[str, Any]) -> datetime | None:
        day, at = cleaned.get(f"{which}_day"), cleaned.get(f"{which}_time")
        if not isinstance(day, date) or not isinstance(at, time):
            return None
        try:
            return instant(datetime.combine(day, at), current_zone())
        except WallTimeSkipped as refusal:
            self.add_error(f"{which}_time", str(refusal))
            return None

    def fieldsets(self) -> Any:
        """Return when and what."""
        return [
            (
                None,
                {
                    "fields": [
                        "kind",
                        ("from_day", "from_time"),
                        ("to_day", "to_time"),
                        ("done_by", "cost"),
                        "notes",
                    ]
                },
            )
        ]


class TakeBackForm(ActionForm):
    """How maintenance ended."""

    cost = cost_field()
    next_maintenance_on = day_field(_("Next maintenance"), required=False)
    notes = forms.CharField(label=_("Notes"), required=False, widget=UnfoldAdminTextareaWidget({"rows": 3}))

    def fieldsets(self) -> Any:
        """Return what it cost and when the next one is due."""
        return [(None, {"fields": [("cost", "next_maintenance_on"), "notes"]})]


class MaintainPage(TakingOffPage):
    """Takes a piece of equipment out of service for a while."""

    name = "maintain"
    label = _("Send to maintenance")
    icon = "build"
    form_class = MaintainForm
    question = _("Meanwhile it cannot be put on any session. A time that is over is only written down.")

    def is_offered(self, obj: Equipment) -> bool:
        """Offer it for what is in the house, and not in maintenance."""
        return obj.is_active and not getattr(obj, "is_in_maintenance", False)

    def initial(self, request: HttpRequest, obj: Equipment) -> dict[str, Any]:
        """Begin now."""
        wall = timezone.localtime().replace(second=0, microsecond=0)
        return {"kind": ServiceKind.MAINTENANCE, "from_day": wall.date(), "from_time": wall.time()}

    def act(self, request: HttpRequest, obj: Equipment, form: ActionForm) -> str:
        """Send it."""
        names = ("kind", "starts_at", "ends_at", "done_by", "cost", "notes")
        entry = maintenance.send_to_maintenance(
            equipment=obj,
            released=self.agreed(request),
            actor=actor_of(request),
            now=timezone.now(),
            **{name: form.cleaned_data[name] for name in names},
        )
        told = {"what": obj, "when": when(entry.starts_at, entry.ends_at)}
        if entry.ends_at is None:
            return gettext("%(what)s is in maintenance from %(when)s on.") % told
        return gettext("%(what)s is in maintenance: %(when)s.") % told


class TakeBackPage(ActionPage):
    """Takes a piece of equipment back into service."""

    name = "take-back"
    label = _("Back in service")
    icon = "task_alt"
    form_class = TakeBackForm
    question = _("Its maintenance ends now, and it can be put on sessions again.")

    def is_offered(self, obj: Equipment) -> bool:
        """Offer it for what is in maintenance."""
        return bool(getattr(obj, "is_in_maintenance", False))

    def initial(self, request: HttpRequest, obj: Equipment) -> dict[str, Any]:
        """Begin with what is known."""
        entry = EquipmentService.objects.under_way(timezone.now()).filter(equipment=obj).first()
        found = {"cost": entry.cost, "notes": entry.notes} if entry else {}
        return {**found, "next_maintenance_on": self._still_to_come(obj)}

    @staticmethod
    def _still_to_come(obj: Equipment) -> date | None:
        planned = obj.next_maintenance_on
        return planned if planned and planned > timezone.localdate() else None

    def act(self, request: HttpRequest, obj: Equipment, form: ActionForm) -> str:
        """Take it back."""
        maintenance.take_back(equipment=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        return gettext("%(what)s is back in service.") % {"what": obj}
