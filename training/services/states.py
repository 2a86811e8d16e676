"""Where a training session may go from where it is: one service function per arrow."""

from django.utils.translation import gettext as _

from studio.errors import DomainError
from training.models import SAID, UNSAID, TrainingSession, TrainingStatus

# to -> from. What is not written here does not happen; completed, cancelled and no_show are ends.
ARROWS = {
    TrainingStatus.IN_PROGRESS: (TrainingStatus.SCHEDULED,),  # attendance.start_session
    TrainingStatus.COMPLETED: UNSAID,  # completion.complete_session
    TrainingStatus.NO_SHOW: (TrainingStatus.SCHEDULED,),  # attendance.mark_no_show
    TrainingStatus.CANCELLED: UNSAID,  # bookings.cancel_session
}


class WrongState(DomainError):
    """The session is not in a state from which this may happen."""


def require_arrow(session: TrainingSession, to: TrainingStatus) -> None:
    """Pass when a session may change to a status.

    raises: WrongState
    """
    if session.status not in ARROWS[to]:
        sentence = _("This session is %(status)s, so it cannot become: %(to)s.")
        raise WrongState(sentence % {"status": session.get_status_display(), "to": to.label})


def require_scheduled(session: TrainingSession) -> None:
    """Pass when what was booked may still change: the time, the type, who has it.

    raises: WrongState
    """
    if session.status != TrainingStatus.SCHEDULED:
        sentence = _("This session is %(status)s, so what was booked stays as it is.")
        raise WrongState(sentence % {"status": session.get_status_display()})


def require_unsaid(session: TrainingSession) -> None:
    """Pass while nobody has said how a session was: then it can still be nobody's.

    raises: WrongState
    """
    if session.status in SAID:
        sentence = _("This session is %(status)s. Name who trained instead, or take back the completion first.")
        raise WrongState(sentence % {"status": session.get_status_display()})


def require_not_cancelled(session: TrainingSession) -> None:
    """Pass when a session takes its slot, or did: its machine and its trainer may be put right.

    raises: WrongState
    """
    if session.status == TrainingStatus.CANCELLED:
        raise WrongState(_("This session is cancelled, so it stays as it is."))


def require_session(session: TrainingSession) -> None:
    """Pass for everything but what blocks a machine for an outage, which changes with the outage alone.

    raises: WrongState
    """
    if session.outage_id is not None:
        raise WrongState(_("This is an outage of the machine. End it or prolong it on the outage's own page."))
