"""Sessions that no longer begin at the hour that was agreed: the studio's zone, or its rules, were changed since."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from sessions_app.models import SessionStatus, StudioSession
from sessions_app.selectors.series import Drift
from studio.clock import instant_moved_forward, minutes, minutes_ahead


def off_the_hour(*, zone: ZoneInfo, now: datetime, sessions: QuerySet[StudioSession] | None = None) -> set[int]:
    """Return the keys of the coming sessions whose hour on the studio's clock is not the one that was agreed.

    sessions: those that are asked about; None means all
    queries: 1
    """
    coming = (StudioSession.objects.all() if sessions is None else sessions).filter(
        status=SessionStatus.SCHEDULED, starts_at__gt=now, invoiced_at__isnull=True, agreed_offset__isnull=False
    )
    agreed = coming.values_list("pk", "starts_at", "agreed_offset")
    return {key for key, starts_at, offset in agreed if minutes_ahead(starts_at, zone) != offset}


def to_settle(*, zone: ZoneInfo, now: datetime) -> list[Drift]:
    """Return the sessions that are off the hour agreed and follow no series, by start; see `selectors.series.drifted`.

    queries: 2
    """
    alone = StudioSession.objects.filter(Q(series__isnull=True) | Q(own_time=True))
    found = StudioSession.objects.filter(pk__in=off_the_hour(zone=zone, now=now, sessions=alone))
    rows = found.select_related("room", "client").order_by("starts_at", "pk")
    return [Drift(session, agreed_start(session, zone)) for session in rows]


def agreed_start(session: StudioSession, zone: ZoneInfo) -> datetime:
    """Return the instant at which the studio's clock shows the hour that was agreed; where it is not known, the start.

    An hour that the clocks now go over moves forward by the gap.
    """
    if session.agreed_offset is None:
        return session.starts_at
    wall = session.starts_at.astimezone(UTC) + minutes(session.agreed_offset)
    return instant_moved_forward(wall.replace(tzinfo=None), zone)
