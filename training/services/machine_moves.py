"""Moving many sessions to another machine at once: what lies ahead, and what has begun only to put the record right."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from training.models import Machine, TrainingSession, TrainingStatus
from training.selectors.availability import session_named
from training.selectors.machine_sessions import coming_on, fingerprint_of, has_begun
from training.services import outage_blocks, overlaps, slots, wishes

RECORD_RIGHT = "training.reopen_sessionoutcome"


class MayNotCorrect(DomainError):
    """Who says anew where a session was holds the right for it."""

    status_code = 403


class OthersByNow(DomainError):
    """The sessions to move are not those that somebody was shown."""


@dataclass(frozen=True, slots=True)
class Stayed:
    """A session that stays where it is, and why."""

    session: TrainingSession
    sentence: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of a move, each by start."""

    moved: Sequence[TrainingSession]
    stayed: Sequence[Stayed]


@taking_turns()
def empty_machine(
    *,
    machine: Machine,
    to: Machine,
    starts_at: datetime,
    ends_at: datetime,
    shown: str,
    actor: User | None,
    now: datetime,
) -> Moved:
    """Move what a machine has ahead in [starts_at, ends_at) to another one, and return which moved and which could not.

    shown: `fingerprint_of` the sessions that somebody was shown
    raises: OthersByNow, wishes.UnknownPart, studio.db.TryAgain
    """
    coming = list(coming_on(machine, starts_at, ends_at, now))
    if fingerprint_of(coming) != shown:
        raise OthersByNow(_("The sessions have changed meanwhile. Nothing is moved: these are the ones by now."))
    return move_sessions(sessions=coming, machine=to, actor=actor, now=now)


@taking_turns()
def move_sessions(
    *,
    sessions: Collection[TrainingSession],
    machine: Machine,
    actor: User | None,
    now: datetime,
    past_because: str = "",
) -> Moved:
    """Move sessions to a machine at the times they have, and return which moved and which could not.

    One that clashes on the machine stays where it is, and so does a cancelled one; of two that clash with each other
    the earlier one moves. What lies ahead moves to a machine that is switched on only.
    past_because: why what has begun moves as well, which only who holds the right for it may say; else it stays
    raises: MayNotCorrect, wishes.UnknownPart, studio.db.TryAgain
    """
    because = past_because.strip()
    rows = TrainingSession.objects.filter(pk__in=[session.pk for session in sessions])
    seen = {row.pk: row.machine_id for row in rows}
    machines = {machine.pk: machine, **Machine.objects.in_bulk(set(seen.values()))}
    slots.lock_slots(*machines.values())
    target = wishes.known(Machine, machine)
    locked = list(rows.locked().select_related("machine", "member", "session_type"))
    locked.sort(key=lambda row: (row.scheduled_start, row.pk))
    coming = [row for row in locked if row.machine_id != target.pk]
    if because and actor is not None and any(has_begun(row, now) for row in coming):
        _require_right(actor)
    taken = _taken(target, coming)
    moved, stayed, zone = list[TrainingSession](), list[Stayed](), current_profile().zone
    for row in coming:
        has_gone = row.machine_id != seen[row.pk]
        why = _("Somebody else is moving it right now.") if has_gone else _why_not(row, target, taken, zone, now)
        if not why and not because and has_begun(row, now):
            why = _("It has begun. It moves only to put the record right.")
        if why:
            stayed.append(Stayed(row, why))
        else:
            moved.append(row)
            taken.append(row)
    _write(moved, target, actor, now, because)
    return Moved(moved, stayed)


def _taken(machine: Machine, sessions: Sequence[TrainingSession]) -> list[TrainingSession]:
    """Return what stands on a machine around some sessions."""
    if not sessions:
        return []
    start, end = sessions[0].scheduled_start, max(row.scheduled_end for row in sessions)
    there = TrainingSession.objects.occupying().touching(start, end).filter(machine=machine)
    return list(there.select_related("machine", "member", "session_type").order_by("scheduled_start", "pk"))


def _why_not(
    row: TrainingSession, machine: Machine, taken: Sequence[TrainingSession], zone: ZoneInfo, now: datetime
) -> str:
    """Return why a session cannot stand on a machine; empty when it can."""
    if row.status == TrainingStatus.CANCELLED:
        return _("It is cancelled.")
    if row.outage_id is not None:
        return _("It is an outage of this machine.")
    if row.scheduled_end > now and not machine.is_available:
        return _("%(machine)s is switched off.") % {"machine": machine}
    start, end = row.scheduled_start, row.scheduled_end
    clashes = [each for each in taken if each.scheduled_start < end and start < each.scheduled_end]
    if clashes:
        named = "; ".join(session_named(each, zone) for each in clashes)
        return _("%(machine)s is taken at that time: %(sessions)s.") % {"machine": machine, "sessions": named}
    return ""


def _require_right(actor: User) -> None:
    if not actor.has_perm(RECORD_RIGHT):
        raise MayNotCorrect(_("Only a manager may move what has begun: it is on record where it takes place."))


def _write(moved: Sequence[TrainingSession], machine: Machine, actor: User | None, now: datetime, because: str) -> None:
    """Move the rows, a line in the trail for each, and settle what overlaps nothing any more."""
    by_machine: dict[tuple[Machine, str], list[TrainingSession]] = {}
    for row in moved:
        by_machine.setdefault((row.machine, because if has_begun(row, now) else ""), []).append(row)
    taken = slots.SlotTaken(_("Somebody has just taken this time."))
    for (before, why), rows in by_machine.items():
        keys = [row.pk for row in rows]
        with refusing(training_sessions_machine_free=taken):
            TrainingSession.objects.filter(pk__in=keys).update(machine=machine, updated_at=now)
        changes: facts.Changes = {"machine": (before, machine)}
        audit.record_each(verb="move", subjects=rows, actor=actor, now=now, changes=changes, reason=why)
        outage_blocks.close_gaps(before, rows[0].scheduled_start, max(row.scheduled_end for row in rows))
        for row in rows:
            row.machine = machine
    if moved:
        overlaps.settle_overlaps(moved[0].scheduled_start, max(row.scheduled_end for row in moved))
