"""What an outage has displaced and could come back, once its time on the machine is free again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from sessions_app.selectors.crew import Engagement, crew_of_members, engagements_here
from studio.showing import when
from training.models import (
    Attendee,
    MachineOutage,
    OutageCase,
    OutageDecision,
    TrainingSession,
    TrainingStatus,
)
from training.models.outage_case import OutageCaseQuerySet
from training.selectors.answers import Slot, Wish, wish_of
from training.selectors.availability import House, load_house, reasons_against

WENT = {OutageDecision.MOVED: TrainingStatus.SCHEDULED, OutageDecision.SETTLED: TrainingStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class Returnable:
    """A session that an outage has displaced and that could stand where it stood.

    slot: where it stood
    why_not: what is in its way there by now, as a sentence; empty where the slot is free
    doubt: what has happened since, as a sentence: it is nobody's wish that it comes back along with all the others
    """

    case: OutageCase
    session: TrainingSession
    slot: Slot
    why_not: str
    doubt: str

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled, so that it is booked anew."""
        return self.case.decision == OutageDecision.SETTLED

    @property
    def goes_along(self) -> bool:
        """Whether it comes back with all the others."""
        return not self.why_not and not self.doubt


def cases_to_return(outage: MachineOutage, now: datetime) -> OutageCaseQuerySet:
    """Return what an outage has moved or cancelled and whose time to come it leaves free by now.

    Of a session that was displaced twice only the last time counts. Who stands there again, or went on from where the
    outage had put them to another end, is not among them.
    """
    last = OutageCase.objects.filter(outage=outage, takes_back__isnull=True, taken_back_by__isnull=True)
    keys = last.filter(session__isnull=False).values("session").annotate(last=Max("pk")).values("last")
    went = [Q(decision=decision, session__status=status) for decision, status in WENT.items()]
    found = OutageCase.objects.filter(went[0] | went[1], pk__in=keys, was_starts_at__gt=now)
    if outage.called_off_at is None:
        found = found.filter(was_starts_at__gte=outage.ends_at)
    return found


def returnables(outage: MachineOutage, now: datetime) -> Sequence[Returnable]:
    """Return what could come back, by where it stood.

    queries: 7 at most, however many sessions
    """
    rows = cases_to_return(outage, now).select_related(
        "session__machine", "session__member", "session__session_type", "session__trainer__user"
    )
    pairs = [(case, case.session) for case in rows.order_by("was_starts_at", "pk") if case.session]
    pairs = [(case, each) for case, each in pairs if not _is_there(case, each, outage)]
    if not pairs:
        return ()
    house = load_house(now, pairs[0][0].was_starts_at)
    start, end = pairs[0][0].was_starts_at, max(case.was_ends_at for case, _session in pairs)
    around = TrainingSession.objects.occupying().touching(start, end)
    others = list(around.select_related("machine", "member", "session_type", "outage"))
    engaged = _engaged([session for _case, session in pairs], start, end, now)
    since = _booked_since(pairs, now)
    return [
        Returnable(
            case,
            session,
            Slot(outage.machine, case.was_starts_at, case.was_ends_at),
            " ".join(_against(wish_back(case, session, outage), house, others, engaged)),
            _doubt(case, session, since, house),
        )
        for case, session in pairs
    ]


def wish_back(case: OutageCase, session: TrainingSession, outage: MachineOutage) -> Wish:
    """Return the wish that a session stands where it stood; one that was cancelled is a new one there."""
    there = replace(wish_of(session), machine=outage.machine, starts_at=case.was_starts_at, ends_at=case.was_ends_at)
    return replace(there, moving=None) if case.decision == OutageDecision.SETTLED else there


def _is_there(case: OutageCase, session: TrainingSession, outage: MachineOutage) -> bool:
    """Return whether somebody has put a session back by hand."""
    is_moved = case.decision == OutageDecision.MOVED
    return is_moved and (session.machine_id, session.scheduled_start) == (outage.machine_id, case.was_starts_at)


def _against(
    wish: Wish,
    house: House,
    others: Iterable[TrainingSession],
    engaged: Mapping[object, Sequence[Engagement]],
) -> Iterator[str]:
    """Yield what is against a wish; the week's limit is asked when it is done."""
    is_new, attendee = wish.moving is None, wish.session_type.attendee
    if is_new and wish.member is None and attendee not in {Attendee.GUEST, Attendee.NOBODY}:
        yield _("Nobody is named, so there is nobody to book it for.")
    own = wish.moving.pk if wish.moving else None
    met = [each for each in others if each.pk != own]
    away = engaged.get(wish.trainer.user_id, ()) if wish.trainer else ()
    yield from (reason.sentence for reason in reasons_against(wish, house, met, away))


def _engaged(
    sessions: Iterable[TrainingSession], start: datetime, end: datetime, now: datetime
) -> dict[object, list[Engagement]]:
    """Return what keeps the trainers elsewhere in the house, by their accounts."""
    users = [each.trainer.user for each in sessions if each.trainer and each.trainer.user]
    found: dict[object, list[Engagement]] = {}
    for away in engagements_here(crew_of_members(users), start, end, now) if users else ():
        found.setdefault(away.member.pk, []).append(away)
    return found


def _booked_since(
    pairs: Sequence[tuple[OutageCase, TrainingSession]], now: datetime
) -> dict[UUID | None, list[TrainingSession]]:
    """Return what the members of cancelled sessions have booked since the first of them, by member and start."""
    cancelled = [(case, each) for case, each in pairs if case.decision == OutageDecision.SETTLED and each.member_id]
    found: dict[UUID | None, list[TrainingSession]] = {}
    if cancelled:
        rows = TrainingSession.objects.upcoming(now).filter(
            member__in={each.member_id for _case, each in cancelled},
            created_at__gt=min(case.created_at for case, _session in cancelled),
        )
        for row in rows.exclude(outage_cases__decision=OutageDecision.RETURNED).order_by("scheduled_start", "pk"):
            found.setdefault(row.member_id, []).append(row)
    return found


def _doubt(
    case: OutageCase,
    session: TrainingSession,
    since: Mapping[UUID | None, Sequence[TrainingSession]],
    house: House,
) -> str:
    """Return what has happened to a session, or to its member, that the outage did not do."""
    if case.decision == OutageDecision.MOVED:
        return "" if session.scheduled_start == case.moved_to_at else _("It has moved again since then.")
    for other in since.get(session.member_id, ()) if session.member_id else ():
        if other.created_at > case.created_at:
            times = when(other.scheduled_start, other.scheduled_end, house.zone)
            return _("Has another session since then: %(when)s.") % {"when": times}
    return ""
