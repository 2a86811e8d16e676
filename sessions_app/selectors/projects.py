"""A project and what was done for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from sessions_app.models import Project, SessionStatus, StudioSession
from sessions_app.selectors.crew import sessions_of_engineer
from studio.accounts.models import User


@dataclass(frozen=True, slots=True)
class ProjectOverview:
    """A project with its sessions, and how long they were or will be.

    sessions: all of them, cancelled ones too, by start
    worked: real times of the completed ones
    planned: booked times of those still to come
    """

    project: Project
    sessions: tuple[StudioSession, ...]
    worked: timedelta
    planned: timedelta


def sessions_of_project(project: Project) -> QuerySet[StudioSession]:
    """Return all sessions of a project, by start, with room and client.

    queries: 1
    """
    return (
        StudioSession.objects.filter(project=project)
        .select_related("room", "client", "project")
        .order_by("starts_at", "pk")
    )


def project_overview(project: Project, *, now: datetime, of_engineer: User | None = None) -> ProjectOverview:
    """Return a project with its sessions and hours; an archived one reads the same.

    of_engineer: only the sessions that they work on; None is all
    queries: 1
    """
    found = sessions_of_project(project)
    if of_engineer is not None:
        found = found.filter(pk__in=sessions_of_engineer(of_engineer))
    sessions = tuple(found)
    worked = planned = timedelta()
    for session in sessions:
        if session.status == SessionStatus.COMPLETED:
            worked += (session.actual_end or session.ends_at) - (session.actual_start or session.starts_at)
        elif session.takes_its_slot and session.ends_at > now:
            planned += session.ends_at - session.starts_at
    return ProjectOverview(project, sessions, worked, planned)
