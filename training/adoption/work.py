"""Former machines, training sessions, and who took part in them."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.tenancy.adoption.adopters import Found, Run
from studio.tenancy.adoption.rows import FormerRow, SetAside
from training.models import Machine, SessionType, Trainer, TrainingSession, TrainingStatus
from training.models.session_type import MULTI_SITE, NON_BOOKABLE, NORMAL
from training.models.training_session import LONGEST, SHORTEST

STATUSES = {status.value: status.value for status in TrainingStatus}
# Words of older versions: plain sessions of members, and a misspelt trial.
FORMER_TYPES = {"standard": NORMAL, "trail": "trial"}
GUEST = ("guest_first_name", "guest_last_name", "guest_gym_name")
OUT = frozenset({"cancelled", "waitlisted"})
LARGEST_NUMBER = 2147483647


def adopt_machine(row: FormerRow, _run: Run) -> Machine | Found:
    """Return the machine of that number, a seed for example, or the one that a row of `machines` becomes."""
    number = row.whole("machine_number", least=1, most=LARGEST_NUMBER, default=None)
    if number is None:
        raise SetAside(_("It has no number."))
    name = row.text("name", longest=100) or _("Machine %(number)d") % {"number": number}
    is_available = row.flag("is_available", default=True)
    if known := Machine.objects.filter(machine_number=number).first():
        return Found(known)
    return Machine.objects.create(machine_number=number, name=name, is_available=is_available)


def adopt_session(row: FormerRow, run: Run) -> TrainingSession:
    """Return the session that a row of `training_sessions` becomes, without its member: who took part comes after it.

    Without a machine it is on the first one, as all were when there was one; its place becomes the last line of the
    notes. One that overlaps others is kept, and they are all marked.
    """
    starts_at, ends_at = _times(row, run)
    trainer_key = run.linked(row, "trainer_id", "trainers")
    trainer = Trainer.objects.get(pk=trainer_key) if trainer_key else None
    code = _type(row)
    session = TrainingSession(
        machine=_machine(row, run),
        trainer=trainer,
        trainer_label=trainer.name if trainer else "",
        session_type_id=code,
        scheduled_start=starts_at,
        scheduled_end=ends_at,
        status=row.choice("status", STATUSES, default=TrainingStatus.SCHEDULED),
        notes=_notes(row),
        **_guest(row, code),
    )
    session.current_participants = int(bool(session.guest_last_name))
    # One member a session, counted from who took part: what the former columns said of it follows.
    for column in ("current_participants", "max_participants", "session_date"):
        row.value(column)
    _save_even_if_taken(session, row)
    return session


def adopt_attendance(row: FormerRow, run: Run) -> Found:
    """Return the session whose member a row of `training_session_members` names.

    A member whose booking was cancelled, or who waited, was not part of it, except of a session that was cancelled
    as a whole; a second member is set aside. A guest of whom nothing is known was this member, and what kept a slot
    free for nobody is a member's session.
    """
    session = TrainingSession.objects.get(pk=run.required(row, "session_id", "training_sessions"))
    member_id = run.required(row, "member_id", "members")
    booking = row.text("booking_status").lower()
    if booking in OUT and session.status != TrainingStatus.CANCELLED:
        raise SetAside(_("The member's own booking was cancelled, or waited; the session went on without them."))
    if session.member_id is not None or (session.guest_last_name and not _is_unknown(session)):
        raise SetAside(_("A session is for one member or one guest; this one has somebody already."))
    session.member_id, session.current_participants = member_id, 1
    if session.session_type_id in {MULTI_SITE, NON_BOOKABLE}:
        session.session_type_id = NORMAL
        for name in GUEST:
            setattr(session, name, "")
    _save_even_if_taken(session, row)
    return Found(session)


def _times(row: FormerRow, run: Run) -> tuple[datetime, datetime]:
    starts_at = row.instant("scheduled_start", shift=run.shift)
    ends_at = row.instant("scheduled_end", shift=run.shift)
    if starts_at is None or ends_at is None:
        raise SetAside(_("It has no start or no end."))
    if not SHORTEST <= ends_at - starts_at <= LONGEST:
        told = {"start": row.raw_text("scheduled_start"), "end": row.raw_text("scheduled_end")}
        raise SetAside(_("It does not last from 15 minutes to 8 hours: %(start)s to %(end)s.") % told)
    return starts_at, ends_at


def _type(row: FormerRow) -> str:
    word = row.text("session_type").lower()
    code = FORMER_TYPES.get(word, word) or NON_BOOKABLE
    if not SessionType.objects.filter(code=code).exists():
        raise SetAside(_('session_type is unknown: "%(value)s".') % {"value": word[:80]})
    if word in FORMER_TYPES:
        row.keep("session_type", _("%(former)s is called %(code)s now.") % {"former": word, "code": code})
    return code


def _machine(row: FormerRow, run: Run) -> Machine:
    if key := run.linked(row, "machine_id", "machines"):
        return Machine.objects.get(pk=key)
    first = Machine.objects.order_by("machine_number").first()
    return first or Machine.objects.create(machine_number=1, name=_("Machine %(number)d") % {"number": 1})


def _notes(row: FormerRow) -> str:
    more = {_("Location"): row.text("location"), _("Collaboration"): row.text("collaboration_details")}
    lines = [f"{name}: {text}" for name, text in more.items() if text]
    return "\n".join(filter(None, [row.raw_text("notes"), *lines]))


def _guest(row: FormerRow, code: str) -> dict[str, str]:
    """Return a guest's three names; what is not known of one is said to be unknown."""
    if code != MULTI_SITE:
        return {}
    names = {name: row.text(name, longest=255) for name in GUEST}
    if not all(names.values()):
        row.notes.append(_("Not all is known of the guest."))
    return {name: value or _("unknown") for name, value in names.items()}


def _is_unknown(session: TrainingSession) -> bool:
    return {getattr(session, name) for name in GUEST} == {_("unknown")}


def _save_even_if_taken(session: TrainingSession, row: FormerRow) -> None:
    """Save; where machine, trainer or member has another session then, mark all of them: there was no rule."""
    others = _in_the_way(session)
    if others:
        session.overlap_kept = True
        count = TrainingSession.objects.filter(pk__in=others).update(overlap_kept=True)
        row.notes.append(
            ngettext(
                "Kept although it overlaps %(count)d session.", "Kept although it overlaps %(count)d sessions.", count
            )
            % {"count": count}
        )
    session.save()


def _in_the_way(session: TrainingSession) -> list[UUID]:
    if session.status == TrainingStatus.CANCELLED:
        return []
    same = Q(machine=session.machine_id)
    if session.trainer_id:
        same |= Q(trainer=session.trainer_id)
    if session.member_id:
        same |= Q(member=session.member_id)
    others = TrainingSession.objects.occupying().exclude(pk=session.pk)
    touching = others.touching(session.scheduled_start, session.scheduled_end)
    return list(touching.filter(same).values_list("pk", flat=True))
