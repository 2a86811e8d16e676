"""Putting people and equipment on sessions, and taking them off."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.models import (
    AssignmentKind,
    AssignmentStatus,
    SessionAssignment,
    SessionStatus,
    StudioSession,
)
from sessions_app.selectors.crew import (
    Cause,
    Crew,
    Member,
    assignments_in_the_way,
    crew_of_members,
    engagements,
    kind_of,
    label_of,
    member_of,
    name_of,
    reasons_of_the_crew,
    usual_rate,
)
from sessions_app.services import crew_news, facts, slots, states
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile
from studio.showing import when

MOST_NAMED = 10  # in the sentence; the error carries all


class AlreadyAssigned(DomainError):
    """The session has this person or this thing."""


class NotAssigned(DomainError):
    """The assignment is gone by now."""

    status_code = 404


class StillAssigned(DomainError):
    """Somebody or something that will be away is on sessions in that time; carries these assignments, by start.

    summary: how many they are and what to do, without their names
    """

    def __init__(self, who: str, found: Sequence[SessionAssignment]) -> None:
        self.assignments = tuple(found)
        count = len(self.assignments)
        self.summary = ngettext(
            "%(who)s is on %(count)d session in that time, and has to be taken off it first",
            "%(who)s is on %(count)d sessions in that time, and has to be taken off them first",
            count,
        ) % {"who": who, "count": count}
        named = [f"{each.session.title} ({when(each.starts_at)})" for each in self.assignments[:MOST_NAMED]]
        if count > MOST_NAMED:
            more = count - MOST_NAMED
            named.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
        super().__init__(f"{self.summary}: {', '.join(named)}.")


def put_crew_on(session: StudioSession, crew: Crew) -> None:
    """Put a crew on a session that has just been saved; the caller has locked and asked, and writes the trail.

    queries: 1
    """
    SessionAssignment.objects.bulk_create([_draft(session, member) for member in crew.members])


def told(crew: Crew) -> facts.Changes:
    """Return what the trail says of a crew that is put on a new session."""
    names: dict[str, list[str]] = {}
    for member in crew.members:
        names.setdefault(kind_of(member).value, []).append(label_of(member))
    return {kind: (None, labels) for kind, labels in names.items()}


@taking_turns()
def assign_member(
    *,
    session: StudioSession,
    member: Member,
    actor: User | None,
    now: datetime,
    role: str = "",
    rate: Decimal | Unsent | None = NOT_SENT,
    notes: str = "",
) -> SessionAssignment:
    """Put somebody or something on a session and return the assignment; who declined before is asked anew.

    rate: not sent takes the talent's hourly or the equipment's daily one
    raises: slots.CrewMissing, AlreadyAssigned, states.WrongState, facts.BadFacts, studio.db.TryAgain
    """
    slots.lock_rooms(now=now, crew=crew_of_members([member]))
    locked = _locked(session, now)
    kind = kind_of(member)
    there = SessionAssignment.objects.filter(session=locked, **{kind.value: member}).first()
    if there is not None and there.status != AssignmentStatus.DECLINED:
        raise AlreadyAssigned(_("%(who)s is on this session already.") % {"who": name_of(member)})
    _require_there(locked, member, now)
    assignment = there or _draft(locked, member)
    given: dict[str, object] = {"status": AssignmentStatus.ASSIGNED, "role": role, "notes": notes}
    facts.set_facts(assignment, given if rate is NOT_SENT else {**given, "rate": rate})
    _save(assignment)
    audit.record(verb="assign", subject=locked, actor=actor, now=now, changes={kind.value: (None, assignment.label)})
    if isinstance(member, User):
        crew_news.tell_assigned(session=locked, engineers=[member], actor=actor, now=now)
    return assignment


@taking_turns()
def change_assignment(
    *,
    assignment: SessionAssignment,
    actor: User | None,
    now: datetime,
    status: str | Unsent = NOT_SENT,
    role: str | Unsent = NOT_SENT,
    rate: Decimal | Unsent | None = NOT_SENT,
    notes: str | Unsent = NOT_SENT,
) -> SessionAssignment:
    """Change what was agreed with somebody on a session and return the assignment.

    status: declined frees the person or the thing; anything else takes it again, if it can be had
    raises: slots.CrewMissing, NotAssigned, states.WrongState, facts.BadFacts, studio.db.TryAgain
    """
    asked = {"status": status, "role": role, "rate": rate, "notes": notes}
    sent: dict[str, object] = {field: value for field, value in asked.items() if value is not NOT_SENT}
    member = member_of(assignment)
    slots.lock_rooms(now=now, crew=crew_of_members([member] if member else []))
    locked = _locked(assignment.session, now)
    changed = _as_it_is(assignment)
    was_declined = changed.status == AssignmentStatus.DECLINED
    changes = facts.set_facts(changed, sent)
    if not changes:
        return changed
    if member is not None and was_declined and changed.status != AssignmentStatus.DECLINED:
        _require_there(locked, member, now)
    _save(changed, update_fields=list(changes))
    told = {f"{changed.label}: {field}": parts for field, parts in changes.items()}
    audit.record(verb="change", subject=locked, actor=actor, now=now, changes=told)
    return changed


@taking_turns()
def unassign_member(*, assignment: SessionAssignment, actor: User | None, now: datetime, reason: str = "") -> None:
    """Take somebody or something off a session; twice is once.

    raises: states.WrongState
    """
    locked = StudioSession.objects.locked().get(pk=assignment.session_id)
    states.require_open_crew(locked)
    gone, _rows = SessionAssignment.objects.filter(pk=assignment.pk).delete()
    if gone:
        changes = {assignment.kind: (assignment.label, None)}
        audit.record(verb="unassign", subject=locked, actor=actor, now=now, changes=changes, reason=reason)
        if assignment.engineer is not None:
            crew_news.tell_taken_off(session=locked, engineer=assignment.engineer, actor=actor, now=now)


def _draft(session: StudioSession, member: Member) -> SessionAssignment:
    """Return a member's assignment to a session that is saved, at the usual rate; nothing is saved."""
    kind = kind_of(member)
    return SessionAssignment(
        session=session,
        kind=kind,
        **{kind.value: member},
        label=label_of(member),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        occupying=session.occupying,
        rate=usual_rate(member),
    )


