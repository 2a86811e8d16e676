"""Training sessions as rows of a file; what is noted on them stays in the house."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training.models import TrainingSession

ROWS_AT_ONCE = 2000
HEAD = (
    *(_("Start"), _("End"), _("Real start"), _("Real end")),
    *(_("Who"), _("Guest's studio"), _("Type"), _("Machine"), _("Trainer"), _("Status")),
    *(_("Charged to"), _("Cancelled because")),
)


def exported(sessions: QuerySet[TrainingSession]) -> Iterator[Sequence[object]]:
    """Yield a row for each session, in the order of the queryset; times on the studio's clock.

    queries: 1 for every 2,000 sessions
    """
    joined = sessions.select_related("machine", "member", "session_type", "subscription")
    for session in joined.iterator(chunk_size=ROWS_AT_ONCE):
        times = (session.scheduled_start, session.scheduled_end, session.actual_start, session.actual_end)
        yield (
            *(_moment(at) for at in times),
            session.attendee,
            session.guest_gym_name,
            session.session_type.name,
            session.machine.name,
            session.trainer_label,
            session.get_status_display(),
            session.subscription.plan_name if session.subscription else "",
            session.cancellation_reason,
        )


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
