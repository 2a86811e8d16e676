"""Adding, changing, ordering and deleting the tracks of a project."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db.models import Case, Max, Value, When
from django.utils.translation import gettext as _
from stdnum import isrc as isrc_numbers
from stdnum.exceptions import ValidationError

from sessions_app.models import Project, StudioSession, TimeEntry, Track
from sessions_app.services import facts, project_links, track_files
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError


class BadIsrc(DomainError):
    """It is no International Standard Recording Code."""

    status_code = 400


class SessionOfAnotherProject(DomainError):
    """A track is recorded in a session of its own project, or of none."""

    status_code = 400


class OrderOutOfDate(DomainError):
    """The order names other tracks than the project has by now."""


class TrackFacts(TypedDict, total=False):
    """Facts of a track; what is left out is not changed."""

    title: str
    session: StudioSession | None
    status: str
    duration: int | None
    isrc: str
    bpm: Decimal | None
    key: str
    language: str
    is_explicit: bool
    lyrics: str
    technical_sheet: dict[str, str]
    notes: str


def clean_isrc(text: str) -> str:
    """Return an ISRC as it is stored: twelve capital letters and digits; nothing stays nothing.

    raises: BadIsrc
    """
    if not text.strip():
        return ""
    try:
        return str(isrc_numbers.validate(text))
    except ValidationError as exc:
        sentence = _('"%(text)s" is no ISRC. One looks like FR-Z03-26-00001.')
        raise BadIsrc(sentence % {"text": text[:40]}) from exc


@taking_turns()
def add_track(
    *, project: Project, actor: User | None, now: datetime, number: int | None = None, **given: Unpack[TrackFacts]
) -> Track:
    """Add a track to a project and return it.

    number: None is the next one
    raises: project_links.UnknownProject, BadIsrc, SessionOfAnotherProject, facts.BadFacts
    """
    whole = project_links.locked_project(project)
    if number is None:
        number = (whole.tracks.aggregate(last=Max("number"))["last"] or 0) + 1
    track = Track(project=whole)
    facts.set_facts(track, {"title": "", **_checked(whole, given), "number": number})
    with facts.saving(track):
        track.save(force_insert=True)
    changes = {"project": (None, whole), "number": (None, number), "title": (None, track.title)}
    audit.record(verb="create", subject=track, actor=actor, now=now, changes=changes)
    return track


@taking_turns()
def change_track(*, track: Track, actor: User | None, now: datetime, **given: Unpack[TrackFacts]) -> Track:
    """Change the facts given and return the track; its number is changed by `reorder_tracks`.

    raises: BadIsrc, SessionOfAnotherProject, facts.BadFacts
    """
    checked = _checked(track.project, given)  # locks the session, which comes before its tracks
    changed = Track.objects.locked().get(pk=track.pk)
    if "title" in facts.change_facts(row=changed, given=checked, actor=actor, now=now):
        TimeEntry.objects.filter(track=changed).update(target_label=changed.title)
    return changed


@taking_turns()
def reorder_tracks(*, project: Project, order: Sequence[int], actor: User | None, now: datetime) -> None:
    """Give the tracks of a project the numbers from 1, in the order of the keys given.

    order: the keys of all its tracks, each once
    One statement writes all numbers, so that none is taken twice on the way.
    raises: project_links.UnknownProject, OrderOutOfDate
    """
    whole = project_links.locked_project(project)
    before = {track.pk: track for track in whole.tracks.locked()}
    if len(order) != len(before) or set(order) != before.keys():
        raise OrderOutOfDate(_("The tracks of this project have changed meanwhile. Please look at them again."))
    moved = {pk: number for number, pk in enumerate(order, 1) if before[pk].number != number}
    if not moved:
        return
    numbers = Case(*[When(pk=pk, then=Value(number)) for pk, number in moved.items()])
    with facts.saving(before[order[0]]):
        Track.objects.filter(pk__in=moved).update(number=numbers, updated_at=now)
    for pk, number in moved.items():
        changes = {"number": (before[pk].number, number)}
        audit.record(verb="move", subject=before[pk], actor=actor, now=now, changes=changes)


@taking_turns()
def delete_track(*, track: Track, actor: User | None, now: datetime) -> None:
    """Delete a track with its versions, comments, credits and links; its audio goes once this is committed.

    The numbers of the others stay: they may be printed somewhere already.
    """
    gone = Track.objects.locked().get(pk=track.pk)
    changes = {"title": (gone.title, None), "project": (gone.project_id, None), "isrc": (gone.isrc, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    track_files.discard_tracks(tracks=[gone], now=now)


def _checked(project: Project, given: TrackFacts) -> dict[str, object]:
    """Return the facts as they are stored: the ISRC in one form, beside the session its title."""
    checked: dict[str, object] = dict(given)
    if "isrc" in given:
        checked["isrc"] = clean_isrc(given["isrc"])
    if "session" in given:
        session = given["session"] and StudioSession.objects.locked().get(pk=given["session"].pk)
        if session is not None and session.project_id not in {None, project.pk}:
            raise SessionOfAnotherProject(_("This session belongs to another project."))
        checked |= {"session": session, "session_label": session.title if session else ""}
    return checked
