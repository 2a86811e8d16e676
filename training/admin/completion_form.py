"""What is asked of a session that is over: who trained, who came, when it really was."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from sessions_app.forms import ClockInput, current_zone
from studio.accounts.models import User
from studio.admin_tools import ActionForm
from studio.clock import instant, instant_moved_forward, is_doubled
from training.admin.trainer_choice import TrainerChoice, chosen_as
from training.models import Trainer, TrainingSession
from training.selectors.dates import ONE_DAY
from training.services import bookings

CAME, NO_SHOW = "came", "no_show"
type Choices = list[tuple[Any, str]]


def nearest(at: time, planned: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall time that lies nearest to a planned one: before or after midnight, first or second.

    A time that the clocks skip moves forward by the gap.
    """
    day = planned.astimezone(zone).date()
    walls = [datetime.combine(each, at) for each in (day - ONE_DAY, day, day + ONE_DAY)]
    found = [instant_moved_forward(wall, zone) for wall in walls]
    found += [instant(wall.replace(fold=1), zone) for wall in walls if is_doubled(wall, zone)]
    return min(found, key=lambda each: (abs(each - planned), each))


class SeenTrainerForm(ActionForm):
    """Who trains, as far as that stands as it was shown.

    seen: who trained when the form was shown
    """

    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def show_again(self, session: TrainingSession) -> None:
        """Know who trains by now, so that the form can be sent again."""
        session.refresh_from_db(fields=["trainer"])
        changed = cast("QueryDict", self.data).copy()
        changed["seen"] = str(session.trainer_id or "")
        self.data = changed


class CompletionForm(SeenTrainerForm):
    """How a session was; begins with what was planned.

    choices: of trainers, where many forms share them
    cleaned_data: `actual_start` and `actual_end` as instants
    """

    attendance = forms.ChoiceField(
        label=_("Attendance"),
        choices=[(CAME, _("came")), (NO_SHOW, _("no-show"))],
        initial=CAME,
        widget=forms.RadioSelect,
    )
    trainer = forms.ModelChoiceField(
        Trainer.objects.none(), label=_("Trainer"), required=False, empty_label="-", widget=UnfoldAdminSelectWidget
    )
    start = forms.TimeField(label=_("Real start"), required=False, widget=ClockInput)
    end = forms.TimeField(label=_("Real end"), required=False, widget=ClockInput)

    def __init__(self, data: Any, *, session: TrainingSession, trainers: Any, choices: Choices | None = None) -> None:
        self.session = session
        first = timezone.localtime(session.actual_start or session.scheduled_start)
        last = timezone.localtime(session.scheduled_end)
        who = {"trainer": session.trainer_id, "seen": session.trainer_id}
        initial = {**who, "start": first.time(), "end": last.time()}
        super().__init__(data, initial=initial, auto_id=f"id_{session.pk}_%s")
        fields: Any = self.fields
        fields["trainer"].queryset = trainers
        if choices is not None:
            fields["trainer"].choices = choices

    def clean(self) -> dict[str, Any]:
        """Turn the wall times into the instants that lie nearest to what was planned; a no-show has none."""
        cleaned = dict(super().clean() or {})
        zone = current_zone()
        for name, planned in (("start", self.session.scheduled_start), ("end", self.session.scheduled_end)):
            if (at := cleaned.get(name)) is not None:
                cleaned[f"actual_{name}"] = nearest(at, planned, zone)
            elif name in cleaned and cleaned.get("attendance") == CAME:
                self.add_error(name, self.fields[name].error_messages["required"])
        return cleaned


class AssignForm(SeenTrainerForm):
    """Who trains."""

    trainer = TrainerChoice(
        Trainer.objects.none(),
        label=_("Trainer"),
        required=False,
        empty_label=_("nobody yet"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["trainer"]
        field.queryset = Trainer.objects.bookable()

    def assign(self, session: TrainingSession, actor: User) -> TrainingSession:
        """Assign the trainer, and return the session.

        raises: what the service raises; the form then knows who trains by now, so that it can be sent again
        """
        given = self.cleaned_data
        try:
            return bookings.assign_trainer(
                session=session, trainer=given["trainer"], seen=given["seen"], actor=actor, now=timezone.now()
            )
        except bookings.AssignedSince:
            self.show_again(session)
            raise


class DeskAssignForm(AssignForm):
    """Who trains, of those who are here: somebody.

    choices: shared by many forms
    """

    def __init__(self, data: Any, *, session: TrainingSession, choices: Choices | None = None) -> None:
        self.session = session
        super().__init__(data, auto_id=f"id_{session.pk}_%s")
        field: Any = self.fields["trainer"]
        field.required, field.empty_label = True, "-"
        if choices is not None:
            field.choices = choices


def choices_of(trainers: Iterable[Trainer]) -> Choices:
    """Return who may have trained as choices, after nobody."""
    return [("", "-"), *((trainer.pk, trainer.name) for trainer in trainers)]


def choices_ahead(trainers: Iterable[Trainer]) -> Choices:
    """Return who may train as choices, after nobody: those who work here, each with whether they are full."""
    return [("", "-"), *((trainer.pk, chosen_as(trainer)) for trainer in trainers if trainer.is_active)]
