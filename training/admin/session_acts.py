"""What can be done to a training session before it is over: one page for each act, each calling one service."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from sessions_app.admin.served import actor_of
from sessions_app.forms import PeriodForm, asked_instant, period_initial
from studio.admin_tools import ActionForm, ActionPage
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import when_exactly
from training.admin.book_form import MachineSelect
from training.admin.completion_desk import COMPLETE, REOPEN, whose
from training.admin.completion_form import AssignForm
from training.admin.trainer_choice import warn_of_full
from training.models import SAID, UNSAID, Machine, TrainingSession, TrainingStatus
from training.selectors.credits import fate_of_credit, gives_credit_back, heir_of
from training.services import attendance, bookings
from training.services.slots import SlotRefused
from training.services.states import ARROWS

CHANGE = "training.change_trainingsession"
TYPED = ("day", "start", "last_day", "end")


class SessionPage(ActionPage):
    """An act of whoever may change sessions."""

    def may(self, request: HttpRequest, obj: TrainingSession) -> bool:
        """Ask for the right; the list itself is read only."""
        return request.user.has_perm(CHANGE)


class ChangeForm(PeriodForm):
    """Where and when a session is, and its notes; at another start it keeps its length while the end is left alone."""

    machine = forms.ModelChoiceField(
        Machine.objects.in_use(), label=_("Machine"), empty_label=None, widget=MachineSelect
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=4000, required=False, widget=UnfoldAdminTextareaWidget({"rows": 3})
    )
    over_cap_because = forms.CharField(
        label=_("Beyond the limit of the week, because"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Only when the week is full, and with the right for it."),
    )
    by_house = forms.BooleanField(
        label=_("The studio moves it"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Then it can be cancelled in time anew, and the credit comes back."),
    )

    def __init__(self, *args: Any, length: timedelta, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.length = length
        for name in TYPED:
            self.fields[name].show_hidden_initial = True  # what was shown tells what was changed
        told = gettext("Leave the end, and the session keeps its %(n)d minutes at another start.")
        self.fields["end"].help_text = told % {"n": length // timedelta(minutes=1)}

    def clean(self) -> dict[str, Any]:
        """Turn the wall times into instants."""
        changed = set(self.changed_data)
        keeps_length = changed.isdisjoint({"end", "last_day"}) and not changed.isdisjoint({"day", "start"})
        if keeps_length:
            self.cleaned_data.pop("end", None)
        cleaned = super().clean()
        if keeps_length and (start := cleaned.get("starts_at")):
            cleaned["ends_at"] = start + self.length
        return cleaned

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return machine and time, then the rest."""
        others = [name for name in ("by_house", "notes", "over_cap_because") if name in self.fields]
        return [(None, {"fields": ["machine", *self.period_fields(), *others]})]


