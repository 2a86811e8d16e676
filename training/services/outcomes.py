"""The lines that say what became of sessions: written, taken back, said anew; never changed."""

from datetime import datetime

from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.db import taking_turns
from training.models import OutcomeKind, SessionOutcome, TrainingSession
from training.services import trainer_pay

LONGEST_LABEL = 600


def standing(session: TrainingSession) -> SessionOutcome | None:
    """Return what was said of a session and not taken back.

    queries: 1
    """
    return SessionOutcome.objects.standing().filter(session=session).order_by("pk").last()


@taking_turns()
def say(
    *, session: TrainingSession, kind: OutcomeKind, actor: User | None, now: datetime, charged_here: bool = False
) -> SessionOutcome:
    """Write down what became of a session, and return the line. The caller holds the session's row."""
    has_member = session.member_id is not None
    unpaid = has_member and session.session_type.takes_credit and session.subscription is None
    return _write(
        SessionOutcome(
            kind=kind,
            actual_start=session.actual_start if kind == OutcomeKind.COMPLETED else None,
            actual_end=session.actual_end if kind == OutcomeKind.COMPLETED else None,
            charged_here=charged_here,
            billable=unpaid or session.session_type.billed_apart,
        ),
        session,
        actor,
        now,
    )


@taking_turns()
def take_back(
    *, said: SessionOutcome, session: TrainingSession, actor: User | None, reason: str, now: datetime
) -> SessionOutcome:
    """Write the line that takes back what was said of a session, and return it."""
    counter = SessionOutcome(kind=OutcomeKind.REOPENED, reversed_outcome=said, reason=reason)
    return _write(counter, session, actor, now)


@taking_turns()
def say_trainer_anew(*, session: TrainingSession, actor: User | None, now: datetime) -> None:
    """Let what was said of a session, and what is paid for it, be of the trainer that it has now.

    Nothing happens where nothing was said: nobody is paid for a session that is to come, or that was taken over.
    The caller holds the session's row.
    """
    said = standing(session)
    if said is None:
        return
    reason = _("Somebody else trained.") if said.trainer_label else _("The trainer was assigned afterwards.")
    take_back(said=said, session=session, actor=actor, reason=reason, now=now)
    again = SessionOutcome(
        kind=said.kind,
        actual_start=said.actual_start,
        actual_end=said.actual_end,
        charged_here=said.charged_here,
        billable=said.billable,
    )
    _write(again, session, actor, now)
    trainer_pay.reverse_pay(session=session, trainer=said.trainer, actor=actor, reason=reason, now=now)
    trainer_pay.compute_pay(session=session, actor=actor, now=now)


def _write(line: SessionOutcome, session: TrainingSession, actor: User | None, now: datetime) -> SessionOutcome:
    """Save a line that says what it says of a session, its trainer and who wrote it."""
    line.session, line.session_label = session, str(session)[:LONGEST_LABEL]
    of = line.reversed_outcome or session  # what is taken back was said of who trained then
    line.trainer, line.trainer_label = of.trainer, of.trainer_label
    line.account, line.actor_label, line.at = actor, actor.label if actor else "", now
    line.save(force_insert=True)
    return line
