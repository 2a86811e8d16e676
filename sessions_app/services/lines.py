"""Who is next when a slot becomes free: the holds that wait behind it, then the waitlist.

Everything here runs in the transaction that frees the slot, under its room's lock: no slot is lost between the two,
and none is handed on twice.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from sessions_app.models import (
    ChallengeOutcome,
    HoldChallenge,
    NoticeKind,
    OfferState,
    Room,
    SessionStatus,
    StudioSession,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistState,
)
from sessions_app.selectors.answers import Slot
from sessions_app.selectors.availability import is_in_the_way, sessions_in_the_way, slot_of
from sessions_app.selectors.crew import Engagement, crew_of, engagements, why_missing
from sessions_app.services import facts, notices, offers, prices
from sessions_app.services.staff_news import tell_staff
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import when
from studio.tenancy.jobs import defer

HAND_ON = "sessions_app.hand_on"
HOLD_STATE = ("status", "hold_rank", "hold_expires_at")
OFFERS_THAT_ENDED = {
    SessionStatus.EXPIRED: OfferState.EXPIRED,
    SessionStatus.CANCELLED: OfferState.DECLINED,
}


class NotYet(DomainError):
    """Somebody who took no lock was faster: the hold goes on waiting."""


@taking_turns()
def hand_on(*, gone: Sequence[StudioSession], now: datetime, freed: Sequence[Slot] | None = None) -> None:
    """Settle what was about sessions that have left their slots, and give the slots to who is next.

    gone: cancelled, expired or moved, as they are now
    freed: the slots they had; None where those still stand in their rows
    The caller holds the locks of the rooms.
    """
    _settle_challenges(gone, now)
    _settle_offers(gone)
    by_room: dict[Room, list[Slot]] = {}
    for slot in freed if freed is not None else map(slot_of, gone):
        if slot.room is not None and slot.ends_at > now:
            by_room.setdefault(slot.room, []).append(slot)
    for room, slots in by_room.items():
        move_up(room=room, stretches=[(slot.blocked_from, slot.blocked_to) for slot in slots], now=now)
        offers.offer_freed(room=room, slots=slots, now=now)


@taking_turns()
def note_confirmed(*, session: StudioSession, now: datetime) -> None:
    """Settle what was about a hold that has become a booking: its challenge is answered, its offer accepted."""
    challenges = HoldChallenge.objects.filter(outcome=ChallengeOutcome.OPEN)
    challenges.filter(hold=session).update(outcome=ChallengeOutcome.ANSWERED, settled_at=now, updated_at=now)
    challenges.filter(challenger=session).update(outcome=ChallengeOutcome.WITHDRAWN, settled_at=now, updated_at=now)
    # One that was paid late had expired.
    offered = WaitlistOffer.objects.filter(session=session, state__in=[OfferState.OPEN, OfferState.EXPIRED])
    waiting = WaitlistEntry.objects.filter(offers__in=offered, state=WaitlistState.WAITING)
    entries = list(waiting.select_for_update(of=("self",)))
    _withdraw_others(entries, session, now)
    offered.exclude(entry__offers__state=OfferState.ACCEPTED).update(state=OfferState.ACCEPTED, updated_at=now)
    for entry in entries:
        entry.state = WaitlistState.BOOKED
        entry.save(update_fields=["state"])
        changes = {"state": (WaitlistState.WAITING, entry.state)}
        audit.record(verb="book", subject=entry, actor=None, now=now, changes=changes)


def _withdraw_others(entries: Sequence[WaitlistEntry], booked: StudioSession, now: datetime) -> None:
    """Cancel what else is held for entries that are booked now, e.g. a second offer where the first was paid late.

    The client was told that it is kept, and hears that it is no longer; money for it as well would go back.
    Their rooms are not locked here, and a lock out of order would deadlock: a job hands their slots on.
    """
    others = WaitlistOffer.objects.filter(entry__in=entries, state=OfferState.OPEN).exclude(session=booked)
    holds = list(StudioSession.objects.filter(offer__in=others, status=SessionStatus.HOLD).locked())
    others.update(state=OfferState.DECLINED, updated_at=now)
    reason = _("Another time from the waitlist is booked.")
    for hold in holds:
        hold.status, hold.cancelled_at, hold.cancellation_reason = SessionStatus.CANCELLED, now, reason
        hold.save(update_fields=["status", "cancelled_at", "cancellation_reason"])
        changes = {"status": (SessionStatus.HOLD, hold.status)}
        audit.record(verb="cancel", subject=hold, actor=None, now=now, changes=changes, reason=reason)
        notices.announce(session=hold, kind=NoticeKind.CANCELLATION, now=now)
    if holds:
        defer(HAND_ON, sessions=[hold.pk for hold in holds])


def _settle_challenges(gone: Sequence[StudioSession], now: datetime) -> None:
    challenges = HoldChallenge.objects.filter(outcome=ChallengeOutcome.OPEN)
    for challenge in challenges.filter(hold__in=gone).select_related("hold", "challenger").order_by("pk"):
        hold, challenger = challenge.hold, challenge.challenger
        still_there = hold.takes_its_slot and hold.room_id == challenger.room_id
        if not (still_there and is_in_the_way(slot_of(challenger), hold)):
            challenges.filter(pk=challenge.pk).update(outcome=ChallengeOutcome.WON, settled_at=now, updated_at=now)
    # Whoever has confirmed did so for a time: a hold that moves is not booked at another one.
    moved = [session for session in gone if session.status == SessionStatus.HOLD]
    agreed = Q(outcome=ChallengeOutcome.WON, is_firm=True, challenger__in=moved)
    ended = HoldChallenge.objects.filter(Q(outcome=ChallengeOutcome.OPEN, challenger__in=gone) | agreed)
    ended.update(outcome=ChallengeOutcome.WITHDRAWN, settled_at=now, updated_at=now)


def _settle_offers(gone: Sequence[StudioSession]) -> None:
    states = {session.pk: OFFERS_THAT_ENDED.get(SessionStatus(session.status)) for session in gone}
    for offer in WaitlistOffer.objects.filter(session__in=gone, state=OfferState.OPEN).order_by("pk"):
        if state := states[offer.session_id]:
            offer.state = state
            offer.save(update_fields=["state"])


@taking_turns()
def move_up(*, room: Room, stretches: Iterable[tuple[datetime, datetime]] | None, now: datetime) -> None:
    """Let the holds that wait in a room move up, first come first.

    stretches: only those that want some of this time; None means all
    The caller holds the room's lock.
    """
    waiting = StudioSession.objects.filter(room=room, status=SessionStatus.HOLD, hold_rank__gt=1).unexpired(now)
    if stretches is not None:
        waiting = waiting.touching_any(stretches)
    in_line = StudioSession.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).locked()
    ahead: list[StudioSession] = []
    for hold in sorted(in_line.select_related("room", "client"), key=lambda hold: (hold.hold_rank or 0, hold.pk)):
        slot = slot_of(hold)
        around = sessions_in_the_way([room], slot.blocked_from, slot.blocked_to, now, moving=hold)
        others = [other for other in around.get(room.pk, []) if is_in_the_way(slot, other)]
        if others:
            before_it = [other.hold_rank or 1 for other in (*others, *ahead) if is_in_the_way(slot, other)]
            _set_rank(hold, max(before_it) + 1, now)
        else:
            engaged = engagements(crew_of(hold), hold.starts_at, hold.ends_at, now, moving=[hold.pk])
            if all(each.session is None for each in engaged):
                _promote(hold, engaged, now)
        ahead.append(hold)


def become_booking(session: StudioSession, now: datetime) -> None:
    """Save a hold or a request as a booking, at the price agreed before, else at the list's; the caller has asked."""
    listed = prices.agree_once(session=session, now=now)
    session.booked_at = now
    session.status, session.hold_rank, session.hold_expires_at = SessionStatus.SCHEDULED, None, None
    session.save(update_fields=[*HOLD_STATE, *prices.AGREED_FIELDS])
    if listed is not None:
        prices.keep_lines(session=session, listed=listed)


