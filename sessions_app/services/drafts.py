"""Sessions that are not on the timetable yet: what they are about, whom they need, and their way into a slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sessions_app.models import Client, Equipment, Musician, Project, Room, StudioSession
from sessions_app.selectors import availability
from sessions_app.selectors.answers import Answer, Slot
from sessions_app.selectors.crew import Crew, Member, crew_of_members
from sessions_app.services import assignments, project_links, sessions, slots
from studio.accounts.models import User
from studio.not_sent import NOT_SENT
from studio.office.selectors.profile import current_profile

CREW = ("engineers", "talents", "equipment")


class DraftFacts(TypedDict, total=False):
    """What a new session is about, and whom and what it needs; what is left out is as its column's default."""

    kind: str
    booking_type: str
    location: str
    description: str
    notes: str
    engineers: Sequence[User]
    talents: Sequence[Musician]
    equipment: Sequence[Equipment]


@dataclass(frozen=True, slots=True)
class Draft:
    """A session that is to be put on the timetable, with its crew; nothing of it is saved."""

    session: StudioSession
    crew: Crew


def prepare_draft(*, title: str, client: Client | None, project: Project | None, given: DraftFacts) -> Draft:
    """Return a new session with its facts checked, its project locked, and its crew.

    raises: project_links.UnknownProject, project_links.ProjectOfAnotherClient, facts.BadFacts
    """
    linked = project_links.linkable(project=project, client=client)
    sent = {name: value for name, value in given.items() if name not in CREW and value is not NOT_SENT}
    session = sessions.draft_session(client=client, project=linked, given={"title": title, **sent})
    members: list[Member] = [*given.get("engineers", ()), *given.get("talents", ()), *given.get("equipment", ())]
    return Draft(session, crew_of_members(members))


def ask_for_slot(draft: Draft, *, room: Room | None, starts_at: datetime, ends_at: datetime, now: datetime) -> Answer:
    """Lock what a draft needs, put it into a slot, and return whether it can be had.

    raises: studio.db.TryAgain, by the caller's turn
    """
    slots.lock_rooms(room, now=now, crew=draft.crew)
    answer = availability.check_slot(
        room=room, starts_at=starts_at, ends_at=ends_at, now=now, kind=draft.session.kind, crew=draft.crew
    )
    slots.put_in(draft.session, answer.slot, answer.zone or current_profile().zone)
    return answer


def save_draft(draft: Draft, slot: Slot, *, now: datetime) -> None:
    """Save a draft with its crew in the slot that it was put into; the caller has asked, and writes the trail.

    raises: slots.RoomTaken, linked_clients.MergedAway, facts.BadFacts
    """
    with slots.taking(slot, draft.session, now, crew=draft.crew):
        draft.session.save(force_insert=True)
        assignments.put_crew_on(draft.session, draft.crew)
