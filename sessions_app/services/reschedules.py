"""Moving a session at the client's wish: with the fee of its terms, and at the price agreed or a new one."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions_app.models import FeeKind, Room, StudioSession
from sessions_app.selectors.terms import fee_due, gives_time_up
from sessions_app.services import bookings, fees, prices, slots
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.db import taking_turns


class PriceChoice(models.TextChoices):
    """What a moved session costs."""

    AGREED = "agreed", _("as agreed")
    LISTED = "listed", _("by the price list at its new time")


@taking_turns()
def reschedule_session(
    *,
    session: StudioSession,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None,
    actor: User | None,
    now: datetime,
    reason: str = "",
    price: str = PriceChoice.AGREED,
    waive_because: str = "",
    tell: Tell = Tell.CLIENT,
) -> StudioSession:
    """Move a session, charge what moving it costs at this moment, and return it.

    Another room, or a later end, costs no fee.
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
