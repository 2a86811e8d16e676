"""Where a session may go from where it is: one service function per arrow."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import PROVISIONAL_STATUSES, SessionStatus, StudioSession
from studio.errors import DomainError

# to -> from. What is not written here does not happen; completed, cancelled, no_show and expired are ends.
ARROWS = {
    SessionStatus.SCHEDULED: (SessionStatus.HOLD, SessionStatus.REQUESTED),  # holds.confirm_hold
    SessionStatus.IN_PROGRESS: (SessionStatus.SCHEDULED,),  # attendance.start_session
    SessionStatus.COMPLETED: (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS),  # attendance.complete_session
    SessionStatus.NO_SHOW: (SessionStatus.SCHEDULED,),  # attendance.mark_no_show
    SessionStatus.CANCELLED: (
        SessionStatus.HOLD,
        SessionStatus.REQUESTED,
        SessionStatus.SCHEDULED,
        SessionStatus.IN_PROGRESS,
    ),  # bookings.cancel_session
    SessionStatus.EXPIRED: (SessionStatus.HOLD, SessionStatus.REQUESTED),  # expiry.expire_holds
}
MOVABLE = (SessionStatus.HOLD, SessionStatus.REQUESTED, SessionStatus.SCHEDULED)

TAKES_NOBODY = (SessionStatus.CANCELLED, SessionStatus.EXPIRED)


class WrongState(DomainError):
    """The session is not in a state from which this may happen."""


def require_arrow(session: StudioSession, to: SessionStatus) -> None:
    """Pass when a session may change to a status.

    raises: WrongState
    """
    if session.status not in ARROWS[to]:
        sentence = _("This session is %(status)s, so it cannot become: %(to)s.")
        raise WrongState(sentence % {"status": session.get_status_display(), "to": to.label})


def has_open_crew(session: StudioSession) -> bool:
    """Return whether people and equipment may still be put on a session, or taken off it."""
    return session.status not in TAKES_NOBODY and session.invoiced_at is None


def require_open_crew(session: StudioSession) -> None:
    """Pass when people and equipment may still be put on a session, or taken off it.

    raises: WrongState
    """
    if session.status in TAKES_NOBODY:
        sentence = _("This session is %(status)s, so nobody works on it.")
        raise WrongState(sentence % {"status": session.get_status_display()})
    if session.invoiced_at is not None:
        raise WrongState(_("This session is invoiced, so who worked on it stays as it is."))


def require_provisional(session: StudioSession) -> None:
    """Pass when a session is a hold or a request.

    raises: WrongState
    """
    if session.status not in PROVISIONAL_STATUSES:
        sentence = _("This session is %(status)s: neither a hold nor a request.")
        raise WrongState(sentence % {"status": session.get_status_display()})


def require_unexpired(session: StudioSession, now: datetime) -> None:
    """Pass when the time of a hold or a request is not up.

    raises: WrongState
    """
    if session.status in PROVISIONAL_STATUSES and session.hold_expires_at and session.hold_expires_at <= now:
        raise WrongState(_("This hold has expired."))


def require_movable(session: StudioSession) -> None:
    """Pass when a session's time and room may still change.

    raises: WrongState
    """
    if session.status not in MOVABLE:
        sentence = _("This session is %(status)s, so it cannot be moved.")
        raise WrongState(sentence % {"status": session.get_status_display()})
    if session.invoiced_at is not None:
        raise WrongState(_("This session is invoiced, so it cannot be moved."))
