"""Taking deposit invoices off the final one."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceDeduction, InvoiceKind, InvoiceStatus
from billing.selectors import left
from billing.services import drafts, settling, sums
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError


class NotADeposit(DomainError):
    """Only issued deposit invoices of the same client and currency are taken off."""

    status_code = 400


class NothingLeft(DomainError):
    """Nothing is left of the deposit: it is credited, or another invoice takes it off."""


@taking_turns()
def deduct_deposits(*, invoice: Invoice, deposits: Sequence[Invoice], actor: User | None, now: datetime) -> Invoice:
    """Take what is left of deposit invoices off a draft, rate by rate, and return it.

    deposits: all that the draft takes off from now on; none: it takes off nothing any more
    raises: drafts.NotADraft, NotADeposit, NothingLeft, studio.db.TryAgain
    """
    settling.lock_client_of(invoice)
    draft = drafts.locked_draft(invoice)
    before = draft.deducted_total
    draft.deductions.all().delete()
    keys = {deposit.pk for deposit in deposits}
    for deposit in Invoice.objects.locked().filter(pk__in=keys):
        _require_deposit(draft, deposit)
        _deduct(draft, deposit)
    sums.refresh(draft)
    changes: dict[str, tuple[object, object]] = {"deducted_total": (before, draft.deducted_total)}
    audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft


def require_deductible(draft: Invoice) -> None:
    """Pass when the deposits that a draft takes off are still there to be taken off; their rows stay locked.

    raises: NotADeposit, NothingLeft
    """
    rows = list(draft.deductions.all())
    for deposit in Invoice.objects.locked().filter(pk__in={row.deposit_id for row in rows}):
        _require_deposit(draft, deposit)
        theirs = left.per_rate_left(deposit)
        asked = left.taken_off(row for row in rows if row.deposit_id == deposit.pk)
        for key, part in asked.items():
            there = theirs.get(key, left.Stated())
            if part.base > there.base or part.tax > there.tax or part.rounding != there.rounding:
                told = _("%(deposit)s was credited since. Take the deposit off again.")
                raise NothingLeft(told % {"deposit": deposit})


def _require_deposit(draft: Invoice, deposit: Invoice) -> None:
    is_one = deposit.kind == InvoiceKind.DEPOSIT and deposit.status != InvoiceStatus.DRAFT
    theirs = (deposit.client_id, deposit.currency, deposit.is_test)
    if draft.kind != InvoiceKind.INVOICE or not is_one or theirs != (draft.client_id, draft.currency, draft.is_test):
        told = _("%(deposit)s is not taken off here: only issued deposit invoices of the same client and currency are.")
        raise NotADeposit(told % {"deposit": deposit})


def _deduct(draft: Invoice, deposit: Invoice) -> None:
    already = NothingLeft(_("%(deposit)s is taken off another invoice already.") % {"deposit": deposit})
    parts = [(key, part) for key, part in left.per_rate_left(deposit).items() if any(part)]
    if not parts:
        raise NothingLeft(_("%(deposit)s is credited in full.") % {"deposit": deposit})
    for (category, rate), part in parts:
        row = InvoiceDeduction(invoice=draft, deposit=deposit, category=category, rate=rate, **part._asdict())
        with facts.saving(row, invoice_deductions_once=already):
            row.save(force_insert=True)
