"""Sessions to come that lie outside the term of the plan that pays for them, since the term has moved."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from studio.clock import local_day
from training.models import Member, TrainingSession


def stray_sessions(member: Member, *, zone: ZoneInfo, now: datetime) -> list[TrainingSession]:
    """Return a member's sessions to come that lie outside the term of their plan, by start.

    queries: 1
    """
    rows = TrainingSession.objects.ahead(now).filter(member=member, subscription__isnull=False)
    joined = rows.select_related("subscription", "session_type", "member")
    return strays_of(joined.order_by("scheduled_start", "pk"), zone=zone)


def strays_of(sessions: Iterable[TrainingSession], *, zone: ZoneInfo) -> list[TrainingSession]:
    """Return those of some sessions that lie outside the term of the plan that pays for them.

    One whose type takes no credit is none of them: a first plan pays for what came before it.
    """
    return [
        each
        for each in sessions
        if each.subscription
        and each.session_type.takes_credit
        and not each.subscription.covers(local_day(each.scheduled_start, zone))
    ]
