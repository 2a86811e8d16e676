"""What can be done to a session: one page for each arrow, each calling one service."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.act_forms import CancelWithFeeForm, CompletionForm, TellForm, UndoForm, WaiverForm
from sessions_app.admin.booking import tell_of
from sessions_app.admin.charges import OveragePage
from sessions_app.admin.fee_parts import FeePage, waiver_of
from sessions_app.admin.handed_on import handed_on
from sessions_app.admin.served import actor_of
from sessions_app.forms import period_initial
from sessions_app.models import FeeKind, SessionStatus, StudioSession
from sessions_app.services import attendance, bookings, holds
from sessions_app.services.states import ARROWS
from studio.admin_tools import ActionForm, ActionPage


class ArrowPage(ActionPage):
    """An arrow of a session's life, offered where it can be gone."""

    to: SessionStatus

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer the arrow from the states it starts in."""
        return obj.status in ARROWS[self.to]


class ConfirmPage(ArrowPage):
    """Turns a hold or a request into a booking."""

    name = "confirm"
    label = _("Confirm")
    icon = "check_circle"
    to = SessionStatus.SCHEDULED
    form_class = TellForm
    question = _("The hold or request becomes a booking and keeps its slot.")

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Confirm the session."""
        holds.confirm_hold(session=obj, actor=actor_of(request), tell=tell_of(form), now=timezone.now())
        return gettext("The session is booked.")


class OnTheDayPage(ArrowPage):
    """An arrow that is gone once the session is about to begin; the service has the last word."""

    early = timedelta()

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer the arrow from shortly before the start on, and always to one that is in progress."""
        has_come = obj.status == SessionStatus.IN_PROGRESS or obj.starts_at - self.early <= timezone.now()
        return super().is_offered(obj) and has_come


class StartPage(OnTheDayPage):
    """Starts a session now."""

    early = attendance.STARTS_EARLY

    name = "start"
    label = _("Start")
    icon = "play_circle"
    to = SessionStatus.IN_PROGRESS
    question = _("The session starts now; the real start is written down.")

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Start the session."""
        attendance.start_session(session=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The session has started.")


class CompletePage(OnTheDayPage):
    """Completes a session with its real times, and leads on to the overage where there is some."""

    name = "complete"
    label = _("Complete")
    icon = "task_alt"
    to = SessionStatus.COMPLETED
    form_class = CompletionForm
    question = _("When did it really begin and end?")
    next: ActionPage | None = None

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Propose the real start where it is known, and the booked end where it is past."""
        start, now = obj.actual_start or obj.starts_at, timezone.now()
        return period_initial(start, min(obj.ends_at, now) if now > start else obj.ends_at)

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Complete the session."""
        times = {"actual_start": form.cleaned_data["starts_at"], "actual_end": form.cleaned_data["ends_at"]}
        task_type = form.cleaned_data["task_type"]
        completed = attendance.complete_session(
            session=obj, actor=actor_of(request), now=timezone.now(), task_type=task_type, **times
        )
        overage = OveragePage(self.model_admin)
        if overage.may(request, completed) and overage.is_offered(completed):
            self.next = overage
            return gettext("The session is completed. It lasted longer than booked.")
        return gettext("The session is completed.")

    def back(self, obj: StudioSession) -> str:
        """Go on to the overage, or back to the session."""
        return self.next.button(obj).url if self.next else super().back(obj)


class CheckInPage(ActionPage):
    """Writes down that the client is there."""

    name = "check-in"
    label = _("Check in")
    icon = "how_to_reg"
    question = _("The client is there.")

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it from shortly before the start on, until somebody is there."""
        is_expected = obj.status in {SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS} and not obj.checked_in_at
        return is_expected and obj.starts_at - attendance.CHECKS_IN_EARLY <= timezone.now()

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Check in."""
        self.to_day_sheet = request.POST.get("next") == "day-sheet"
        attendance.check_in(session=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(title)s is checked in.") % {"title": obj.title}

    to_day_sheet = False

    def back(self, obj: StudioSession) -> str:
        """Go back to the day sheet, where most check in, or to the session."""
        if not self.to_day_sheet:
            return super().back(obj)
        return f"{reverse('admin:day-sheet')}?day={timezone.localdate(obj.starts_at)}"


class UndoPage(ActionPage):
    """Takes back what was written down by mistake today."""

    name = "undo"
    label = _("Take back")
    icon = "undo"
    form_class = UndoForm
    question = _(
        "The session is scheduled again: check-in, real times, the fee of a no-show and the overage are taken back."
    )

    def may(self, request: HttpRequest, obj: StudioSession) -> bool:
        """Ask for the right to take things back."""
        return request.user.has_perm("sessions_app.undo_attendance") and super().may(request, obj)

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it on the day."""
        written_at = attendance.last_word_at(obj)
        today = written_at is not None and timezone.localdate(written_at) == timezone.localdate()
        return today and obj.invoiced_at is None

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Take it back."""
        reason = form.cleaned_data["reason"]
        attendance.undo_attendance(session=obj, reason=reason, actor=actor_of(request), now=timezone.now())
        return gettext("It is taken back: the session is scheduled.")


class NoShowPage(FeePage, OnTheDayPage):
    """Writes down that nobody came."""

    name = "no-show"
    label = _("Nobody came")
    icon = "person_off"
    to = SessionStatus.NO_SHOW
    question = _("The session keeps its slot and is marked as a no-show.")
    fee_kind = FeeKind.NO_SHOW
    form_class = WaiverForm

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Mark the session."""
        because = waiver_of(form)
        attendance.mark_no_show(session=obj, waive_because=because, actor=actor_of(request), now=timezone.now())
        return gettext("The session is marked as a no-show.")


class CancelPage(FeePage, ArrowPage):
    """Cancels a session, with a reason."""

    name = "cancel"
    label = _("Cancel the session")
    icon = "event_busy"
    to = SessionStatus.CANCELLED
    form_class = CancelWithFeeForm
    fee_kind = FeeKind.CANCELLATION
    is_dangerous = True
    question = _("The slot becomes free for others. The session stays in the records.")

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Cancel the session."""
        now = timezone.now()
        bookings.cancel_session(
            session=obj,
            reason=form.cleaned_data["reason"],
            waive_because=waiver_of(form),
            actor=actor_of(request),
            tell=tell_of(form),
            now=now,
        )
        if next_ones := handed_on(obj, now):
            return " ".join([gettext("The session is cancelled."), *next_ones])
        return gettext("The session is cancelled and its slot is free.")