def free_member(
    *,
    member: Member,
    starts_at: datetime,
    ends_at: datetime | None,
    released: Collection[SessionAssignment],
    actor: User | None,
    now: datetime,
    reason: str,
) -> None:
    """Take somebody or something off the sessions in [starts_at, ends_at) that were confirmed; others refuse it.

    What is over or completed needs nobody any more: who worked on it stays written down.
    ends_at: None is without an end
    released: what the caller has seen and agreed to; the caller holds the member's lock
    raises: StillAssigned, with those that were not agreed to; states.WrongState
    """
    since = max(starts_at, now)
    if ends_at is not None and ends_at <= since:
        return
    needed = assignments_in_the_way(crew_of_members([member]), since, ends_at, now)
    found = [each for each in needed if each.session.status != SessionStatus.COMPLETED]
    agreed = {assignment.pk for assignment in released}
    if others := [each for each in found if each.pk not in agreed]:
        raise StillAssigned(name_of(member), others)
    for each in found:
        unassign_member(assignment=each, actor=actor, now=now, reason=reason)


def _locked(session: StudioSession, now: datetime) -> StudioSession:
    locked = StudioSession.objects.locked().get(pk=session.pk)
    states.require_open_crew(locked)
    states.require_unexpired(locked, now)
    return locked


def _as_it_is(assignment: SessionAssignment) -> SessionAssignment:
    found = SessionAssignment.objects.select_for_update().filter(pk=assignment.pk).first()
    if found is None:
        raise NotAssigned(_("%(who)s is not on this session any more.") % {"who": assignment.label})
    return found


def _require_there(session: StudioSession, member: Member, now: datetime) -> None:
    """Pass when a member can be had for a session; a hold that waits asks only whether anybody is there at all."""
    crew = crew_of_members([member])
    engaged = engagements(crew, session.starts_at, session.ends_at, now, moving=[session.pk])
    if not session.occupying:
        engaged = [each for each in engaged if each.cause != Cause.SESSION]
    reasons = tuple(reasons_of_the_crew(session.starts_at, session.ends_at, current_profile().zone, engaged))
    if reasons:
        raise slots.CrewMissing(" ".join(reason.sentence for reason in reasons), reasons=reasons)


def _save(assignment: SessionAssignment, update_fields: Sequence[str] | None = None) -> None:
    just_taken = slots.CrewMissing(_("%(who)s has just been taken.") % {"who": assignment.label})
    already = AlreadyAssigned(_("%(who)s is on this session already.") % {"who": assignment.label})
    others: dict[str, DomainError] = dict.fromkeys(facts.CREW_IS_FREE, just_taken)
    others |= {f"session_assignments_{kind.value}_once": already for kind in AssignmentKind}
    with facts.saving(assignment, **others):
        assignment.save(update_fields=update_fields)
