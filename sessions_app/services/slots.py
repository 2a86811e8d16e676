"""Taking a slot: lock rooms and crew, let overdue holds go, ask, write, and let the database have the last word."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sessions_app.models import Room, StudioSession
from sessions_app.selectors import availability
from sessions_app.selectors.answers import CREW_IS_MISSING, OTHERS_ARE_THERE, Answer, Reason, Slot
from sessions_app.selectors.crew import NOBODY, Crew, crew_of
from sessions_app.services import expiry, facts, linked_clients
from studio.clock import minutes_ahead
from studio.db import Deadlocked, TryAgain, advisory_lock
from studio.errors import DomainError

HOURS = "opening_hours"  # the lock that bookings share, and that whoever changes the hours has alone

PLACE_FIELDS = ("room", "starts_at", "ends_at", "blocked_from", "blocked_to", "overlap_kept", "agreed_offset")


class SlotRefused(DomainError):
    """A slot cannot be booked; carries every reason, and what could be booked instead."""

    def __init__(self, sentence: str, *, reasons: Sequence[Reason] = (), alternatives: Sequence[Slot] = ()) -> None:
        super().__init__(sentence)
        self.reasons = tuple(reasons)
        self.alternatives = alternatives


class RoomTaken(SlotRefused):
    """Another session has the room, or needs it for setup or teardown."""


class CrewMissing(SlotRefused):
    """Somebody or something that the session needs is in another session, away or in maintenance."""


def refusal(answer: Answer) -> SlotRefused:
    """Return the error that says an answer's reasons in one text."""
    kinds = {reason.kind for reason in answer.reasons}
    error = RoomTaken if kinds & OTHERS_ARE_THERE else CrewMissing if kinds & CREW_IS_MISSING else SlotRefused
    sentence = " ".join(reason.sentence for reason in answer.reasons)
    return error(sentence, reasons=answer.reasons, alternatives=answer.alternatives)


def require_free(answer: Answer, *, promised: bool = False) -> None:
    """Pass when the slot that was asked about is free.

    promised: it was given to somebody before, which only other sessions or a missing crew undo: not other hours
    raises: RoomTaken, CrewMissing, SlotRefused
    """
    undone = any(reason.kind in OTHERS_ARE_THERE | CREW_IS_MISSING for reason in answer.reasons)
    if undone if promised else not answer.free:
        raise refusal(answer)


def lock_rooms(*rooms: Room | None, now: datetime, crew: Crew = NOBODY) -> None:
    """Take the lock of each room and each member of a crew, in one order, and let their overdue holds expire.

    The opening hours stay as they are meanwhile: changing them waits for bookings under way.
    The caller takes turns, which is what makes a lock that somebody keeps for 3 seconds a studio.db.TryAgain.
    """
    known = {room.pk: room for room in rooms if room is not None}
    if not known and not crew:
        return
    advisory_lock([*(f"room:{pk}" for pk in known), *crew.resources], shared=[HOURS])
    expiry.expire_holds(now=now, rooms=known.values(), crew=crew)


def locked_with_rooms(session: StudioSession, *rooms: Room | None, now: datetime) -> StudioSession:
    """Return a session's row as it is now, locked after its room, its crew and the other rooms given.

    session: may have been loaded long ago, when it was in another room
    raises: studio.db.TryAgain when it changes its room or its crew just now, or somebody keeps a lock for 3 seconds
    """
    here, crew = Room.objects.filter(sessions=session.pk).first(), crew_of(session)
    lock_rooms(here, *rooms, now=now, crew=crew)
    locked = StudioSession.objects.locked().select_related("room").get(pk=session.pk)
    if locked.room != here or crew_of(locked).resources != crew.resources:
        raise TryAgain(_("Somebody else is moving this session right now. Please try again."))
    return locked


def put_in(session: StudioSession, slot: Slot, zone: ZoneInfo) -> None:
    """Set a session's time and room; one that was kept overlapping is settled by it.

    zone: the house's, on whose clock the time is agreed
    """
    session.room = slot.room
    session.starts_at, session.ends_at = slot.starts_at, slot.ends_at
    session.blocked_from, session.blocked_to = slot.blocked_from, slot.blocked_to
    session.overlap_kept, session.agreed_offset = False, minutes_ahead(slot.starts_at, zone)


def save_place(session: StudioSession, *others: str) -> None:
    """Save where a session was put; what was kept overlapping is settled by it, also on who and what it needs.

    others: names of fields that are saved along
    """
    session.save(update_fields=[*PLACE_FIELDS, *others])
    session.assignments.filter(overlap_kept=True).update(overlap_kept=False)


@contextmanager
def taking(slot: Slot, session: StudioSession, now: datetime, *, crew: Crew = NOBODY) -> Iterator[None]:
    """Run the block that saves a session in a slot.

    crew: who and what is put on a new session in the block
    raises: facts.BadFacts; linked_clients.MergedAway for a new one; RoomTaken with alternatives, when somebody who took
        no lock was faster
    """
    just_taken = RoomTaken(_("Somebody has just taken this time."))
    moving = session if session.pk else None
    needed = crew_of(session) if moving else crew
    try:
        with facts.saving(session, **dict.fromkeys(facts.SLOT_IS_FREE, just_taken)):
            yield
        if moving is None:
            linked_clients.require_unmerged(session.client)
    except (RoomTaken, Deadlocked) as error:
        house = availability.load_house(now, slot.starts_at.date())
        just_taken.alternatives = availability.alternatives_on_demand(
            slot, session.kind, house, moving=moving, crew=needed
        )
        raise just_taken from error.__cause__
