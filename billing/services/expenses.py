"""Writing expenses down, with their receipts, and saying that they are paid."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict, Unpack

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from billing.models import Expense, ExpenseStatus, PaymentMethod
from billing.services import cash_moves, project_costs
from sessions_app.models import Equipment, Project
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import TryAgain, taking_turns
from studio.errors import DomainError
from studio.office import contents
from studio.office.selectors.profile import current_currency, current_profile
from studio.office.services import files
from studio.showing import day

RECEIPTS = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})
LABELS = ("project_label", "equipment_label")
RIGHT = "billing.view_expense"
PAID_AHEAD = timedelta(days=366)


class NotAReceipt(DomainError):
    """The file is neither a PDF nor a picture."""

    status_code = 400


class NotOnThatDay(DomainError):
    """Nothing was spent or paid on days to come, nor paid more than a year before its receipt."""

    status_code = 400


class WrongState(DomainError):
    """The expense is paid, or cancelled."""


class ExpenseFacts(TypedDict, total=False):
    """Facts of an expense; what is left out is not changed."""

    category: str
    description: str
    vendor: str
    reference: str
    spent_on: date
    currency: str
    amount: Decimal
    tax_amount: Decimal
    project: Project | None
    equipment: Equipment | None
    is_recurring: bool
    notes: str


@taking_turns()
def add_expense(*, actor: User | None, now: datetime, **given: Unpack[ExpenseFacts]) -> Expense:
    """Write an expense down, and return it; its project costs so much more.

    raises: facts.BadFacts, NotOnThatDay
    """
    expense = Expense(currency=current_currency())
    changes = facts.set_facts(expense, {"description": "", "amount": Decimal(0), **given})
    project_costs.lock([expense.project_id])
    _label(expense, changes)
    with facts.saving(expense):
        expense.save(force_insert=True)
    _require_days(expense, now)
    project_costs.refresh([expense.project_id])
    audit.record(verb="create", subject=expense, actor=actor, now=now, changes=changes)
    return expense


@taking_turns()
def change_expense(*, expense: Expense, actor: User | None, now: datetime, **given: Unpack[ExpenseFacts]) -> Expense:
    """Change facts of an expense, and return it; both projects follow where it goes from one to the other.

    Of one that was paid in cash the till has paid what it costs now.
    raises: WrongState for one that is cancelled, cash_moves.NotInTheTill, facts.BadFacts, NotOnThatDay,
        studio.db.TryAgain
    """
    changed = _locked(expense, given.get("project"))
    if changed.status == ExpenseStatus.CANCELLED:
        raise WrongState(_("This expense is cancelled: it stays as it is."))
    before = changed.project_id
    changes = facts.set_facts(changed, given)
    is_of_the_till = bool(changes) and cash_moves.is_out_of_the_till(changed)
    if is_of_the_till and "currency" in changes:
        raise WrongState(_("Cash of the till went for this expense: its currency stays. Cancel it, and write it anew."))
    if changes:
        _label(changed, changes)
        with facts.saving(changed):
            changed.save(update_fields=[*changes, *LABELS])
            if is_of_the_till:
                cash_moves.follow_expense(expense=changed, actor=actor, now=now)
        _require_days(changed, now)
        project_costs.refresh([before, changed.project_id])
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def attach_receipt(*, expense: Expense, upload: UploadedFile[bytes], actor: User | None, now: datetime) -> Expense:
    """Keep the receipt of an expense, and return it; one that was there before stays among the files.

    raises: NotAReceipt, files.EmptyFile, files.FileTooLarge, quota.StorageFull
    """
    changed = _locked(expense)
    files.insist_on_size(upload.size or 0)
    data = upload.read()
    if contents.content_type_of(data) not in RECEIPTS:  # before anything is kept: bytes outlive a refusal
        raise NotAReceipt(_("A receipt is a PDF or a picture."))
    stored = files.store_file(data=data, name=upload.name or "", right=RIGHT, actor=actor, now=now)
    changes: facts.Changes = {"receipt": (changed.receipt, stored)}
    changed.receipt = stored
    changed.save(update_fields=["receipt"])
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def pay_expense(
    *, expense: Expense, paid_on: date, method: PaymentMethod, actor: User | None, now: datetime
) -> Expense:
    """Say that an expense is paid, and return it; cash leaves the till.

    raises: WrongState, cash_moves.NotInTheTill, facts.BadFacts, NotOnThatDay
    """
    return _become(
        expense,
        ExpenseStatus.PAID,
        frm=ExpenseStatus.PENDING,
        given={"paid_on": paid_on, "payment_method": method.value},
        actor=actor,
        now=now,
    )


@taking_turns()
def cancel_expense(*, expense: Expense, reason: str, actor: User | None, now: datetime) -> Expense:
    """Say that an expense was none, and return it; its project does not cost it any more.

    raises: WrongState, also for one that is paid: say first that it is not
    """
    return _become(
        expense, ExpenseStatus.CANCELLED, frm=ExpenseStatus.PENDING, given={}, actor=actor, now=now, reason=reason
    )


@taking_turns()
def reopen_expense(*, expense: Expense, reason: str, actor: User | None, now: datetime) -> Expense:
    """Say that an expense is to be paid after all, and return it; cash comes back into the till.

    raises: WrongState, facts.BadFacts where its receipt was written down anew meanwhile
    """
    frm = ExpenseStatus.PAID if expense.status == ExpenseStatus.PAID else ExpenseStatus.CANCELLED
    given = {"paid_on": None, "payment_method": ""}
    return _become(expense, ExpenseStatus.PENDING, frm=frm, given=given, actor=actor, now=now, reason=reason)


def _become(
    expense: Expense,
    to: ExpenseStatus,
    *,
    frm: ExpenseStatus,
    given: Mapping[str, object],
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> Expense:
    changed = _locked(expense)
    if changed.status == to:
        raise WrongState(_("This expense is %(status)s already.") % {"status": to.label})
    if changed.status != frm:
        told = _("This expense is %(status)s, so it cannot become: %(to)s.")
        raise WrongState(told % {"status": changed.get_status_display(), "to": to.label})
    changes = facts.set_facts(changed, {"status": to.value, **given})
    if to == ExpenseStatus.PAID:
        _require_days(changed, now)
    with facts.saving(changed):
        changed.save(update_fields=list(changes))
        cash_moves.follow_expense(expense=changed, actor=actor, now=now)
    project_costs.refresh([changed.project_id])
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes, reason=reason)
    return changed


def _require_days(expense: Expense, now: datetime) -> None:
    today, paid_on, spent_on = local_day(now, current_profile().zone), expense.paid_on, expense.spent_on
    if spent_on > today:
        raise NotOnThatDay(_("The day of an expense is that of its receipt: it is not to come."))
    if paid_on and paid_on > today:
        raise NotOnThatDay(_("What is paid was paid by today."))
    if paid_on and spent_on - paid_on > PAID_AHEAD:
        told = _("The receipt is of %(spent_on)s: nobody pays it more than a year before. Look at both days.")
        raise NotOnThatDay(told % {"spent_on": day(spent_on)})


def _locked(expense: Expense, also: Project | None = None) -> Expense:
    """Return an expense's row as it is now, locked after its project, as whoever deletes a project does.

    also: the project that it goes to
    raises: studio.db.TryAgain when it changes its project just now
    """
    keys = set(Expense.objects.filter(pk=expense.pk).values_list("project", flat=True))
    project_costs.lock([*keys, also.pk if also else None])
    locked = Expense.objects.locked().select_related("project", "equipment", "receipt").get(pk=expense.pk)
    if {locked.project_id} != keys:
        raise TryAgain(_("Somebody else is changing this expense right now. Please try again."))
    return locked


def _label(expense: Expense, changes: facts.Changes) -> None:
    """Keep the names of project and equipment, also for when these are deleted."""
    if "project" in changes:
        expense.project_label = expense.project.name if expense.project else ""
    if "equipment" in changes:
        expense.equipment_label = expense.equipment.name if expense.equipment else ""
