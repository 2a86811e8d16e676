"""Whose hours somebody sees: a manager everybody's, an engineer their own."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from sessions_app.admin.served import actor_of, sees_every_row
from sessions_app.models import Project, StudioSession, TimeEntry, Track
from sessions_app.selectors.time_sheets import shown
from studio.accounts.models import User

SEE_TIME, KEEP_TIME, TAKE_TIME = (f"sessions_app.{verb}_timeentry" for verb in ("view", "add", "export"))
KINDS: dict[str, type[StudioSession | Project | Track]] = {
    "session": StudioSession,
    "project": Project,
    "track": Track,
}


def sees_everybody(request: HttpRequest) -> bool:
    """Return whether the person may see and keep everybody's hours."""
    return sees_every_row(request, "sessions_app.timeentry")


def visible_entries(request: HttpRequest) -> QuerySet[TimeEntry]:
    """Return the entries that the person may see, with what a list shows beside them."""
    return shown() if sees_everybody(request) else shown().filter(person=actor_of(request))


def people(request: HttpRequest) -> QuerySet[User]:
    """Return whose hours the person may keep."""
    everybody = User.objects.filter(is_active=True).order_by("name", "email", "pk")
    return everybody if sees_everybody(request) else everybody.filter(pk=actor_of(request).pk)


def visible_target(request: HttpRequest, kind: str, key: int) -> Any:
    """Return what hours are for, where the person may see it.

    kind: one of `KINDS`
    """
    model = KINDS.get(kind)
    if model is None:
        raise Http404
    if not request.user.has_perm(f"sessions_app.view_{model._meta.model_name}"):
        raise PermissionDenied
    found = model.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def kind_of_target(target: Model) -> str:
    """Return what a target is called in addresses."""
    return next(kind for kind, model in KINDS.items() if isinstance(target, model))
