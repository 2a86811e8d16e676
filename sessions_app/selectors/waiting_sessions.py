"""What waits for somebody: the questions that the first page counts and the list of sessions filters by."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models import AssignmentKind, BookingType, SessionAssignment, SessionKind, SessionStatus


class Waits(models.TextChoices):
    """What a session waits for, in the order in which the list asks."""

    REQUESTS = "requests", _("A request to answer")
    HOLDS = "holds", _("On hold")
    TO_COMPLETE = "to_complete", _("Over, to complete")
    NO_ENGINEER = "no_engineer", _("To come, without an engineer")
    NO_PROJECT = "no_project", _("To come, without a project")
    TO_SETTLE = "to_settle", _("Overlaps another")


def waits_for(what: Waits, now: datetime) -> Q:
    """Return the question whether a session waits for something."""
    coming, agreed = Q(ends_at__gt=now), Q(status=SessionStatus.SCHEDULED)
    unexpired = Q(hold_expires_at__gt=now)
    questions = {
        Waits.REQUESTS: unexpired & Q(status=SessionStatus.REQUESTED),
        Waits.HOLDS: unexpired & Q(status=SessionStatus.HOLD),
        Waits.TO_COMPLETE: ~coming & Q(status__in=[SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS]),
        Waits.NO_ENGINEER: coming & agreed & _needs_an_engineer(),
        Waits.NO_PROJECT: coming & agreed & Q(project__isnull=True),
        Waits.TO_SETTLE: Q(overlap_kept=True),
    }
    return questions[what]


def _needs_an_engineer() -> Q:
    """Return the question whether nobody is to work at a session where somebody should."""
    engineers = SessionAssignment.objects.taking().filter(session=OuterRef("pk"), kind=AssignmentKind.ENGINEER)
    unattended = Q(booking_type=BookingType.DRY_HIRE) | Q(kind__in=[SessionKind.BLOCKER, SessionKind.VISIT])
    return ~unattended & ~Q(Exists(engineers))
