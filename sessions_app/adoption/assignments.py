"""Who and what the former system had on its sessions, and when people were away.

Its staff were numbers in a database that is not part of the source: they are kept as such, in the name.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from sessions_app.models import (
    Absence,
    AbsenceKind,
    AssignmentKind,
    AssignmentStatus,
    Equipment,
    Musician,
    SessionAssignment,
    StudioSession,
)
from studio.db import constraint_name
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

STATUSES = {status.value: status.value for status in AssignmentStatus} | {"booked": AssignmentStatus.ASSIGNED.value}
ABSENCES = {AbsenceKind.UNAVAILABLE.value: AbsenceKind.UNAVAILABLE.value, "vacation": AbsenceKind.LEAVE.value}
SUBJECTS = {"staff": "staff", "talent": "talent"}
IS_FREE = frozenset(f"session_assignments_{kind.value}_free" for kind in AssignmentKind)


def adopt_session_staff(row: FormerRow, run: Run) -> SessionAssignment:
    """Return the assignment that a row of `session_staff` becomes."""
    return _assigned(row, run, AssignmentKind.ENGINEER, {"label": _former_user(row, "user_id")})


def adopt_session_talent(row: FormerRow, run: Run) -> SessionAssignment:
    """Return the assignment that a row of `session_talents` becomes."""
    talent = Musician.objects.get(pk=run.required(row, "musician_id", "musicians"))
    return _assigned(row, run, AssignmentKind.TALENT, {"talent": talent, "label": str(talent)})


def adopt_session_equipment(row: FormerRow, run: Run) -> SessionAssignment:
    """Return the assignment that a row of `session_equipment` becomes; without a rate it was included."""
    item = Equipment.objects.get(pk=run.required(row, "equipment_id", "equipment"))
    facts = {"equipment": item, "label": str(item), "rate": row.amount("daily_rate")}
    return _assigned(row, run, AssignmentKind.EQUIPMENT, facts)


def adopt_absence(row: FormerRow, run: Run) -> Absence:
    """Return the absence that a row of `availability` becomes."""
    starts_at, ends_at = _times(row, run)
    if row.choice("subject_type", SUBJECTS, default="staff") == "talent":
        talent = Musician.objects.get(pk=run.required(row, "subject_id", "musicians"))
        who: dict[str, Any] = {"talent": talent, "label": str(talent)}
    else:
        who = {"label": _former_user(row, "subject_id")}
    return Absence.objects.create(
        **who,
        kind=row.choice("kind", ABSENCES, default=AbsenceKind.UNAVAILABLE),
        starts_at=starts_at,
        ends_at=ends_at,
        notes=row.text("notes", longest=500),
    )


def _former_user(row: FormerRow, column: str) -> str:
    if number := row.raw_text(column):
        return _("former user %(number)s") % {"number": number}
    raise SetAside(_("It names nobody."))


def _times(row: FormerRow, run: Run) -> tuple[datetime, datetime]:
    starts_at = row.instant("start_time", shift=run.shift)
    ends_at = row.instant("end_time", shift=run.shift)
    if starts_at is None or ends_at is None:
        raise SetAside(_("It has no start or no end."))
    return starts_at, ends_at


def _assigned(row: FormerRow, run: Run, kind: AssignmentKind, facts: dict[str, Any]) -> SessionAssignment:
    """Save the assignment; where it is in two sessions at a time, with the mark that it overlaps."""
    session = StudioSession.objects.get(pk=run.required(row, "session_id", "sessions"))
    assignment = SessionAssignment(
        session=session,
        kind=kind,
        role=row.text("role", longest=100),
        status=row.choice("status", STATUSES, default=AssignmentStatus.ASSIGNED),
        notes=row.text("notes", longest=500),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        occupying=session.occupying,
        **facts,
    )
    try:
        with transaction.atomic():
            assignment.save()
    except IntegrityError as exc:
        if constraint_name(exc) not in IS_FREE:
            raise
        assignment.overlap_kept = True
        assignment.save()
        row.notes.append(_("Kept although %(who)s is in another session at that time.") % {"who": assignment.label})
    return assignment
