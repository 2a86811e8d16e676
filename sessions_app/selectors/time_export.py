"""Hours as rows of a file."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.models import Project, TimeEntry
from sessions_app.selectors.time_totals import in_hours

ROWS_AT_ONCE = 2000
HEAD = (
    _("Day"),
    _("Start"),
    _("End"),
    _("Hours"),
    _("Person"),
    _("Work"),
    _("Project"),
    _("Client"),
    _("Task"),
    _("Billable"),
    _("Hourly rate"),
    _("Worth"),
    _("Currency"),
    _("By hand"),
    _("Locked"),
    _("Note"),
)


def export_rows(entries: QuerySet[TimeEntry]) -> Iterator[Sequence[object]]:
    """Yield a row for each finished entry, in their order; days and times on the studio's clock, hours as a number.

    queries: 1 for every 2,000 entries
    """
    joined = entries.select_related(
        "task_type", "project__client", "session__project", "session__client", "track__project__client"
    )
    for entry in joined.iterator(chunk_size=ROWS_AT_ONCE):
        if entry.ended_at is None:
            continue
        start, end = timezone.localtime(entry.started_at), timezone.localtime(entry.ended_at)
        project = _project_of(entry)
        client = entry.session.client if entry.session else project.client if project else None
        yield (
            f"{start:%Y-%m-%d}",
            f"{start:%H:%M:%S}",
            f"{end:%H:%M:%S}" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M:%S}",
            in_hours(entry.ended_at - entry.started_at),
            entry.person_label,
            entry.target_label,
            project.name if project else "",
            client.name if client else "",
            entry.task_type.name,
            _("yes") if entry.billable else _("no"),
            entry.hourly_rate,
            entry.worth(entry.ended_at),
            entry.currency,
            _("yes") if entry.is_manual else _("no"),
            entry.get_lock_reason_display(),
            entry.note,
        )


def _project_of(entry: TimeEntry) -> Project | None:
    if entry.track is not None:
        return entry.track.project
    return entry.session.project if entry.session is not None else entry.project
