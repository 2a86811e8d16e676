"""What is asked for an outage: from when to when, and why."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from sessions_app.forms import PeriodForm


class OutageForm(PeriodForm):
    """When a machine is out of order, and why."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "For the staff: on the grid, and at what is refused. Members read only that a machine is out of order."
        ),
    )

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return the time, then the reason."""
        return [(None, {"fields": [*self.period_fields(), "reason"]})]


class UntilForm(PeriodForm):
    """Until when a machine is out of order; cleaned to the instant `ends_at`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("day", "start", "start_which"):
            del self.fields[name]
        day, end = self.fields["last_day"], self.fields["end"]
        day.required, day.label, day.help_text, end.help_text = True, _("Day"), "", ""

    def clean(self) -> dict[str, Any]:
        """Turn the wall time into an instant."""
        cleaned = super().clean()
        day, end = cleaned.get("last_day"), cleaned.get("end")
        if isinstance(day, date) and isinstance(end, time):
            cleaned["ends_at"] = self._instant("end", datetime.combine(day, end))
        return cleaned

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return the day and the time, and which of two where it comes twice."""
        asked = ["end_which"] if self.doubled else []
        return [(None, {"fields": [("last_day", "end"), *asked]})]
