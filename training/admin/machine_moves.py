"""Moving sessions to another machine: those selected in the list."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget

from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, confirmed_action
from studio.showing import when
from training.models import Machine, TrainingSession
from training.services import machine_moves
from training.services.machine_moves import Moved

CHANGE = "training.change_trainingsession"
MOST_TOLD = 10  # of those that stay; the list shows the others


class MachineForm(ActionForm):
    """The machine that sessions move to."""

    machine = forms.ModelChoiceField(
        Machine.objects.none(),
        label=_("To machine"),
        empty_label=_("Choose one"),
        widget=UnfoldAdminSelectWidget,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a machine.")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["machine"].queryset = Machine.objects.in_use()  # type: ignore[attr-defined]


def say_what_stays(request: HttpRequest, result: Moved) -> None:
    """Say of each that stays why."""
    for stayed in result.stayed[:MOST_TOLD]:
        times = when(stayed.session.scheduled_start, stayed.session.scheduled_end)
        messages.warning(request, f"{stayed.session.attendee}, {times}: {stayed.sentence}")
    if (more := len(result.stayed) - MOST_TOLD) > 0:
        told = ngettext("%(count)d more stays where it is.", "%(count)d more stay where they are.", more)
        messages.warning(request, told % {"count": more})


def moved_sentence(result: Moved, machine: Machine) -> str:
    """Return how many moved, as a sentence."""
    count = len(result.moved)
    told = ngettext("%(count)d session is on %(machine)s now.", "%(count)d sessions are on %(machine)s now.", count)
    return told % {"count": count, "machine": machine}


@confirmed_action(
    description=_("Move selected sessions to another machine"),
    permissions=["reassign"],
    template="training/admin/move_selected.html",
    form_class=MachineForm,
)
def move_selected(
    model_admin: Any, request: HttpRequest, queryset: QuerySet[TrainingSession], form: MachineForm
) -> None:
    """Move each that does not clash there."""
    machine = form.cleaned_data["machine"]
    result = machine_moves.move_sessions(
        sessions=list(queryset), machine=machine, actor=actor_of(request), now=timezone.now()
    )
    say_what_stays(request, result)
    model_admin.message_user(request, moved_sentence(result, machine), messages.SUCCESS)
