"""The filters of the list of training sessions."""

from typing import Any, cast

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.admin.filters import PeriodFilter
from training.models import Member, SessionOutcome, TrainingSession
from training.models.training_session import TrainingSessionQuerySet


class BeginsFilter(PeriodFilter):
    """By when a training session begins."""

    column = "scheduled_start"


class UncoveredFilter(SimpleListFilter):
    """What no plan pays for."""

    title = _("no plan pays")
    parameter_name = "uncovered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the questions."""
        return [("coming", _("to come, without a credit")), ("over", _("over, to bill"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is still to come without a credit, or what was said to be billed."""
        if self.value() == "coming":
            return cast("TrainingSessionQuerySet", queryset).uncovered().upcoming(timezone.now())
        if self.value() == "over":
            return queryset.filter(Exists(SessionOutcome.objects.to_bill().filter(session=OuterRef("pk"))))
        return queryset


def told_of_uncovered(member: Member) -> list[SafeString]:
    """Return how many sessions of a member are to come that no plan pays for, and the way to them; [] for none."""
    count = TrainingSession.objects.filter(member=member).uncovered().upcoming(timezone.now()).count()
    if not count:
        return []
    told = ngettext(
        "%(count)d session to come is paid by no plan.", "%(count)d sessions to come are paid by no plan.", count
    )
    return [with_way(told % {"count": count}, member, uncovered="coming")]


def with_way(told: str, member: Member, **asked: str) -> SafeString:
    """Return a sentence about sessions of a member, with the way to them.

    asked: filters of the list
    """
    query = urlencode({**asked, "member__id__exact": str(member.pk)})
    link = f"{reverse('admin:training_trainingsession_changelist')}?{query}"
    return format_html('{} <a class="panel-link" href="{}">{}</a>', told, link, _("Show them"))
