"""What is told because its time has come: a session begins soon, a hold expires soon. Each once, however many ask."""

from datetime import datetime, timedelta

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from sessions_app.models import NoticeKind, NoticeOutcome, SessionKind, SessionNotice, SessionStatus, StudioSession
from sessions_app.services import notices
from studio.db import TryAgain, taking_turns
from studio.office.models import AdoptionLink

AHEAD = timedelta(hours=24)  # of a start, or of the end of a hold
MOST_AT_ONCE = 500  # the next run takes the rest
SLOT_TOLD = (NoticeKind.CONFIRMATION, NoticeKind.CHANGE, NoticeKind.REQUEST_APPROVED, NoticeKind.REMINDER)


def _never_heard_of() -> Q:
    """Return the condition that a session was taken over and nothing has been told of it since."""
    adopted = AdoptionLink.objects.filter(
        object_type=StudioSession._meta.label_lower, object_id=Cast(OuterRef("pk"), CharField())
    )
    return Q(Exists(adopted)) & ~Q(Exists(SessionNotice.objects.filter(session=OuterRef("pk"))))


def _with_a_client() -> QuerySet[StudioSession]:
    return StudioSession.objects.filter(Q(client__isnull=False) | Q(request__isnull=False)).exclude(
        Q(kind=SessionKind.BLOCKER) | _never_heard_of()
    )


def sessions_to_remind_of(now: datetime) -> QuerySet[StudioSession]:
    """Return the sessions that begin within 24 hours and whose client was not told of this time since then."""
    mine = SessionNotice.objects.filter(session=OuterRef("pk"), starts_at=OuterRef("starts_at"))
    reminded = Exists(mine.filter(kind=NoticeKind.REMINDER))
    heard = mine.filter(kind__in=SLOT_TOLD, outcome=NoticeOutcome.WRITTEN)
    told_just_now = Exists(heard.filter(told_at__gt=OuterRef("starts_at") - AHEAD))
    soon = _with_a_client().filter(status=SessionStatus.SCHEDULED, starts_at__gt=now, starts_at__lte=now + AHEAD)
    return soon.exclude(reminded | told_just_now)


def holds_to_warn_of(now: datetime) -> QuerySet[StudioSession]:
    """Return the first holds that expire within 24 hours and whose client was not told of them since then."""
    told = SessionNotice.objects.filter(session=OuterRef("pk"), told_at__gt=OuterRef("hold_expires_at") - AHEAD)
    soon = _with_a_client().filter(
        status=SessionStatus.HOLD, hold_rank=1, hold_expires_at__gt=now, hold_expires_at__lte=now + AHEAD
    )
    return soon.exclude(Exists(told))


def remind_of_sessions(*, now: datetime) -> int:
    """Remind the clients of the sessions of the next 24 hours, each once, and return of how many."""
    due = sessions_to_remind_of(now).order_by("starts_at", "pk").values_list("pk", flat=True)
    return sum(_tell_when_due(key, NoticeKind.REMINDER, now) for key in list(due[:MOST_AT_ONCE]))


def warn_of_expiring_holds(*, now: datetime) -> int:
    """Tell the clients whose holds expire within 24 hours, each once, and return how many."""
    due = holds_to_warn_of(now).order_by("hold_expires_at", "pk").values_list("pk", flat=True)
    return sum(_tell_when_due(key, NoticeKind.HOLD_EXPIRING, now) for key in list(due[:MOST_AT_ONCE]))


def _tell_when_due(key: int, kind: NoticeKind, now: datetime) -> bool:
    try:
        return _tell_locked(key, kind, now)
    except TryAgain:  # somebody is at the session: the next run sees how it ended
        return False


@taking_turns()
def _tell_locked(key: int, kind: NoticeKind, now: datetime) -> bool:
    """Tell of a session if it is still due once nobody else can change it: a move or an end meanwhile is seen."""
    StudioSession.objects.locked().get(pk=key)
    due = sessions_to_remind_of(now) if kind == NoticeKind.REMINDER else holds_to_warn_of(now)
    session = due.filter(pk=key).select_related("client", "room", "request").first()
    if session is None:
        return False
    about = session.starts_at if kind == NoticeKind.REMINDER else session.hold_expires_at
    notices.tell_of(sessions=[session], kind=kind, occasion=about.isoformat() if about else "", now=now)
    return True
