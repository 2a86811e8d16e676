"""Moving a session at the client's wish: with the fee of its terms, and at the price agreed or a new one."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.models import FeeKind, Room, StudioSession
from sessions_app.selectors.crew import Member, crew_of, crew_of_members
from sessions_app.selectors.terms import fee_due, gives_time_up
from sessions_app.services import bookings, fees, prices, rosters, slots
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent


class PriceChoice(models.TextChoices):
    """What a moved session costs."""

    AGREED = "agreed", _("as agreed")
    LISTED = "listed", _("by the price list at its new time")


class CostsAFee(DomainError):
    """Moving costs a fee by the terms of the booking, which whoever moves it has not been shown."""

    def __init__(self, explanation: str) -> None:
        sentence = gettext(
            "Moving this session costs a fee. %(why)s Use Move on its page, where the fee is shown first."
        )
        super().__init__(sentence % {"why": explanation})


@taking_turns()
def reschedule_session(
    *,
    session: StudioSession,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None,
    actor: User | None,
    now: datetime,
    kind: str | Unsent = NOT_SENT,
    reason: str = "",
    price: str = PriceChoice.AGREED,
    waive_because: str = "",
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Move a session, charge what moving it costs at this moment, and return it.

    Another room, or a later end, costs no fee.
    kind: not sent stays what it is
    price: one of PriceChoice; as agreed unless somebody chose the list's
    waive_because: a reason to let the client off the fee
    raises: as bookings.move_session; prices.NoPrice, prices.AlreadyInvoiced
    """
    before = slots.locked_with_rooms(session, room, now=now)
    due = None
    if gives_time_up(before, starts_at=starts_at, ends_at=ends_at):
        due = fee_due(before, FeeKind.RESCHEDULE, now=now)
    moved = bookings.move_session(
        session=session,
        starts_at=starts_at,
        ends_at=ends_at,
        room=room,
        kind=kind,
        actor=actor,
        now=now,
        reason=reason,
        tell=tell,
    )
    if due is not None:
        fees.charge_fee(session=moved, due=due, actor=actor, now=now, waived_because=waive_because)
    if price == PriceChoice.LISTED:
        return prices.requote_session(session=moved, actor=actor, now=now)
    return moved


@taking_turns()
def move_freely(
    *,
    session: StudioSession,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None,
    seen_at: datetime,
    actor: User | None,
    now: datetime,
    gone: Member | None = None,
    coming: Member | None = None,
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Move a session, from one member of its crew to another as well, where that costs no fee, and return it.

    gone, coming: as rosters.hand_over has them; the same twice changes nobody
    seen_at: `updated_at` of what the caller saw
    raises: CostsAFee; as bookings.move_session and rosters.hand_over
    """
    members = [member for member in (gone, coming) if member is not None]
    # All at once, so in one order: what is called below locks no others.
    slots.lock_rooms(session.room, room, now=now, crew=crew_of_members([*crew_of(session).members, *members]))
    current = StudioSession.objects.locked().select_related("room").get(pk=session.pk)
    if current.updated_at != seen_at:
        raise bookings.ChangedSince(
            gettext("Somebody changed this session meanwhile, so it was not moved. Here it is as it is now.")
        )
    if gives_time_up(current, starts_at=starts_at, ends_at=ends_at):
        due = fee_due(current, FeeKind.RESCHEDULE, now=now)
        if due.amount:
            raise CostsAFee(due.explanation)
    if gone == coming:
        return bookings.move_session(
            session=current, room=room, starts_at=starts_at, ends_at=ends_at, actor=actor, now=now, tell=tell
        )
    return rosters.hand_over(
        session=current,
        gone=gone,
        coming=coming,
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        seen_at=seen_at,
        actor=actor,
        now=now,
        tell=tell,
    )
