"""Linking sessions and tracks to projects: the project is there, and is of the same client."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from sessions_app.models import Client, Project
from studio.db import refusing
from studio.errors import DomainError


class UnknownProject(DomainError):
    """The project is not one of this studio's, or is gone."""

    status_code = 400


class ProjectOfAnotherClient(DomainError):
    """A session and its project have different clients."""

    status_code = 400


def locked_project(project: Project) -> Project:
    """Return the row of a project, locked until the transaction ends.

    A project loaded in another studio may have a key that exists here too, but not the same birth.
    raises: UnknownProject
    """
    found = Project.objects.locked().filter(pk=project.pk).first()
    if found is None or found.created_at != project.created_at:
        raise UnknownProject(_("This project does not exist."))
    return found


def require_same_client(*, project: Project | None, client: Client | None) -> None:
    """Pass unless a project and a client are both given and do not belong together.

    raises: ProjectOfAnotherClient
    """
    if project is not None and client is not None and project.client_id != client.pk:
        raise ProjectOfAnotherClient(_("This project belongs to another client."))


def linkable(*, project: Project | None, client: Client | None) -> Project | None:
    """Return the project, locked, for a session of that client.

    raises: UnknownProject, ProjectOfAnotherClient
    """
    if project is None:
        return None
    found = locked_project(project)
    require_same_client(project=found, client=client)
    return found


@contextmanager
def linking() -> Iterator[None]:
    """Run the block that writes a session's project or client.

    raises: ProjectOfAnotherClient
    """
    with refusing(sessions_project_of_client=ProjectOfAnotherClient(_("This project belongs to another client."))):
        yield
