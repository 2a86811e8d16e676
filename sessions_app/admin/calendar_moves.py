"""What is dragged in the calendar, as one call of the service, and its refusal with what could be done instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.admin.booking import staff_sentences
from sessions_app.forms import asked_moment, key_of
from sessions_app.models import Equipment, Room, StudioSession
from sessions_app.selectors.answers import Slot
from sessions_app.selectors.calendar import ELSEWHERE, NOBODY, Lane, wall
from sessions_app.selectors.crew import Member, name_of
from sessions_app.services import bookings, reschedules
from sessions_app.services.notices import Tell
from sessions_app.services.slots import SlotRefused
from studio.accounts.models import User
from studio.clock import instant, is_doubled
from studio.errors import DomainError
from studio.showing import when


class Unreadable(DomainError):
    """The browser asked for something that makes no sense."""

    status_code = 400


class ComesTwice(DomainError):
    """A wall time happens twice, since the clocks go back; carries what it may mean."""

    def __init__(self, meanings: Sequence[tuple[datetime, datetime]], room: Room | None) -> None:
        super().__init__(_("The clocks go back: this time comes twice. Choose one."))
        self.meanings, self.room = tuple(meanings), room


@dataclass(frozen=True, slots=True)
class Move:
    """Where a session shall stand, and with whom.

    seen_at: `updated_at` of the session as the calendar shows it
    gone, coming: when it goes from one column of people or equipment to another; None is nobody
    """

    session: StudioSession
    room: Room | None
    starts_at: datetime
    ends_at: datetime
    seen_at: datetime
    tell: Tell
    lane: Lane = Lane.ROOMS
    gone: Member | None = None
    coming: Member | None = None

    @property
    def is_hand_over(self) -> bool:
        """Whether it changes hands."""
        return self.gone != self.coming


def asked_move(data: Mapping[str, Any], zone: ZoneInfo) -> Move:
    """Return the move that a browser asks for.

    data: `session`, `seen_at`; `room` when it changes, or `lane`, `gone` and `coming`; `starts_at` and `ends_at`, each
        an instant or a wall time: a start alone keeps the length, an end alone keeps the start; `tell`
    raises: Unreadable, ComesTwice, studio.clock.WallTimeSkipped
    """
    session = StudioSession.objects.select_related("room").filter(pk=key_of(data.get("session")) or 0).first()
    if session is None:
        raise Unreadable(_("This session is not there any more."))
    seen_at = asked_moment(data.get("seen_at"))
    if seen_at is None or seen_at.tzinfo is None:
        raise Unreadable(_("The calendar did not say what it shows. Please load the page anew."))
    starts = _meant(data.get("starts_at"), session.starts_at, zone)
    if data.get("ends_at"):
        meanings = list(product(starts, _meant(data["ends_at"], session.ends_at, zone)))
    else:
        length = session.ends_at - session.starts_at
        meanings = [(start, start + length) for start in starts]
    room = _room(data, session)
    if len(meanings) > 1:
        raise ComesTwice([(start, end) for start, end in meanings if start < end], room)
    ((starts_at, ends_at),) = meanings
    tell = Tell.NOBODY if data.get("tell") == Tell.NOBODY else Tell.CLIENT
    if data.get("lane", Lane.ROOMS) not in {Lane.ENGINEERS, Lane.EQUIPMENT}:
        return Move(session, room, starts_at, ends_at, seen_at, tell)
    lane = Lane(data["lane"])
    gone, coming = (_member(lane, data.get(name, NOBODY)) for name in ("gone", "coming"))
    return Move(session, room, starts_at, ends_at, seen_at, tell, lane, gone, coming)


def _member(lane: Lane, key: Any) -> Member | None:
    if key == NOBODY:
        return None
    found: Member | None
    if lane == Lane.ENGINEERS:
        found = User.objects.filter(pk=str(key)).first()
    else:
        found = Equipment.objects.filter(pk=key_of(key) or 0).first()
    if found is None:
        raise Unreadable(_("Who or what should have the session is not there any more."))
    return found


def make_move(move: Move, *, actor: User, now: datetime) -> StudioSession:
    """Call the service that a move is about and return the session.

    raises: as reschedules.move_freely
    """
    return reschedules.move_freely(
        session=move.session,
        gone=move.gone,
        coming=move.coming,
        room=move.room,
        starts_at=move.starts_at,
        ends_at=move.ends_at,
        seen_at=move.seen_at,
        tell=move.tell,
        actor=actor,
        now=now,
    )


def way_back(move: Move, moved: StudioSession) -> dict[str, str]:
    """Return what to ask for to take a move back."""
    before = move.session
    asked = {"session": str(moved.pk), "seen_at": moved.updated_at.isoformat(), "tell": move.tell.value}
    asked |= place_of(before.room, before.starts_at, before.ends_at)
    if move.is_hand_over:
        gone, coming = (str(member.pk) if member else NOBODY for member in (move.gone, move.coming))
        asked |= {"lane": move.lane.value, "gone": coming, "coming": gone}
    return asked


def _room(data: Mapping[str, Any], session: StudioSession) -> Room | None:
    if (asked := data.get("room", "")) in {"", ELSEWHERE}:
        return None if asked else session.room
    room = Room.objects.filter(pk=key_of(asked) or 0).first()
    if room is None:
        raise Unreadable(_("This room is not there any more."))
    return room


def _meant(text: Any, current: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return what a time may mean: two instants for a wall time that comes twice; the current one for none."""
    if not text:
        return [current]
    moment = asked_moment(text)
    if moment is None:
        raise Unreadable(_("The calendar sent a time that cannot be read."))
    if moment.tzinfo is not None:
        return [moment.astimezone(UTC)]
    if moment == wall(current, zone):
        return [current]
    if is_doubled(moment, zone):
        return [instant(moment.replace(fold=fold), zone) for fold in (0, 1)]
    return [instant(moment, zone)]


