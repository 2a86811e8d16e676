"""What a session that ended late owes for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import BookingType, SessionStatus, StudioSession
from sessions_app.selectors.prices import price_of
from studio.clock import minutes
from studio.office.selectors.profile import current_profile
from studio.showing import clock_span


@dataclass(frozen=True, slots=True)
class Overage:
    """Time after the booked end, rounded up to the house's slots.

    amount: by the hour; None where those hours have no price
    """

    starts_at: datetime
    ends_at: datetime
    sentence: str
    amount: Decimal | None


def overage_of(session: StudioSession) -> Overage | None:
    """Return the overage of a completed session; None when it ended in time, or within the minutes that are free.

    queries: 1, or 4 when there is some
    """
    if session.status != SessionStatus.COMPLETED or session.actual_end is None or session.client_id is None:
        return None
    profile = current_profile()
    over = session.actual_end - session.ends_at
    if over <= minutes(profile.overage_grace_minutes):
        return None
    slot = minutes(profile.slot_minutes)
    charged: timedelta = -(-over // slot) * slot
    ends_at = session.ends_at + charged
    price = price_of(
        room=session.room,
        starts_at=session.ends_at,
        ends_at=ends_at,
        booking_type=BookingType.HOURLY,
        currency=session.currency,
        kind=session.kind,
    )
    sentence = _("Overage %(span)s, %(minutes)d minutes rounded up to the slot") % {
        "span": clock_span(session.ends_at, session.actual_end, profile.zone),
        "minutes": over // minutes(1),
    }
    return Overage(session.ends_at, ends_at, sentence, price.total)
