"""Offering a freed slot to the first on the waitlist whom it still fits."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from sessions_app.models import (
    NoticeKind,
    OfferState,
    Room,
    SessionStatus,
    StudioSession,
    WaitlistEntry,
    WaitlistOffer,
)
from sessions_app.selectors.answers import Slot
from sessions_app.selectors.availability import House, beginnings, free_at, load_house, sessions_in_the_way
from sessions_app.services import facts, notices
from sessions_app.services.staff_news import tell_staff
from studio.accounts.services import audit
from studio.clock import minutes
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import when


class OfferRefused(DomainError):
    """Somebody who took no lock was faster."""


def offer_freed(*, room: Room, slots: Sequence[Slot], now: datetime) -> list[WaitlistOffer]:
    """Hold freed time of a room for those on the waitlist whom it fits, the longest waiting first.

    slots: what became free; the caller holds the room's lock, and its transaction is this one's
    A slot nearer to its start than the studio's cut-off is not held, since its holder may not be reached: the staff
    are told whom to ask.
    """
    made = []
    house: House | None = None
    settings = current_profile()
    cut_off, lasts = (timedelta(hours=n) for n in (settings.waitlist_cut_off_hours, settings.waitlist_offer_hours))
    for freed in slots:
        for entry in _who_waits(room, freed, now):
            house = house or load_house(now, min(slot.starts_at for slot in slots).date())
            slot = fitting_slot(entry=entry, room=room, freed=freed, house=house)
            if slot is None:
                continue
            if slot.starts_at - now < cut_off:
                _ask_about(entry, slot)
                break
            if offer := _offer(entry, slot, lasts, now):
                made.append(offer)
    return made


def _who_waits(room: Room, freed: Slot, now: datetime) -> list[WaitlistEntry]:
    """Return whom freed time may suit, the longest waiting first: not those who have an offer or had this one."""
    had_it = WaitlistOffer.objects.filter(
        entry=OuterRef("pk"),
        session__room=room,
        session__starts_at__lt=freed.ends_at,
        session__ends_at__gt=freed.starts_at,
    )
    has_one = WaitlistOffer.objects.filter(entry=OuterRef("pk"), state=OfferState.OPEN)
    entries = WaitlistEntry.objects.waiting(now).overlapping(freed.blocked_from, freed.blocked_to)
    entries = entries.filter(Q(room=room) | Q(room=None, room_kind__in=["", room.kind]), group_size__lte=room.capacity)
    return list(entries.exclude(Exists(had_it) | Exists(has_one)).select_related("client").order_by("created_at", "pk"))


def fitting_slot(*, entry: WaitlistEntry, room: Room, freed: Slot, house: House) -> Slot | None:
    """Return the first slot that an entry could have in some freed time and what is free beside it.

    queries: 1, and another where a slot fits
    """
    length = minutes(entry.length_minutes)
    first, last = max(entry.wanted_from, freed.blocked_from - length), min(entry.wanted_to - length, freed.blocked_to)
    if last < first:
        return None
    around = sessions_in_the_way([room], first - _aside(room), last + length + _aside(room), house.now)
    starts = list(_starts(freed, first, last, house))
    free = free_at(room, starts, length, house, around.get(room.pk, []), kind=entry.kind)
    return next((slot for slot in free if not _is_busy(entry, slot)), None)


def _aside(room: Room) -> timedelta:
    return minutes(max(room.setup_minutes, room.teardown_minutes))


def _starts(freed: Slot, first: datetime, last: datetime, house: House) -> Iterator[datetime]:
    """Yield the starts to try: that of the freed slot itself, then those of the house that touch it."""
    if first <= freed.starts_at <= last:
        yield freed.starts_at
    yield from (at for at in beginnings(house, first, last + house.step) if at <= last)


def _is_busy(entry: WaitlistEntry, slot: Slot) -> bool:
    """Return whether the client has another session at that time."""
    others = StudioSession.objects.occupying().filter(client_id=entry.client_id)
    return others.filter(starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at).exists()


def _offer(entry: WaitlistEntry, slot: Slot, lasts: timedelta, now: datetime) -> WaitlistOffer | None:
    """Hold a slot for an entry and return the offer; None when the entry has just got another, or is withdrawn."""
    # Skipped where somebody else has it: they give it another slot, or withdraw it; two that wait would deadlock.
    free = WaitlistEntry.objects.waiting(now).select_for_update(of=("self",), skip_locked=True)
    locked = free.filter(pk=entry.pk).first()
    if locked is None or WaitlistOffer.objects.filter(entry=locked, state=OfferState.OPEN).exists():
        return None
    hold = StudioSession(
        client=entry.client,
        title=entry.title,
        kind=entry.kind,
        currency=entry.client.currency,
        room=slot.room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        blocked_from=slot.blocked_from,
        blocked_to=slot.blocked_to,
        status=SessionStatus.HOLD,
        hold_rank=1,
        hold_expires_at=min(now + lasts, slot.starts_at),
    )
    offer = WaitlistOffer(entry=locked, session=hold)
    taken = OfferRefused(_("This slot was taken before it could be offered."))
    try:
        with facts.saving(hold, **dict.fromkeys(facts.SLOT_IS_FREE, taken)):
            hold.save(force_insert=True)
            offer.save(force_insert=True)
    except OfferRefused:
        return None
    held = {"status": hold.status, "starts_at": hold.starts_at, "ends_at": hold.ends_at, "room": hold.room}
    changes = {field: (None, value) for field, value in held.items()}
    audit.record(verb="offer", subject=hold, actor=None, now=now, changes=changes)
    notices.announce(session=hold, kind=NoticeKind.WAITLIST_OFFER, now=now)
    sentence = _("A slot is held for %(client)s from the waitlist, please ask: %(room)s, %(when)s, until %(until)s.")
    named = {"client": entry.client, "room": slot.room, "when": when(slot.starts_at, slot.ends_at)}
    tell_staff(sentence=sentence % {**named, "until": when(hold.hold_expires_at or now)}, subject=hold)
    return offer


def _ask_about(entry: WaitlistEntry, slot: Slot) -> None:
    sentence = _("A slot is free that %(client)s waits for; it is too near to be held, please ask: %(room)s, %(when)s.")
    named = {"client": entry.client, "room": slot.room, "when": when(slot.starts_at, slot.ends_at)}
    tell_staff(sentence=sentence % named, subject=entry)
