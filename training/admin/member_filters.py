"""The filters of the list of members."""

from abc import ABC, abstractmethod
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training.models import Member
from training.selectors.member_list import has_current_plan, has_session_to_come


class YesNoFilter(ABC, SimpleListFilter):
    """A question with two answers."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return both answers."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        """Keep the members of whom the answer is true."""
        if self.value() not in {"yes", "no"}:
            return queryset
        question = self.question()
        return queryset.filter(question if self.value() == "yes" else ~question)

    @abstractmethod
    def question(self) -> Any:
        """Return what is asked of each member."""


class ToComeFilter(YesNoFilter):
    """By whether a session is booked."""

    title = _("session to come")
    parameter_name = "to_come"

    def question(self) -> Any:
        """Ask for a session that is still to begin."""
        return has_session_to_come(timezone.now())


class PlanFilter(YesNoFilter):
    """By whether a plan runs."""

    title = _("active plan")
    parameter_name = "plan"

    def question(self) -> Any:
        """Ask for a plan that has begun and not ended."""
        return has_current_plan()


class OwesFilter(YesNoFilter):
    """By whether money is owed to the studio."""

    title = _("owes money")
    parameter_name = "owes"

    def question(self) -> Any:
        """Ask for a balance; below zero the studio owes it."""
        return Q(client__balance_due__gt=0)
