"""The operators' first page: how many studios there are, and which need somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from studio.tenancy.history import history
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.selectors import readiness

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of studios, and the studios that need a look, the first ten of each kind by name.

    counts: label of the status and number, in the order of a studio's life
    """

    counts: Sequence[tuple[Any, int]]
    failed: Sequence[Studio]
    drifted: Sequence[Studio]
    behind: Sequence[Studio]

    @property
    def is_calm(self) -> bool:
        """Whether nothing needs a look."""
        return not (self.failed or self.drifted or self.behind)


def overview() -> Overview:
    """Return the state of all studios.

    queries: 5
    """
    by_status = dict(Studio.objects.order_by().values_list("status").annotate(Count("pk")))
    rows = Studio.objects.order_by("name", "pk")
    current = history().leaf_version()
    behind = [schema for schema, version in readiness.schema_versions().items() if version != current]
    return Overview(
        counts=[(StudioStatus(value).label, by_status.get(value, 0)) for value in StudioStatus.values],
        failed=list(rows.filter(status=StudioStatus.PROVISIONING).exclude(provisioning_error="")[:MOST_NAMED]),
        drifted=list(rows.filter(schema_report__isnull=False).exclude(schema_report__findings=[])[:MOST_NAMED]),
        behind=list(rows.filter(schema_name__in=behind)[:MOST_NAMED]),
    )
