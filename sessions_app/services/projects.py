"""Starting, changing, archiving and deleting projects."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from sessions_app.models import Client, Project, ProjectStatus, StudioSession, TimeEntry
from sessions_app.services import facts, linked_clients, track_files
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError


class TracksNotConfirmed(DomainError):
    """Tracks go with their project only where somebody has seen which."""

    def __init__(self, titles: Sequence[str]) -> None:
        if not titles:
            super().__init__(_("The tracks you saw are gone by now. Please look again."))
            return
        sentence = _("These tracks would go as well: %(tracks)s. Please confirm that.")
        super().__init__(sentence % {"tracks": ", ".join(titles)})


class ProjectFacts(TypedDict, total=False):
    """Facts of a project; what is left out is not changed."""

    name: str
    kind: str
    artist_name: str
    description: str
    genre: str
    label: str
    catalogue_number: str
    included_revisions: int
    starts_on: date | None
    due_on: date | None
    delivered_on: date | None
    notes: str
    technical_notes: str
    budget: Decimal | None


@taking_turns()
def create_project(*, client: Client, actor: User | None, now: datetime, **given: Unpack[ProjectFacts]) -> Project:
    """Start a project for a client and return it.

    raises: facts.BadFacts, linked_clients.MergedAway
    """
    project = Project(client=client)
    facts.set_facts(project, {"name": "", **given})
    with facts.saving(project):
        project.save(force_insert=True)
    linked_clients.require_unmerged(client)
    changes = {"name": (None, project.name), "client": (None, client)}
    audit.record(verb="create", subject=project, actor=actor, now=now, changes=changes)
    return project


@taking_turns()
def change_project(*, project: Project, actor: User | None, now: datetime, **given: Unpack[ProjectFacts]) -> Project:
    """Change the facts given and return the project; a new name reaches its sessions' labels.

    raises: facts.BadFacts
    """
    changed = Project.objects.locked().get(pk=project.pk)
    if "name" in facts.change_facts(row=changed, given=given, actor=actor, now=now):
        StudioSession.objects.filter(project=changed).update(project_label=changed.name)
        TimeEntry.objects.filter(project=changed).update(target_label=changed.name)
    return changed


@taking_turns()
def set_project_status(*, project: Project, status: str, actor: User | None, now: datetime) -> Project:
    """Say how far a project has come and return it; every status may follow every other.

    raises: facts.BadFacts
    """
    changed = Project.objects.locked().get(pk=project.pk)
    facts.change_facts(row=changed, given={"status": status}, actor=actor, now=now)
    return changed


def archive_project(*, project: Project, actor: User | None, now: datetime) -> Project:
    """Put a project away and return it; its sessions, times and documents stay listed under it."""
    return set_project_status(project=project, status=ProjectStatus.ARCHIVED, actor=actor, now=now)


@taking_turns()
def delete_project(
    *, project: Project, actor: User | None, now: datetime, tracks: Collection[int] = frozenset()
) -> int:
    """Delete a project with its tracks and return how many sessions it leaves behind.

    tracks: the keys of its tracks, as somebody saw and confirmed them
    The sessions keep everything, its name as a label too; the database empties the link.
    raises: TracksNotConfirmed
    """
    gone = Project.objects.locked().get(pk=project.pk)
    parts = list(gone.tracks.locked())
    if {track.pk for track in parts} != set(tracks):
        raise TracksNotConfirmed([str(track) for track in parts])
    sessions = list(StudioSession.objects.filter(project=gone).order_by("pk"))
    changes = {"name": (gone.name, None), "client": (gone.client_id, None), "sessions": (len(sessions), None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    audit.record_each(
        verb="change",
        subjects=sessions,
        actor=actor,
        now=now,
        changes={"project": (gone, None)},
        reason=_("The project was deleted."),
    )
    changes = {"project": (gone, None)}
    audit.record_each(verb="delete", subjects=parts, actor=actor, now=now, changes=changes)
    track_files.discard_tracks(tracks=parts, now=now)
    gone.delete()
    return len(sessions)
