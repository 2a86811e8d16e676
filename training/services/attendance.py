"""What happens on the day: starting, and not showing up. Completing is an act of its own: completion."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import minutes
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from training.models import Machine, TrainingSession, TrainingStatus
from training.services import slots, states

STARTS_EARLY = timedelta(minutes=60)  # how long before its planned start a session may really start


class TooEarly(DomainError):
    """The session's time has not come."""


class MachineInUse(DomainError):
    """Another session is in progress on the machine."""


@taking_turns()
def start_session(*, session: TrainingSession, actor: User | None, now: datetime) -> TrainingSession:
    """Start a session now and return it.

    raises: states.WrongState, TooEarly, MachineInUse, studio.db.TryAgain
    """
    started = slots.locked(session)
    states.require_arrow(started, TrainingStatus.IN_PROGRESS)
    if not started.current_participants:
        raise states.WrongState(_("This session is for nobody, so nobody can start it. Put a member on it first."))
    if now < started.scheduled_start - STARTS_EARLY:
        sentence = _("A session can be started %(minutes)d minutes before its planned start at the earliest.")
        raise TooEarly(sentence % {"minutes": STARTS_EARLY // minutes(1)})
    _require_quiet(started.machine)
    started.status, started.actual_start = TrainingStatus.IN_PROGRESS, now
    started.save(update_fields=["status", "actual_start"])
    changes = {"status": (TrainingStatus.SCHEDULED, started.status), "actual_start": (None, now)}
    audit.record(verb="start", subject=started, actor=actor, now=now, changes=changes)
    return started


@taking_turns()
def mark_no_show(*, session: TrainingSession, actor: User | None, now: datetime) -> TrainingSession:
    """Write down that nobody came, and return the session; it keeps its slot, and its credit stays used.

    raises: states.WrongState, TooEarly, studio.db.TryAgain
    """
    missed = slots.locked(session)
    states.require_arrow(missed, TrainingStatus.NO_SHOW)
    if not missed.current_participants:
        raise states.WrongState(_("This session is for nobody, so nobody can miss it. Cancel it instead."))
    grace = minutes(current_profile().no_show_after_minutes)
    if now < missed.scheduled_start + grace:
        sentence = _("A session is a no-show %(minutes)d minutes after its start at the earliest.")
        raise TooEarly(sentence % {"minutes": grace // minutes(1)})
    missed.status = TrainingStatus.NO_SHOW
    missed.save(update_fields=["status"])
    changes = {"status": (TrainingStatus.SCHEDULED, missed.status)}
    audit.record(verb="no_show", subject=missed, actor=actor, now=now, changes=changes)
    return missed


def _require_quiet(machine: Machine) -> None:
    busy = machine.sessions.filter(status=TrainingStatus.IN_PROGRESS).select_related("member", "session_type")
    if (other := busy.order_by("pk").first()) is not None:
        sentence = _("%(who)s is in progress on %(machine)s. Complete or cancel that session first.")
        raise MachineInUse(sentence % {"who": other.attendee, "machine": machine})
