"""Moving sessions to another machine: those selected in the list."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, confirmed_action
from studio.showing import when, zone_name
from training.models import Machine, TrainingSession
from training.selectors.machine_sessions import begun_among
from training.services import machine_moves
from training.services.machine_moves import Moved

CHANGE = "training.change_trainingsession"
MOST_SHOWN = 100  # of those that would move; more are counted
MOST_TOLD = 10  # of those that stay; the list shows the others


class MachineForm(ActionForm):
    """The machine that sessions move to."""

    machine = forms.ModelChoiceField(
        Machine.objects.in_use(),
        label=_("To machine"),
        empty_label=_("Choose one"),
        widget=UnfoldAdminSelectWidget,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a machine.")),
    )


class MoveForm(MachineForm):
    """Where selected sessions move, and why those of the past do as well."""

    past_because = forms.CharField(
        label=_("Also what has begun, because"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("To put the record right. Left empty, what has begun stays where it is."),
    )

    def suit(self, request: HttpRequest, rows: QuerySet[TrainingSession]) -> None:
        """Offer no machine that all of them are on, and ask about the past where there is some, who may correct it."""
        there = set(rows.order_by().values_list("machine", flat=True).distinct())
        if len(there) == 1:
            machines: Any = self.fields["machine"]
            machines.queryset = machines.queryset.exclude(pk__in=there)
        may_correct = request.user.has_perm(machine_moves.RECORD_RIGHT)
        if not may_correct or not begun_among(rows, timezone.now()).exists():
            del self.fields["past_because"]


def moving(_request: HttpRequest, rows: QuerySet[TrainingSession]) -> dict[str, Any]:
    """Return what was selected, by start, and how many of it have begun."""
    sessions = rows.select_related("machine", "member", "session_type").order_by("scheduled_start", "pk")
    begun = begun_among(rows, timezone.now()).count()
    return {"sessions": sessions[:MOST_SHOWN], "begun": begun, "zone": zone_name()}


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
    form_class=MoveForm,
    context=moving,
)
def move_selected(model_admin: Any, request: HttpRequest, queryset: QuerySet[TrainingSession], form: MoveForm) -> None:
    """Move each that does not clash there."""
    machine = form.cleaned_data["machine"]
    result = machine_moves.move_sessions(
        sessions=list(queryset),
        machine=machine,
        past_because=form.cleaned_data.get("past_because", ""),
        actor=actor_of(request),
        now=timezone.now(),
    )
    say_what_stays(request, result)
    if result.moved:
        model_admin.message_user(request, moved_sentence(result, machine), messages.SUCCESS)