def told_of(move: Move, moved: StudioSession) -> str:
    """Return what is now true, in a sentence."""
    where = str(moved.room or _("elsewhere"))
    if move.is_hand_over:
        where = name_of(move.coming) if move.coming else _("no engineer")
    sentence = _("%(title)s: %(when)s, %(where)s.")
    return sentence % {"title": moved.title, "when": when(moved.starts_at, moved.ends_at), "where": where}


def place_of(room: Room | None, starts_at: datetime, ends_at: datetime) -> dict[str, str]:
    """Return a place in the calendar as `asked_move` reads it."""
    return {
        "room": str(room.pk) if room else ELSEWHERE,
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
    }


def span_with_offsets(starts_at: datetime, ends_at: datetime) -> str:
    """Return clock times that tell apart what the clock shows twice, e.g. "02:45 (UTC+0200) - 02:15 (UTC+0100)"."""
    first, last = (timezone.localtime(at) for at in (starts_at, ends_at))
    return f"{first:%H:%M} (UTC{first:%z}) - {last:%H:%M} (UTC{last:%z})"


def refusal_told(refusal: DomainError) -> dict[str, Any]:
    """Return a refusal for the calendar: its sentences, what could be had instead, whether to look again."""
    sentences = staff_sentences(refusal) if isinstance(refusal, SlotRefused) else []
    return {
        "sentences": sentences or [str(refusal)],
        "alternatives": _offers(refusal),
        "is_stale": isinstance(refusal, bookings.ChangedSince),
    }


def _offers(refusal: DomainError) -> list[dict[str, str]]:
    if isinstance(refusal, SlotRefused):
        return [_offer(slot) for slot in refusal.alternatives]
    if not isinstance(refusal, ComesTwice):
        return []
    return [
        {"label": span_with_offsets(start, end), **place_of(refusal.room, start, end)}
        for start, end in refusal.meanings
    ]


def _offer(slot: Slot) -> dict[str, str]:
    period = when(slot.starts_at, slot.ends_at)
    label = f"{slot.room}: {period}" if slot.room else period
    return {"label": label, **place_of(slot.room, slot.starts_at, slot.ends_at)}
