"""What is booked on the machines, as the app below asks for it: for the hours, and for whoever works in both."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.selectors.coming import Booked
from sessions_app.selectors.elsewhere import Elsewhere, People
from training.models import Attendee, TrainingSession


def booked_on_machines(since: datetime) -> list[Booked]:
    """Return the sessions that have not ended, by start; what keeps a slot free may lie outside the hours.

    queries: 1
    """
    rows = TrainingSession.objects.upcoming(since).exclude(session_type__attendee=Attendee.NOBODY)
    rows = rows.select_related("member", "session_type").order_by("scheduled_start", "pk")
    return [Booked(row, row.attendee, row.scheduled_start, row.scheduled_end) for row in rows]


def trained_by(people: People, start: datetime, end: datetime) -> list[Elsewhere]:
    """Return the sessions that accounts train in some of [start, end), by start; kept overlaps are among them.

    Whom they train is not said: who plans rooms need not know the members.
    queries: 1
    """
    rows = TrainingSession.objects.occupying().touching(start, end).filter(trainer__user__in=people)
    rows = rows.select_related("trainer", "machine").order_by("scheduled_start", "pk")
    return [
        Elsewhere(
            user_id=row.trainer.user_id,
            title=_("Training on %(machine)s") % {"machine": row.machine},
            starts_at=row.scheduled_start,
            ends_at=row.scheduled_end,
        )
        for row in rows
        if row.trainer is not None and row.trainer.user_id is not None
    ]
