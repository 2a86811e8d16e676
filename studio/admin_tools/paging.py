"""Counting no further than anybody pages."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

MOST = 10_000


class CappedPaginator(Paginator[Any]):
    """Counts to 10,001 and stops: a list of a million rows opens as fast as a short one."""

    @cached_property
    def count(self) -> int:
        """The number of rows, or 10,000 when there are more."""
        return min(self.counted, MOST)

    @cached_property
    def counted(self) -> int:
        """The number of rows, or 10,001 when there are more."""
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than the last page shows."""
        return self.counted > MOST


class CappedChangeList(ChangeList):
    """A changelist that says that there are more than 10,000 rows instead of counting on."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch one page."""
        super().get_results(request)
        self.is_capped = self.paginator.is_capped
        # The theme compares the two, to tell a filtered list from a whole one; the whole one is not counted.
        self.full_result_count = self.result_count
