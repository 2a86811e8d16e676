"""The waitlist: who would take a slot that becomes free."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import (
    Client,
    OfferState,
    Room,
    SessionKind,
    StudioSession,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistState,
)
from sessions_app.services import challenges, facts, holds, linked_clients, slots, states
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import minutes
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError


class ImpossibleWish(DomainError):
    """No slot could ever fulfil it."""

    status_code = 400


class AlreadySettled(DomainError):
    """The entry is booked or withdrawn."""


@taking_turns()
def add_entry(
    *,
    client: Client,
    title: str,
    wanted_from: datetime,
    wanted_to: datetime,
    length_minutes: int,
    actor: User | None,
    now: datetime,
    room: Room | None = None,
    room_kind: str = "",
    group_size: int = 1,
    kind: str = SessionKind.STUDIO,
    notes: str = "",
) -> WaitlistEntry:
    """Put a client on the waitlist and return the entry.

    room, room_kind: one room, or any of a kind, or with neither any at all
    raises: ImpossibleWish, linked_clients.MergedAway, facts.BadFacts
    """
    entry = WaitlistEntry(client=client, room=room)
    given = {
        "title": title,
        "wanted_from": wanted_from,
        "wanted_to": wanted_to,
        "length_minutes": length_minutes,
        "room_kind": room_kind,
        "group_size": group_size,
        "kind": kind,
        "notes": notes,
    }
    facts.set_facts(entry, given)
    _require_possible(entry, now)
    with facts.saving(entry):
        entry.save(force_insert=True)
    linked_clients.require_unmerged(client)
    changes = {field: (None, value) for field, value in {"client": client, "room": room, **given}.items() if value}
    audit.record(verb="wait", subject=entry, actor=actor, now=now, changes=changes)
    return entry


def _require_possible(entry: WaitlistEntry, now: datetime) -> None:
    if entry.wanted_to <= now or entry.wanted_to - entry.wanted_from < minutes(entry.length_minutes):
        raise ImpossibleWish(_("The window is past, or shorter than the session."))
    rooms = Room.objects.bookable().filter(capacity__gte=entry.group_size)
    if entry.room is not None:
        rooms = rooms.filter(pk=entry.room.pk)
    if entry.room_kind:
        rooms = rooms.filter(kind=entry.room_kind)
    if not rooms.exists():
        sentence = _("No such room is open for booking and has space for %(count)d people.")
        raise ImpossibleWish(sentence % {"count": entry.group_size})


@taking_turns()
def withdraw_entry(*, entry: WaitlistEntry, actor: User | None, now: datetime) -> WaitlistEntry:
    """Take an entry off the waitlist and return it; a slot that is held for it goes to the next. Twice is once.

    raises: AlreadySettled once it is booked
    """
    held = StudioSession.objects.filter(offer__entry=entry, offer__state=OfferState.OPEN).first()
    if held is not None:
        slots.locked_with_rooms(held, now=now)
    withdrawn = WaitlistEntry.objects.select_for_update(of=("self",)).select_related("client").get(pk=entry.pk)
    if withdrawn.state == WaitlistState.BOOKED:
        raise AlreadySettled(_("This entry is booked already. Cancel the session instead."))
    if withdrawn.state == WaitlistState.WITHDRAWN:
        return withdrawn
    if held is None and withdrawn.offers.filter(state=OfferState.OPEN).exists():
        raise TryAgain(_("A slot has just been held for this entry. Please try again."))
    withdrawn.state = WaitlistState.WITHDRAWN
    withdrawn.save(update_fields=["state"])
    changes = {"state": (WaitlistState.WAITING, withdrawn.state)}
    audit.record(verb="withdraw", subject=withdrawn, actor=actor, now=now, changes=changes)
    if held is not None:
        challenges.release_hold(session=held, actor=actor, now=now, reason=_("Withdrawn from the waitlist."))
    return withdrawn


@taking_turns()
def accept_offer(*, offer: WaitlistOffer, actor: User | None, now: datetime) -> StudioSession:
    """Book the slot that is held for an entry and return the session.

    raises: states.WrongState once the offer is over, slots.RoomTaken, studio.db.TryAgain
    """
    slots.locked_with_rooms(offer.session, now=now)
    _require_open(offer)
    return holds.confirm_hold(session=offer.session, actor=actor, now=now)


@taking_turns()
def decline_offer(*, offer: WaitlistOffer, actor: User | None, now: datetime) -> StudioSession:
    """Let the slot go that is held for an entry; it is offered to the next, and the entry goes on waiting.

    raises: states.WrongState once the offer is over, studio.db.TryAgain
    """
    slots.locked_with_rooms(offer.session, now=now)
    _require_open(offer)
    return challenges.release_hold(session=offer.session, actor=actor, now=now, reason=_("Offer declined."))


def _require_open(offer: WaitlistOffer) -> None:
    if not WaitlistOffer.objects.filter(pk=offer.pk, state=OfferState.OPEN).exists():
        raise states.WrongState(_("This offer is over."))
