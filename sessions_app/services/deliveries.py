"""Handing a project over to its client."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from sessions_app.models import Project, ProjectStatus
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError


class AlreadyDelivered(DomainError):
    """The project is delivered, or put away."""


class DeliveredTooSoon(DomainError):
    """A project is delivered today, or was before."""

    status_code = 400


@taking_turns()
def deliver_project(*, project: Project, delivered_on: date, today: date, actor: User | None, now: datetime) -> Project:
    """Say that a project is with its client since a day, and return it.

    today: on the studio's calendar
    raises: AlreadyDelivered, DeliveredTooSoon
    """
    delivered = Project.objects.locked().get(pk=project.pk)
    if delivered.status in {ProjectStatus.DELIVERED, ProjectStatus.ARCHIVED}:
        raise AlreadyDelivered(_("This project is %(status)s.") % {"status": delivered.get_status_display()})
    if delivered_on > today:
        raise DeliveredTooSoon(_("A project cannot be delivered before the day comes."))
    changes = facts.set_facts(delivered, {"status": ProjectStatus.DELIVERED, "delivered_on": delivered_on})
    with facts.saving(delivered):
        delivered.save(update_fields=["status", "delivered_on"])
    audit.record(verb="deliver", subject=delivered, actor=actor, now=now, changes=changes)
    return delivered
