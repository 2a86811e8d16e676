"""Rooms: building, changing, closing."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.models import Room
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import advisory_lock, refusing, taking_turns
from studio.errors import DomainError


class RoomInUse(DomainError):
    """Sessions took or will take place in the room."""


class RoomNameTaken(DomainError):
    """Two rooms in use would have one name."""


class RoomFacts(TypedDict, total=False):
    """Facts of a room; what is left out is not changed."""

    kind: str
    name: str
    description: str
    capacity: int
    size: int | None
    features: list[str]
    setup_minutes: int
    teardown_minutes: int
    request_notice_hours: int | None
    colour: str
    is_active: bool
    is_available_for_booking: bool
    hourly_rate: Decimal
    half_day_rate: Decimal | None
    day_rate: Decimal | None
    vat_rate: Decimal | None


def _insist_on_own_name(room: Room) -> None:
    """Hold the names of the rooms against everybody else, and refuse one that a room in use has.

    It is no rule of the table: a studio that is taken over may have such rooms, and keeps them.
    """
    if not room.is_active:
        return
    with refusing():
        advisory_lock(["room-names"])
    if Room.objects.filter(is_active=True, name__iexact=room.name.strip()).exclude(pk=room.pk).exists():
        raise RoomNameTaken(_("There is a room called %(name)s already.") % {"name": room.name})


@taking_turns()
def create_room(*, actor: User | None, now: datetime, **given: Unpack[RoomFacts]) -> Room:
    """Open a room and return it.

    raises: facts.BadFacts, RoomNameTaken
    """
    room = Room()
    facts.set_facts(room, {"name": "", **given})
    _insist_on_own_name(room)
    with facts.saving(room):
        room.save(force_insert=True)
    audit.record(verb="create", subject=room, actor=actor, now=now, changes={"name": (None, room.name)})
    return room


@taking_turns()
def change_room(*, room: Room, actor: User | None, now: datetime, **given: Unpack[RoomFacts]) -> Room:
    """Change the facts given and return the room.

    Setup and teardown hold for bookings made from now on; those on the timetable keep what they were booked with.
    raises: facts.BadFacts, RoomNameTaken
    """
    changed = Room.objects.select_for_update().get(pk=room.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        if not changes.keys().isdisjoint({"name", "is_active"}):
            _insist_on_own_name(changed)
        with facts.saving(changed):
            changed.save(update_fields=list(changes))
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def delete_room(*, room: Room, actor: User | None, now: datetime) -> None:
    """Delete a room in which nothing ever took place.

    raises: RoomInUse, saying how many sessions there are
    """
    gone = Room.objects.select_for_update().get(pk=room.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    try:
        gone.delete()
    except ProtectedError as error:
        count = gone.sessions.count()
        reason = ngettext("%(count)d session is kept in it.", "%(count)d sessions are kept in it.", count)
        advice = _("Switch the room off instead of deleting it.")
        raise RoomInUse(f"{reason % {'count': count}} {advice}") from error
