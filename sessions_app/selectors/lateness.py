"""Who came late."""

from datetime import timedelta

from sessions_app.models import StudioSession
from studio.clock import minutes
from studio.office.selectors.profile import current_profile


def came_late(session: StudioSession, *, grace: timedelta | None = None) -> bool:
    """Return whether the client was checked in later than the house's minutes of grace.

    grace: of the house, where the caller knows it
    queries: 0 where nobody came or the grace is given, else 1
    """
    if session.checked_in_at is None:
        return False
    if grace is None:
        grace = minutes(current_profile().late_after_minutes)
    return session.checked_in_at > session.starts_at + grace
