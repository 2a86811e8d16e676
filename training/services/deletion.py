"""Deleting sessions that should never have been there: what they took is given back before."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from training.models import SAID, Subscription, TrainingSession, TrainingStatus
from training.services import outage_blocks, overlaps, slots, states
from training.services.credits import return_credit

DELETE_RIGHT = "training.delete_trainingsession"
TOLD = (
    *("machine", "scheduled_start", "scheduled_end", "actual_start", "actual_end", "session_type", "status"),
    *("member", "guest_name", "guest_gym_name", "trainer", "notes"),
)


class MayNotDelete(DomainError):
    """Who deletes sessions holds the right for it."""

    status_code = 403


class StaysInTheRecords(DomainError):
    """What takes place, or was said to have, is no slip of the hand."""


def why_it_stays(session: TrainingSession) -> str:
    """Return why a session cannot be deleted as it is, and what to do first; empty when it can be."""
    named = {"status": session.get_status_display()}
    try:
        states.require_session(session)
    except states.WrongState as refusal:
        return str(refusal)
    if session.status in SAID:
        return _("This session is %(status)s, so it stays in the records. Take back the completion first.") % named
    if session.status == TrainingStatus.IN_PROGRESS:
        return _("This session is %(status)s, so it stays. Complete it, or cancel it.") % named
    return ""


@taking_turns()
def delete_session(*, session: TrainingSession, actor: User | None, now: datetime) -> Subscription | None:
    """Delete a session that was entered by mistake, and return the subscription that its credit came back to.

    None where none was charged; also one that was cancelled too late gives it back, since it never was. What was said
    of it and taken back, and the moves of its credit, stay under its name.
    raises: MayNotDelete, StaysInTheRecords, states.WrongState, slots.SessionGone, studio.db.TryAgain
    """
    if actor is not None and not actor.has_perm(DELETE_RIGHT):
        raise MayNotDelete(_("Only a manager may delete sessions. Cancel it instead."))
    gone = slots.locked(session)
    if why := why_it_stays(gone):
        raise StaysInTheRecords(why)
    lot = return_credit(session=gone, actor=actor, reason=_("The session was deleted."), now=now)
    changes: facts.Changes = {field: (value, None) for field in TOLD if (value := getattr(gone, field))}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    start, end = gone.scheduled_start, gone.scheduled_end
    gone.delete()
    overlaps.settle_overlaps(start, end)
    outage_blocks.close_gaps(gone.machine, start, end)
    return lot
