"""What can be done to a session: one page for each arrow, each calling one service."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.booking import tell_of
from sessions_app.admin.served import actor_of
from sessions_app.forms import CancelForm, CompletionForm, TellForm, period_initial
from sessions_app.models import SessionStatus, StudioSession
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
    """Completes a session with its real times."""

    name = "complete"
    label = _("Complete")
    icon = "task_alt"
    to = SessionStatus.COMPLETED
    form_class = CompletionForm
    question = _("When did it really begin and end?")

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Propose the real start where it is known, and the booked end where it is past."""
        start, now = obj.actual_start or obj.starts_at, timezone.now()
        return period_initial(start, min(obj.ends_at, now) if now > start else obj.ends_at)

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Complete the session."""
        times = {"actual_start": form.cleaned_data["starts_at"], "actual_end": form.cleaned_data["ends_at"]}
        attendance.complete_session(session=obj, actor=actor_of(request), now=timezone.now(), **times)
        return gettext("The session is completed.")


class NoShowPage(OnTheDayPage):
    """Writes down that nobody came."""

    name = "no-show"
    label = _("Nobody came")
    icon = "person_off"
    to = SessionStatus.NO_SHOW
    question = _("The session keeps its slot and is marked as a no-show.")

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Mark the session."""
        attendance.mark_no_show(session=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The session is marked as a no-show.")


class CancelPage(ArrowPage):
    """Cancels a session, with a reason."""

    name = "cancel"
    label = _("Cancel the session")
    icon = "event_busy"
    to = SessionStatus.CANCELLED
    form_class = CancelForm
    is_dangerous = True
    question = _("The slot becomes free for others. The session stays in the records.")

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Cancel the session."""
        reason = form.cleaned_data["reason"]
        bookings.cancel_session(
            session=obj, reason=reason, actor=actor_of(request), tell=tell_of(form), now=timezone.now()
        )
        return gettext("The session is cancelled and its slot is free.")
