"""Asking the first holder of a slot to confirm it or lose it."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import ChallengeOutcome, HoldChallenge, SessionStatus, StudioSession
from sessions_app.selectors.availability import is_in_the_way, slot_of
from sessions_app.services import bookings, facts, slots, states
from sessions_app.services.staff_news import tell_staff
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import when

FIRST, SECOND = 1, 2


class NotInLine(DomainError):
    """Only the second hold on a slot challenges the first."""


class ChallengedAlready(DomainError):
    """One challenge at a time."""


class BadDeadline(DomainError):
    """A deadline leaves time to answer, and lies before the session."""

    status_code = 400


@taking_turns()
def challenge_hold(
    *,
    hold: StudioSession,
    challenger: StudioSession,
    ends_at: datetime,
    is_firm: bool,
    actor: User | None,
    now: datetime,
) -> HoldChallenge:
    """Give the first holder of a slot until a deadline to confirm, and return the challenge.

    challenger: the hold that is next in line
    is_firm: its client has confirmed for the case that they win: they are booked then; else their hold moves up
    raises: NotInLine, ChallengedAlready, BadDeadline, states.WrongState, studio.db.TryAgain
    """
    first = slots.locked_with_rooms(hold, now=now)
    states.require_unexpired(first, now)
    second = StudioSession.objects.locked().select_related("room").get(pk=challenger.pk)
    states.require_unexpired(second, now)
    held = first.status == second.status == SessionStatus.HOLD
    meet = first.room_id == second.room_id and is_in_the_way(slot_of(second), first)
    if not (held and meet and first.hold_rank == FIRST and second.hold_rank == SECOND):
        raise NotInLine(_("Only the second hold on a slot can challenge the first one."))
    if not now < ends_at <= first.starts_at:
        raise BadDeadline(_("The deadline lies in the future, and before the session starts."))
    challenge = HoldChallenge(hold=first, challenger=second, ends_at=ends_at, is_firm=is_firm)
    already = ChallengedAlready(_("This hold is challenged already."))
    with facts.saving(challenge, hold_challenges_one_open=already):
        challenge.save(force_insert=True)
    changes = {"challenger": (None, second.title), "ends_at": (None, ends_at), "is_firm": (None, is_firm)}
    audit.record(verb="challenge", subject=first, actor=actor, now=now, changes=changes)
    sentence = _("%(title)s is challenged by %(challenger)s: to be confirmed by %(until)s, or lost.")
    named = {"title": first.title, "challenger": second.title, "until": when(ends_at)}
    tell_staff(sentence=sentence % named, subject=first)
    return challenge


@taking_turns()
def withdraw_challenge(*, challenge: HoldChallenge, actor: User | None, now: datetime) -> HoldChallenge:
    """Call a challenge off and return it; one that is over stays as it ended."""
    slots.locked_with_rooms(challenge.hold, now=now)
    withdrawn = HoldChallenge.objects.select_related("hold").select_for_update(of=("self",)).get(pk=challenge.pk)
    if withdrawn.outcome == ChallengeOutcome.OPEN:
        withdrawn.outcome, withdrawn.settled_at = ChallengeOutcome.WITHDRAWN, now
        withdrawn.save(update_fields=["outcome", "settled_at"])
        changes = {"outcome": (ChallengeOutcome.OPEN, withdrawn.outcome)}
        audit.record(verb="withdraw", subject=withdrawn.hold, actor=actor, now=now, changes=changes)
    return withdrawn


@taking_turns()
def release_hold(*, session: StudioSession, actor: User | None, now: datetime, reason: str = "") -> StudioSession:
    """Let a hold go before its time and return it; who is next in line gets the slot. Twice is once.

    raises: states.WrongState when it is no hold, or has expired
    """
    released = slots.locked_with_rooms(session, now=now)
    if released.status not in {SessionStatus.HOLD, SessionStatus.CANCELLED}:
        states.require_provisional(released)
    return bookings.cancel_session(session=released, reason=reason or _("Released."), actor=actor, now=now)
