"""Telling the engineers of a session, on their pages, what somebody else has done to it."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from sessions_app.models import AssignmentKind, AssignmentStatus, SessionAssignment, StudioSession
from sessions_app.services.letters import Before
from studio.accounts.models import NotificationKind, User
from studio.accounts.services import notifications
from studio.showing import when_exactly

LONGEST_TEXT = 500


def tell_assigned(*, session: StudioSession, engineers: Collection[User], actor: User | None, now: datetime) -> None:
    """Tell engineers that they work on a session."""
    if not engineers:
        return
    sentence = _("You work on %(title)s: %(when)s.") % _named(session)
    _tell(session, sentence, engineers, actor, now)


def tell_taken_off(*, session: StudioSession, engineer: User, actor: User | None, now: datetime) -> None:
    """Tell an engineer that they do not work on a session any more."""
    sentence = _("You do not work on %(title)s any more: %(when)s.") % _named(session)
    _tell(session, sentence, [engineer], actor, now)


def tell_moved(*, session: StudioSession, before: Before, actor: User | None, now: datetime) -> None:
    """Tell a session's engineers when and where it takes place now."""
    facts = {**_named(session), "old": when_exactly(before.starts_at, before.ends_at), "room": session.room or "-"}
    sentence = _("%(title)s has moved from %(old)s to %(when)s, room: %(room)s.") % facts
    _tell(session, sentence, _engineers_of(session), actor, now)


def tell_cancelled(*, session: StudioSession, actor: User | None, now: datetime) -> None:
    """Tell a session's engineers that it does not take place."""
    sentence = _("%(title)s is cancelled: %(when)s.") % _named(session)
    _tell(session, sentence, _engineers_of(session), actor, now)


def _named(session: StudioSession) -> dict[str, object]:
    title = Truncator(session.title).chars(120)
    return {"title": title, "when": when_exactly(session.starts_at, session.ends_at)}


def _engineers_of(session: StudioSession) -> list[User]:
    rows = SessionAssignment.objects.filter(session=session, kind=AssignmentKind.ENGINEER, engineer__isnull=False)
    rows = rows.exclude(status=AssignmentStatus.DECLINED).select_related("engineer").order_by("pk")
    return [row.engineer for row in rows if row.engineer is not None]


def _tell(session: StudioSession, sentence: str, engineers: Iterable[User], actor: User | None, now: datetime) -> None:
    """Leave the sentence for each of them but the one who did it; nobody hears of what is over."""
    if session.ends_at <= now:
        return
    page = reverse("admin:sessions_app_studiosession_change", "studio.urls", args=[session.pk])
    text = Truncator(sentence).chars(LONGEST_TEXT)
    for engineer in engineers:
        if engineer != actor and engineer.is_active:
            notifications.notify(user=engineer, kind=NotificationKind.BOOKING, text=text, link=page)
