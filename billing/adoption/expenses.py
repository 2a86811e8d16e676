"""Former expenses, with where their receipts are."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.adoption.reading import currency_of, method_of, sum_in
from billing.models import Expense, ExpenseCategory, ExpenseStatus
from billing.services import project_costs
from sessions_app.models import Equipment, Project
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

CATEGORIES = {kind.value: kind.value for kind in ExpenseCategory}
STATUSES = {status.value: status.value for status in ExpenseStatus}
LONGEST_TEXT = 500


def adopt_expense(row: FormerRow, run: Run) -> Expense:
    """Return the expense that a row of `expenses` becomes; its project costs so much more."""
    spent_on = row.day("expense_date")
    if spent_on is None:
        raise SetAside(_("It has no date."))
    status = row.choice("status", STATUSES, default=ExpenseStatus.PENDING)
    is_paid = status == ExpenseStatus.PAID
    project_key = run.linked(row, "project_id", "projects")
    project = Project.objects.get(pk=project_key) if project_key else None
    equipment_key = run.linked(row, "equipment_id", "equipment")
    equipment = Equipment.objects.get(pk=equipment_key) if equipment_key else None
    expense = Expense.objects.create(
        category=_category(row),
        description=row.text("description", longest=LONGEST_TEXT) or _("Without a description"),
        vendor=row.text("vendor", longest=255),
        reference=row.text("reference_number", longest=100),
        spent_on=spent_on,
        currency=currency_of(row, run.currency),
        amount=sum_in(row, "amount"),
        tax_amount=row.amount("tax_amount") or Decimal(0),
        project=project,
        project_label=project.name if project else "",
        equipment=equipment,
        equipment_label=str(equipment)[:255] if equipment else "",
        is_recurring=row.flag("is_recurring", default=False),
        status=status,
        paid_on=_paid_on(row, spent_on) if is_paid else None,
        payment_method=method_of(row) if is_paid else "",
        former_receipt=row.text("receipt_url", longest=LONGEST_TEXT),
        notes=row.raw_text("notes"),
    )
    project_costs.refresh([expense.project_id])
    return expense


def _paid_on(row: FormerRow, spent_on: date) -> date:
    paid_on = row.day("paid_at")
    if paid_on is None:
        row.notes.append(_("It was paid; on which day is not known, its own is taken."))
    return paid_on or spent_on


def _category(row: FormerRow) -> str:
    """Return the category; a word of somebody's own becomes "other" and is kept besides."""
    word = row.text("category").lower()
    if word and word not in CATEGORIES:
        row.keep("category", _('"%(value)s" is no category here; taken as other.') % {"value": word[:80]})
    return CATEGORIES.get(word, ExpenseCategory.OTHER.value)