def _set_rank(hold: StudioSession, rank: int, now: datetime) -> None:
    if hold.hold_rank is not None and rank < hold.hold_rank:
        before, hold.hold_rank = hold.hold_rank, rank
        hold.save(update_fields=["hold_rank"])
        audit.record(verb="promote", subject=hold, actor=None, now=now, changes={"hold_rank": (before, rank)})


def _promote(hold: StudioSession, missing: Sequence[Engagement], now: datetime) -> None:
    """Give a free slot to the hold that waited for it: as a booking where its client has confirmed for that case.

    missing: who of its crew is away, or what is in maintenance: then it is no booking yet, and the staff are told
    """
    agreed = HoldChallenge.objects.filter(challenger=hold, is_firm=True, outcome=ChallengeOutcome.WON).exists()
    won = agreed and not missing
    before = {field: getattr(hold, field) for field in HOLD_STATE}
    hold.hold_rank = 1
    try:
        with facts.saving(hold, **dict.fromkeys(facts.SLOT_IS_FREE, NotYet())):
            if won:
                become_booking(hold, now)
            else:
                hold.save(update_fields=HOLD_STATE)
    except NotYet:
        return
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(hold, field)) != old}
    audit.record(verb="confirm" if won else "promote", subject=hold, actor=None, now=now, changes=changes)
    zone = current_profile().zone
    named = {"title": hold.title, "when": when(hold.starts_at, hold.ends_at, zone), "room": hold.room}
    if won:
        notices.announce(session=hold, kind=NoticeKind.CONFIRMATION, now=now)
        sentence = _("%(title)s has won its challenge and is booked: %(room)s, %(when)s.")
    else:
        sentence = _("%(title)s has moved up and now holds its slot: %(room)s, %(when)s.")
    told = [sentence % named, *(why_missing(each, zone) for each in missing)]
    tell_staff(sentence=" ".join(told), subject=hold)
