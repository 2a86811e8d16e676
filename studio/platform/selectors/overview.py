"""The operators' first page: how many studios there are, and which need somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from studio.tenancy.history import history
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.selectors import readiness
from studio.tenancy.selectors.capsules import without_backup

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Attention:
    """A studio that needs a look, and why, in the order of urgency."""

    studio: Studio
    reasons: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of studios, and those that need a look, the first twenty by name.

    counts: status, its label and the number, in the order of a studio's life
    unchecked: how many are set up and no check has compared with the migrations yet
    """

    counts: Sequence[tuple[str, Any, int]]
    attention: Sequence[Attention]
    unchecked: int


def overview(now: datetime) -> Overview:
    """Return the state of all studios.

    queries: 3
    """
    found = Studio.objects.order_by().values_list("status").annotate(Count("pk"), Count("schema_report"))
    by_status = {status: (count, checked) for status, count, checked in found}
    current = history().leaf_version()
    behind = {schema for schema, version in readiness.schema_versions().items() if version != current}
    return Overview(
        counts=[(status.value, status.label, by_status.get(status, (0, 0))[0]) for status in StudioStatus],
        attention=[Attention(studio, _reasons(studio, behind)) for studio in _in_need(behind, now)],
        unchecked=sum(
            count - checked for status, (count, checked) in by_status.items() if status != StudioStatus.PROVISIONING
        ),
    )


def _in_need(behind: set[str], now: datetime) -> QuerySet[Any]:
    drifted = Q(schema_report__isnull=False) & ~Q(schema_report__findings=[])
    set_up = ~Q(status=StudioStatus.PROVISIONING)
    found = Studio.objects.annotate(lacks_backup=ExpressionWrapper(set_up & without_backup(now), BooleanField()))
    in_need = ~Q(provisioning_error="") | Q(schema_name__in=behind) | drifted | Q(lacks_backup=True)
    return found.filter(in_need).select_related("schema_report").order_by("name", "pk")[:MOST_NAMED]


def _reasons(studio: Any, behind: set[str]) -> list[Any]:
    report = getattr(studio, "schema_report", None)
    found = (
        (_("could not be set up"), bool(studio.provisioning_error)),
        (_("is not at this program's migrations"), studio.schema_name in behind),
        (_("differs from what the migrations make"), bool(report and report.findings)),
        (_("has no backup younger than a day"), studio.lacks_backup),
    )
    return [reason for reason, is_so in found if is_so]
