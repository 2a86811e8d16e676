"""What the staff fill in to write down, correct and delete hours, and to close months."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from sessions_app.admin.own_time import KINDS
from sessions_app.forms import FIRST_DAY, LAST_DAY, DayInput, PeriodForm, PersonField
from sessions_app.models import TaskType, TimeEntry
from studio.accounts.models import User
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm
from studio.admin_tools.numbers import DecimalField
from studio.admin_tools.searching import SearchOne

LONGEST_NOTE = 2000


def target_field(name: str) -> forms.ModelChoiceField[Any]:
    """Return the choice of one kind of thing that hours can be for."""
    model = KINDS[name]
    return forms.ModelChoiceField(
        model._default_manager.all(),
        label=capfirst(str(model._meta.verbose_name)),
        required=False,
        widget=SearchOne(TimeEntry._meta.get_field(name), studio_site),
    )


def reason_field() -> forms.CharField:
    """Return the box for a reason."""
    return forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class HoursForm(PeriodForm):
    """Hours, what for, and why they are typed in.

    cleaned_data: `target`, beside the two instants
    """

    task_type = forms.ModelChoiceField(
        TaskType.objects.in_use(), label=_("Task"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=LONGEST_NOTE, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )
    reason = reason_field()
    may_overlap = forms.BooleanField(
        label=_("That is meant: both are right"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    asks_overlap = False  # set once the hours were refused because they overlap others

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields |= {name: target_field(name) for name in KINDS}

    def clean(self) -> dict[str, Any]:
        """Insist on one thing that the hours are for."""
        cleaned = super().clean()
        named = [target for name in KINDS if (target := cleaned.get(name)) is not None]
        if len(named) == 1:
            cleaned["target"] = named[0]
        elif not any(self.has_error(name) for name in KINDS):
            self.add_error(None, gettext("Say what the hours were for: a session, a project or a track, one of them."))
        return cleaned

    def overlap_fields(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return the question whether an overlap is meant, where it has to be asked."""
        was_asked = self.asks_overlap or bool(self.data.get(self.add_prefix("may_overlap")))
        return [(_("Overlap"), {"fields": ["may_overlap"]})] if was_asked else []

    def target_fields(self) -> tuple[str, ...]:
        """Return the boxes for what the hours were for."""
        return tuple(KINDS)


class AddHoursForm(HoursForm):
    """Hours that no timer measured."""

    person = PersonField(User.objects.none(), label=_("Person"), empty_label=None, widget=UnfoldAdminSelectWidget)

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return who, when, what for and why."""
        return [
            (None, {"fields": ["person", *self.period_fields()]}),
            (_("What for"), {"fields": [self.target_fields(), "task_type", "note"]}),
            (_("Why by hand"), {"fields": ["reason"]}),
            *self.overlap_fields(),
        ]


class CorrectHoursForm(HoursForm):
    """Other hours than were written down; the old ones stay in the trail."""

    billable = forms.BooleanField(label=_("Billable"), required=False, widget=UnfoldBooleanSwitchWidget)
    hourly_rate = DecimalField(
        label=_("Hourly rate"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        help_text=_("Another task brings its own, unless this is changed too."),
    )

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return when, what for, what it is worth and why."""
        worth = [name for name in ("hourly_rate", "billable") if name in self.fields]
        return [
            (None, {"fields": self.period_fields()}),
            (_("What for"), {"fields": [self.target_fields(), "task_type", "note"]}),
            *([(_("Worth"), {"fields": [tuple(worth)]})] if worth else []),
            (_("Why"), {"fields": ["reason"]}),
            *self.overlap_fields(),
        ]


class ReasonForm(ActionForm):
    """Why something is done."""

    reason = reason_field()


class MonthForm(ActionForm):
    """Which month is closed."""

    month = forms.DateField(
        label=_("Month"),
        widget=DayInput,
        help_text=_("Any day of it."),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )

    def clean_month(self) -> date:
        """Return the first day of the month."""
        return date(self.cleaned_data["month"].year, self.cleaned_data["month"].month, 1)
