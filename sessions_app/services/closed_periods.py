"""Closing months for time entries, and opening them again."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from sessions_app.models import ClosedPeriod, TimeEntry, TimeLock
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_midnight
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

LONGEST_MONTH = timedelta(days=31)


class StillRunning(DomainError):
    """Somebody's timer was started in the month and runs."""


class NotClosed(DomainError):
    """The month has been opened again already."""


def month_edges(month: date) -> tuple[datetime, datetime]:
    """Return the first instant of a month and that of the next, on the studio's calendar.

    month: any of its days
    """
    first, zone = month.replace(day=1), current_profile().zone
    return local_midnight(first, zone), local_midnight((first + LONGEST_MONTH).replace(day=1), zone)


@taking_turns()
def close_month(*, month: date, actor: User | None, now: datetime) -> ClosedPeriod:
    """Make the entries that begin in a month final, and return the closed month.

    month: any of its days
    raises: StillRunning, facts.BadFacts when it is closed already or not over
    """
    starts_at, ends_at = month_edges(month)
    closed = ClosedPeriod(
        month=month.replace(day=1),
        starts_at=starts_at,
        ends_at=ends_at,
        closed_at=now,
        closed_by=actor,
        closed_by_label=actor.label if actor else "",
    )
    with facts.saving(closed, closed_periods_nobody_works=StillRunning(_still_running(starts_at, ends_at))):
        closed.save(force_insert=True)
    open_entries = TimeEntry.objects.finished().begun_between(starts_at, ends_at).filter(lock_reason="")
    count = open_entries.update(locked_at=now, lock_reason=TimeLock.PERIOD, updated_at=now)
    changes = {"month": (None, closed.month), "entries": (None, count)}
    audit.record(verb="close", subject=closed, actor=actor, now=now, changes=changes)
    return closed


@taking_turns()
def reopen_month(*, period: ClosedPeriod, reason: str, actor: User | None, now: datetime) -> ClosedPeriod:
    """Open a closed month again, with a reason, and return it; what is invoiced stays locked.

    raises: NotClosed, facts.BadFacts without a reason
    """
    opened = ClosedPeriod.objects.select_for_update(of=("self",)).get(pk=period.pk)
    if not opened.is_closed:
        raise NotClosed(_("%(month)s has been opened again already.") % {"month": opened})
    facts.set_facts(opened, {"reopen_reason": reason.strip()})
    opened.reopened_at, opened.reopened_by = now, actor
    opened.reopened_by_label = actor.label if actor else ""
    with facts.saving(opened):
        opened.save(update_fields=["reopened_at", "reopened_by", "reopened_by_label", "reopen_reason"])
    held = TimeEntry.objects.begun_between(opened.starts_at, opened.ends_at).filter(lock_reason=TimeLock.PERIOD)
    count = held.update(locked_at=None, lock_reason="", updated_at=now)
    changes = {"reopened_at": (None, now), "entries": (count, None)}
    audit.record(verb="reopen", subject=opened, actor=actor, now=now, changes=changes, reason=reason)
    return opened


def _still_running(starts_at: datetime, ends_at: datetime) -> str:
    timers = TimeEntry.objects.running().begun_between(starts_at, ends_at).order_by("started_at", "pk")
    names = ", ".join(f"{timer.person_label} ({timer.target_label})" for timer in timers)
    return _("Timers that were started in this month are running: %(names)s. Stop them first.") % {"names": names}
