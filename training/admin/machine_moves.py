"""Moving many sessions to another machine: those selected in the list, or all that a machine has."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage, confirmed_action
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


class EmptyForm(MachineForm):
    """Whether the past moves, too."""

    only_coming = forms.BooleanField(
        label=_("Only what has not ended yet"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Otherwise the past moves along, which puts the record right."),
    )


def _move(request: HttpRequest, sessions: Collection[TrainingSession], machine: Machine, now: datetime) -> Moved:
    """Move sessions, and say of each that stays why."""
    result = machine_moves.move_sessions(sessions=sessions, machine=machine, actor=actor_of(request), now=now)
    for stayed in result.stayed[:MOST_TOLD]:
        times = when(stayed.session.scheduled_start, stayed.session.scheduled_end)
        messages.warning(request, f"{stayed.session.attendee}, {times}: {stayed.sentence}")
    if (more := len(result.stayed) - MOST_TOLD) > 0:
        told = ngettext("%(count)d more stays where it is.", "%(count)d more stay where they are.", more)
        messages.warning(request, told % {"count": more})
    return result


def _told(result: Moved, machine: Machine) -> str:
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
    result = _move(request, list(queryset), machine, timezone.now())
    model_admin.message_user(request, _told(result, machine), messages.SUCCESS)


class EmptyPage(ActionPage):
    """Moves what a machine has to another one, e.g. before it is deleted."""

    name = "empty"
    label = _("Move its sessions")
    icon = "move_down"
    question = _("Each session moves at the time it has, unless another one has the machine then.")
    form_class = EmptyForm

    def may(self, request: HttpRequest, obj: Machine) -> bool:
        """Ask for the right on sessions: it is they that change."""
        return request.user.has_perm(CHANGE)

    def is_offered(self, obj: Machine) -> bool:
        """Offer it where there is something to move."""
        return obj.sessions.exists()

    def form(self, request: HttpRequest, obj: Machine) -> ActionForm:
        """Return the form, with the other machines."""
        form = super().form(request, obj)
        form.fields["machine"].queryset = Machine.objects.in_use().exclude(pk=obj.pk)  # type: ignore[attr-defined]
        return form

    def act(self, request: HttpRequest, obj: Machine, form: ActionForm) -> str:
        """Move them."""
        now, machine = timezone.now(), form.cleaned_data["machine"]
        sessions = (
            obj.sessions.filter(scheduled_end__gt=now) if form.cleaned_data["only_coming"] else obj.sessions.all()
        )
        return _told(_move(request, list(sessions), machine, now), machine)
