"""Asking a part of a draft first: the deposit invoice that goes out before the final one."""

from datetime import datetime
from decimal import Decimal

from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceItem, InvoiceKind, PriceMode
from billing.selectors.invoice_page import deposits_asked
from billing.services import drafts, settling
from billing.services.drafts import NewLine
from studio.accounts.models import User
from studio.db import taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.showing import money

HUNDRED = Decimal(100)
NOTHING = Decimal(0)


class AskedAlready(DomainError):
    """With what was asked before it is more than the invoice comes to."""


class NoDeposit(DomainError):
    """The deposit is not between nothing and what the invoice comes to."""

    status_code = 400


@taking_turns()
def ask_percent(
    *, invoice: Invoice, percent: Decimal, actor: User | None, now: datetime, is_beside: bool = False
) -> Invoice:
    """Begin a deposit invoice of so much of a draft, VAT included, and return it.

    is_beside: what was asked of the client before, and no invoice takes off, is for other work
    raises: drafts.NotADraft, NoDeposit, AskedAlready
    """
    draft = _draft(invoice)
    with translation.override(draft.language):
        shown = percent.to_integral_value() if percent == percent.to_integral_value() else percent
        share = _("%(percent)s %%") % {"percent": number_format(shown)}
    amount = quantise(draft.payable * percent / HUNDRED, draft.currency)
    _require_within(draft, amount, is_beside=is_beside)
    return _ask(draft, amount, share, actor, now)


@taking_turns()
def ask_amount(
    *, invoice: Invoice, amount: Decimal, actor: User | None, now: datetime, is_beside: bool = False
) -> Invoice:
    """Begin a deposit invoice over an amount of a draft, VAT included, and return it.

    is_beside: as above
    raises: drafts.NotADraft, NoDeposit, AskedAlready
    """
    draft = _draft(invoice)
    with translation.override(draft.language):
        share = money(amount, draft.currency)
    asked = quantise(amount, draft.currency)
    _require_within(draft, asked, is_beside=is_beside)
    return _ask(draft, asked, share, actor, now)


def _draft(invoice: Invoice) -> Invoice:
    settling.lock_client_of(invoice)
    draft = drafts.locked_draft(invoice)
    if draft.kind != InvoiceKind.INVOICE:
        raise NoDeposit(_("A deposit is asked of an invoice, not of another deposit."))
    return draft


def _require_within(draft: Invoice, amount: Decimal, *, is_beside: bool) -> None:
    before = sum(deposits_asked(draft.client, draft.currency).values(), NOTHING)
    if is_beside or draft.is_test or not before or before + amount <= draft.payable:
        return
    told = _(
        "With the %(before)s that were asked before, %(together)s would be asked of %(payable)s. Where those are for "
        "other work, say so."
    )
    sums = {"before": before, "together": before + amount, "payable": draft.payable}
    raise AskedAlready(told % {name: money(sum_, draft.currency) for name, sum_ in sums.items()})


def _ask(draft: Invoice, amount: Decimal, share: str, actor: User | None, now: datetime) -> Invoice:
    if not NOTHING < amount <= draft.payable:
        told = _("A deposit lies between 0 and %(payable)s.")
        raise NoDeposit(told % {"payable": money(draft.payable, draft.currency)})
    with translation.override(draft.language):
        what = _("Deposit of %(share)s") % {"share": share}
        text = f"{what}: {draft.project_label}" if draft.project_label else what
    return drafts.create_draft(
        client=draft.client,
        kind=InvoiceKind.DEPOSIT,
        project=draft.project,
        language=draft.language,
        purchase_order=draft.purchase_order,
        price_mode=PriceMode.GROSS,
        is_test=draft.is_test,
        lines=_lines(draft, amount, text),
        actor=actor,
        now=now,
    )


def _lines(draft: Invoice, amount: Decimal, text: str) -> list[NewLine]:
    """Return a line for each rate of VAT of a draft, with VAT: its share of the amount; together they are all of it."""
    rates = {(item.vat_category, item.vat_percent): item.vat_rate for item in _items(draft)}
    groups = list(draft.taxes.order_by("-rate", "category"))
    whole = sum((group.base + group.tax for group in groups), NOTHING)
    lines, so_far, given = [], NOTHING, NOTHING
    for group in groups:
        so_far += group.base + group.tax
        part = quantise(amount * so_far / whole, draft.currency) - given
        given += part
        if part > 0:
            lines.append(NewLine(text, part, rates[group.category, group.rate]))
    return lines


def _items(draft: Invoice) -> list[InvoiceItem]:
    return list(draft.items.select_related("vat_rate").order_by("position"))