class ChangePage(SessionPage):
    """Gives a session another machine, another time, or other notes."""

    name = "move"
    label = _("Change")
    icon = "event_repeat"
    template = "training/admin/change_session.html"
    is_stale = False

    def is_offered(self, obj: TrainingSession) -> bool:
        """Offer it while the session is still to come or under way; an outage changes on its own page."""
        return obj.status in UNSAID and obj.outage_id is None

    def form(self, request: HttpRequest, obj: TrainingSession) -> ActionForm:
        """Return the form; one of the alternatives fills it and changes nothing."""
        data, initial = request.POST if request.method == "POST" else None, self.initial(request, obj)
        if data and (filled := with_alternative(data)):
            data, initial = None, filled
        form = ChangeForm(data, initial=initial, length=obj.scheduled_end - obj.scheduled_start)
        if not request.user.has_perm(bookings.CAP_RIGHT):
            form.fields.pop("over_cap_because")
        if not is_late(obj):
            form.fields.pop("by_house")
        return form

    def initial(self, request: HttpRequest, obj: TrainingSession) -> dict[str, Any]:
        """Begin where the session is."""
        return {
            **period_initial(obj.scheduled_start, obj.scheduled_end),
            "machine": obj.machine_id,
            "notes": obj.notes,
        }

    def context(self, request: HttpRequest, obj: TrainingSession, form: ActionForm) -> dict[str, Any]:
        """Say when the form was only filled, or what the session is by now; and of when this is what is shown."""
        note = ""
        if "alternative" in request.POST and not form.is_bound:
            note = gettext("The alternative stands in the form. Nothing is changed yet.")
        elif self.is_stale:
            now = {"when": when_exactly(obj.scheduled_start, obj.scheduled_end), "notes": obj.notes or "-"}
            note = gettext("Now it is on %(machine)s: %(when)s. Notes: %(notes)s") % {"machine": obj.machine, **now}
        seen_at = "" if self.is_stale else request.POST.get("seen_at", "")
        late = gettext(
            "It is too late to cancel it with its credit. Moved, it stays too late, unless the studio moves it."
        )
        asked = {"question": late} if is_late(obj) else {}
        return {**asked, "note": note, "seen_at": seen_at or obj.updated_at.isoformat()}

    def alternatives(self, refusal: DomainError) -> list[dict[str, str]]:
        """Return what is free instead, as buttons."""
        if not isinstance(refusal, SlotRefused):
            return []
        return [
            {
                "label": f"{slot.machine}: {when_exactly(slot.starts_at, slot.ends_at)}",
                "value": f"{slot.machine.pk}|{slot.starts_at.isoformat()}|{slot.ends_at.isoformat()}",
            }
            for slot in refusal.alternatives
        ]

    def act(self, request: HttpRequest, obj: TrainingSession, form: ActionForm) -> str:
        """Change the session; a form that is out of date is refused."""
        given, seen_at = form.cleaned_data, None
        with suppress(ValueError):
            seen_at = parse_datetime(request.POST.get("seen_at", ""))
        try:
            changed = bookings.change_session(
                session=obj,
                machine=given["machine"],
                scheduled_start=given["starts_at"],
                scheduled_end=given["ends_at"],
                notes=given["notes"],
                seen_at=seen_at,
                over_cap_because=given.get("over_cap_because", ""),
                by_house=given.get("by_house", False),
                actor=actor_of(request),
                now=timezone.now(),
            )
        except bookings.ChangedSince:
            self.is_stale = True
            obj.refresh_from_db()
            raise
        told = {
            "who": changed.attendee,
            "machine": changed.machine,
            "when": when_exactly(changed.scheduled_start, changed.scheduled_end),
        }
        return gettext("%(who)s is now on %(machine)s: %(when)s.") % told


def with_alternative(data: QueryDict) -> dict[str, Any] | None:
    """Return what the form says once the chosen alternative is put into it; None when none was chosen."""
    machine, _bar, period = data.get("alternative", "").partition("|")
    starts, _bar, ends = period.partition("|")
    first, last = asked_instant(starts), asked_instant(ends)
    if first is None or last is None:
        return None
    return {**data.dict(), **period_initial(first, last), "machine": machine}


class AssignPage(SessionPage):
    """Says who trains."""

    name = "assign"
    label = _("Assign a trainer")
    icon = "person_add"
    form_class = AssignForm

    def may(self, request: HttpRequest, obj: TrainingSession) -> bool:
        """Ask for more once the session is over: it decides who is paid.

        Who completes everybody's sessions says who trained; to say it otherwise takes the right to take back.
        """
        if obj.status not in SAID:
            return super().may(request, obj)
        completes = request.user.has_perm(COMPLETE) and whose(request) is None
        return super().may(request, obj) and (request.user.has_perm(REOPEN) if obj.trainer_id else completes)

    def is_offered(self, obj: TrainingSession) -> bool:
        """Offer it for everything that is not cancelled, also afterwards."""
        return obj.status != TrainingStatus.CANCELLED and obj.outage_id is None

    def initial(self, request: HttpRequest, obj: TrainingSession) -> dict[str, Any]:
        """Begin with who is assigned."""
        return {"trainer": obj.trainer_id, "seen": obj.trainer_id}

    def form(self, request: HttpRequest, obj: TrainingSession) -> ActionForm:
        """Return the form; who trained is not taken away from a session that is over."""
        form = super().form(request, obj)
        form.fields["trainer"].required = obj.status in SAID and obj.trainer_id is not None
        return form

    def act(self, request: HttpRequest, obj: TrainingSession, form: Any) -> str:
        """Assign the trainer, unless somebody else said so meanwhile."""
        assigned = form.assign(obj, actor_of(request))
        if assigned.status not in SAID:
            warn_of_full(request, assigned)
        if not assigned.trainer_label:
            return gettext("Nobody is assigned to the session of %(who)s.") % {"who": assigned.attendee}
        return gettext("%(trainer)s trains %(who)s.") % {"trainer": assigned.trainer_label, "who": assigned.attendee}


