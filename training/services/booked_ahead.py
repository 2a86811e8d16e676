"""Sessions that are booked on a subscription when it is ended or paused: somebody says what becomes of them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.accounts.models import User
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from training.models import Subscription, TrainingSession
from training.selectors.booked_ahead import booked_ahead
from training.services import bookings, ledger, slots
from training.services.credits import return_credit


class Settlement(StrEnum):
    """What becomes of them."""

    KEPT = "kept"  # with the credits that they took
    CANCELLED = "cancelled"  # by the studio, so that the credits come back
    UNPAID = "unpaid"  # they keep their slots; at completion another plan pays for them, or an invoice will


class StillBooked(DomainError):
    """Sessions are booked on it, and nobody has said what becomes of them."""


def locked(subscription: Subscription, *, now: datetime) -> tuple[Subscription, Sequence[TrainingSession]]:
    """Return a subscription's row and the sessions to come that it pays for, by start, locked as bookings are.

    raises: studio.db.TryAgain, also when somebody is changing one of the sessions
    """
    seen = booked_ahead(subscription, now)
    slots.lock_slots(
        *{each.machine for each in seen}, members=[subscription.member], trainers={each.trainer for each in seen}
    )
    found = booked_ahead(subscription, now)
    needs = [{(each.pk, each.machine_id, each.trainer_id) for each in sessions} for sessions in (seen, found)]
    if needs[0] != needs[1]:
        raise TryAgain(_("Somebody else is changing these sessions right now. Please try again."))
    return ledger.locked(subscription), found


@taking_turns()
def settle(
    *, sessions: Sequence[TrainingSession], by: Settlement | None, because: str, actor: User | None, now: datetime
) -> None:
    """Do with sessions what was said, while their subscription still runs. The caller holds all of them.

    raises: StillBooked, when there are some and nothing was said
    """
    if sessions and by is None:
        told = ngettext(
            "%(count)d session is booked on it. Say what becomes of it.",
            "%(count)d sessions are booked on it. Say what becomes of them.",
            len(sessions),
        )
        raise StillBooked(told % {"count": len(sessions)})
    for session in sessions:
        if by == Settlement.CANCELLED:
            bookings.cancel_session(session=session, reason=because, by_house=True, actor=actor, now=now)
        elif by == Settlement.UNPAID:
            return_credit(session=session, actor=actor, reason=because, now=now)
