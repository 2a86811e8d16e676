"""What the acts of a session's day ask for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from sessions_app.forms import CancelForm, PeriodForm, tell_field, waiver_field
from sessions_app.models import TaskType
from studio.admin_tools import ActionForm


class CancelWithFeeForm(CancelForm):
    """Why a session is cancelled, and why the client is let off the fee."""

    waive_because = waiver_field()
    field_order = ("reason", "waive_because", "tell")


class WaiverForm(ActionForm):
    """Why the client is let off the fee, where there is one."""

    waive_because = waiver_field()


class UndoForm(ActionForm):
    """Why what was written down today is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class TellForm(ActionForm):
    """Whether the client is told."""

    tell = tell_field()


class CompletionForm(PeriodForm):
    """When a session really took place, and whether its engineers worked as long."""

    task_type = forms.ModelChoiceField(
        TaskType.objects.in_use(),
        label=_("Hours of its engineers"),
        required=False,
        empty_label=_("Write none down"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("The real times are written down for each engineer of the session, under this task."),
    )

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return the real times, and the hours."""
        return [(None, {"fields": [*self.period_fields(), "task_type"]})]
