"""What projects cost beside sessions and hours, pushed down to the projects in the same transaction."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Sum

from billing.models import Expense
from sessions_app.models import Project


def lock(projects: Iterable[int | None]) -> None:
    """Lock the rows of projects, before those of their expenses.

    projects: their keys; None is none
    """
    list(Project.objects.locked().filter(pk__in={key for key in projects if key is not None}))


def refresh(projects: Iterable[int | None]) -> None:
    """Write down what the expenses of projects come to, without VAT; the caller has saved the expenses.

    projects: their keys; those in another currency than the client's are left out, as sessions and hours are
    """
    keys = {key for key in projects if key is not None}
    for project in Project.objects.locked().select_related("client").filter(pk__in=keys):
        spent = Expense.objects.counted().filter(project=project, currency=project.client.currency)
        project.actual_cost = spent.aggregate(sum=Sum("net_amount"))["sum"] or Decimal(0)
        project.save(update_fields=["actual_cost"])
