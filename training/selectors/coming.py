"""What is booked on the machines from now on, as a change of the house's hours asks for it."""

from datetime import datetime

from sessions_app.selectors.coming import Booked
from training.models import Attendee, TrainingSession


def booked_on_machines(since: datetime) -> list[Booked]:
    """Return the sessions that have not ended, by start; what keeps a slot free may lie outside the hours.

    queries: 1
    """
    rows = TrainingSession.objects.upcoming(since).exclude(session_type__attendee=Attendee.NOBODY)
    rows = rows.select_related("member", "session_type").order_by("scheduled_start", "pk")
    return [Booked(row, row.attendee, row.scheduled_start, row.scheduled_end) for row in rows]
