"""A session as it is opened out of the grid: who has it, what to know of them, what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from studio.clock import local_day
from studio.office.selectors.profile import current_profile
from training.models import MemberComment, SessionOutcome, TrainingSession
from training.selectors.member_marks import Mark, indicators_of, standings_of
from training.selectors.member_search import FoundMember, found_members

MOST_COMMENTS = 5


@dataclass(frozen=True, slots=True)
class SessionCard:
    """A session with its member.

    found: the member with the plan that runs; None for a guest, or for nobody
    comments: those due on the session's day or later, the next due first
    said: the standing word on how it was
    """

    session: TrainingSession
    found: FoundMember | None
    indicators: Sequence[Mark]
    comments: Sequence[MemberComment]
    said: SessionOutcome | None


def session_card(key: UUID) -> SessionCard | None:
    """Return a session with all that its card shows; None where there is none.

    queries: 8
    """
    rows = TrainingSession.objects.select_related("machine", "member", "trainer", "session_type")
    session = rows.filter(pk=key).first()
    if session is None:
        return None
    said = session.outcomes.standing().order_by("-pk").first()
    if session.member_id is None:
        return SessionCard(session, None, (), (), said)
    profile = current_profile()
    on = local_day(session.scheduled_start, profile.zone)
    standing = standings_of([session.member_id], profile)[session.member_id]
    comments = MemberComment.objects.live(on).filter(member=session.member_id).order_by("due_on", "pk")
    return SessionCard(
        session,
        found_members("", today=on, chosen=session.member_id)[0],
        indicators_of(standing, on, profile),
        list(comments[:MOST_COMMENTS]),
        said,
    )