class StartPage(SessionPage):
    """Starts a session now."""

    name = "start"
    label = _("Start")
    icon = "play_circle"
    question = _("The session starts now; the real start is written down.")

    def is_offered(self, obj: TrainingSession) -> bool:
        """Offer it from shortly before the planned start on."""
        has_come = obj.scheduled_start - attendance.STARTS_EARLY <= timezone.now()
        return obj.status in ARROWS[TrainingStatus.IN_PROGRESS] and has_come and bool(obj.current_participants)

    def act(self, request: HttpRequest, obj: TrainingSession, form: ActionForm) -> str:
        """Start the session."""
        attendance.start_session(session=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The session of %(who)s has started.") % {"who": obj.attendee}


class CancelForm(ActionForm):
    """Why a session is cancelled."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)
    by_house = forms.BooleanField(
        label=_("The studio cancels"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Then the credit comes back however late it is."),
    )


class CancelPage(SessionPage):
    """Cancels a session, and says what becomes of its credit."""

    name = "cancel"
    label = _("Cancel the session")
    icon = "event_busy"
    form_class = CancelForm
    is_dangerous = True

    def is_offered(self, obj: TrainingSession) -> bool:
        """Offer it while the session can still be cancelled; an outage is ended on its own page."""
        return obj.status in ARROWS[TrainingStatus.CANCELLED] and obj.outage_id is None

    def form(self, request: HttpRequest, obj: TrainingSession) -> ActionForm:
        """Return the form; it asks who cancels only where that decides about a credit."""
        form, now = super().form(request, obj), timezone.now()
        if obj.subscription is None or not is_late(obj) or heir_of(obj.subscription, timezone.localdate(now)) is None:
            form.fields.pop("by_house")
        return form

    def context(self, request: HttpRequest, obj: TrainingSession, form: ActionForm) -> dict[str, Any]:
        """Say what becomes of the credit."""
        return {"question": " ".join([gettext("The slot becomes free."), *_of_the_credit(obj)])}

    def act(self, request: HttpRequest, obj: TrainingSession, form: ActionForm) -> str:
        """Cancel the session."""
        given, now = form.cleaned_data, timezone.now()
        heir = heir_of(obj.subscription, timezone.localdate(now)) if obj.subscription else None
        cancelled = bookings.cancel_session(
            session=obj,
            reason=given["reason"],
            by_house=given.get("by_house", False),
            actor=actor_of(request),
            now=now,
        )
        named = {"who": obj.attendee, "plan": heir or obj.subscription}
        if obj.subscription is None:
            return gettext("The session of %(who)s is cancelled.") % named
        if cancelled.subscription is not None:
            return gettext("The session of %(who)s is cancelled; the credit stays used.") % named
        if heir is None:
            return gettext("The session of %(who)s is cancelled; the credit expires with %(plan)s.") % named
        if heir != obj.subscription:
            return gettext("The session of %(who)s is cancelled, and the credit goes to %(plan)s.") % named
        return gettext("The session of %(who)s is cancelled, and the credit is given back.") % named


def credit_of(session: TrainingSession) -> list[str]:
    """Return what becomes of a session's credit when it comes back now, where it took one."""
    lot = session.subscription
    if lot is None:
        return []
    return [fate_of_credit(lot, timezone.localdate())]


def is_late(session: TrainingSession) -> bool:
    """Return whether a session took a credit that stays used when it is cancelled now."""
    charged = session.subscription_id is not None
    return charged and not gives_credit_back(session, profile=current_profile(), now=timezone.now())


def _of_the_credit(session: TrainingSession) -> list[str]:
    """Return what becomes of the credit of a session that is cancelled now, where it took one."""
    if not is_late(session):
        return credit_of(session)
    hours = current_profile().cancellation_hours
    sentence = ngettext(
        "A credit comes back until %(hours)d hour before the start, so this one stays used.",
        "A credit comes back until %(hours)d hours before the start, so this one stays used.",
        hours,
    )
    if session.binding_start is None:
        return [sentence % {"hours": hours}]
    moved = gettext("It was moved when it was too late for that, from %(when)s.")
    return [sentence % {"hours": hours}, moved % {"when": when_exactly(session.binding_start)}]
