"""Former credit notes: one sum with VAT each, and at most an invoice that they are about."""

from decimal import Decimal

from django.utils.translation import gettext as _

from billing.adoption.documents import Printed, keep_as_stated
from billing.adoption.lines import FormerLine
from billing.adoption.reading import NOTHING, Stated, client_of, rate_at, sum_in
from billing.models import NOT_COUNTED, Invoice, InvoiceKind, PriceMode, VatRate
from billing.selectors import terms
from billing.selectors.taxes import Taxed, group_of
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import CENTS, FormerRow, SetAside

COUNTS = {"issued": True, "applied": True, "cancelled": False}
LONGEST_REASON = 500


def adopt_credit_note(row: FormerRow, run: Run) -> Invoice:
    """Return the document that a row of `credit_notes` becomes.

    It takes its sum, which had no VAT of its own, off the invoice that it names, in the proportions of that one; it was
    linked to no balance there, so what the client owes is less here. One for no invoice, for a draft or for one that
    was cancelled stands by itself, without VAT.
    """
    client = client_of(row, run)
    amount, number = sum_in(row, "amount"), row.text("credit_note_number", longest=100)
    issued_on = row.day("created_at")
    if not number or issued_on is None or not amount:
        raise SetAside(_("It has no number, no date, or is over nothing."))
    row.choice("status", {name: name for name in COUNTS}, default="issued")
    is_void = not counts(row)
    about = None if is_void else _about(row, run, amount)
    note = Invoice(
        kind=InvoiceKind.CREDIT_NOTE,
        client=client,
        refers_to=about,
        reason=row.text("reason", longest=LONGEST_REASON) or _("Credited in the former system."),
        currency=about.currency if about else client.currency,
        language=about.language if about else str(terms.usual_terms(client)["language"]),
    )
    lines = _lines(note, about, amount, run)
    net = sum((line.amount for line in lines), NOTHING)
    stated = Stated(net, amount - net, amount, lines[0].rate.rate)
    printed = Printed(number, issued_on, issued_on, issued_at=row.instant("created_at"), is_void=is_void)
    return keep_as_stated(note, lines=lines, stated=stated, printed=printed, row=row, run=run)


def counts(row: FormerRow) -> bool:
    """Return whether a former credit note takes anything off, and was not cancelled."""
    return COUNTS.get(str(row.content.get("status") or "issued").strip().lower(), False)


def _about(row: FormerRow, run: Run, amount: Decimal) -> Invoice | None:
    """Return the invoice that a credit note takes its sum off, None when there is none that it can be taken off."""
    key = run.linked(row, "invoice_id", "invoices")
    about = Invoice.objects.locked().filter(pk=key).first() if key else None
    if about is None:
        return None
    client_key = run.linked(row, "client_id", "clients")
    if about.status in NOT_COUNTED or str(about.client_id) != client_key:
        row.keep("invoice_id", _("Its invoice is a draft, was cancelled, or is another client's; it stands by itself."))
        return None
    if amount > about.remaining_balance:
        told = _("Of %(invoice)s only %(left)s was left to credit; it stands by itself.")
        row.keep("invoice_id", told % {"invoice": about, "left": about.remaining_balance})
        return None
    return about


def _lines(note: Invoice, about: Invoice | None, amount: Decimal, run: Run) -> list[FormerLine]:
    """Return a line for each rate of the invoice, that together come to the sum with VAT."""
    groups = list(about.taxes.order_by("-rate", "category")) if about else []
    whole = sum((group.base + group.tax for group in groups), NOTHING)
    if not whole or about is None:
        return [_line(note, amount, rate_at(NOTHING, now=run.now))]
    lines, left = [], amount
    for place, group in enumerate(groups, 1):
        share = left if place == len(groups) else (amount * (group.base + group.tax) / whole).quantize(CENTS)
        left -= share
        item = about.items.filter(vat_category=group.category, vat_percent=group.rate).first()
        rate = item.vat_rate if item else rate_at(group.rate, now=run.now)
        if share:
            made = group_of(Taxed(share, group.category, group.rate), mode=PriceMode.GROSS, currency=note.currency)
            lines.append(_line(note, made.base, rate))
    return lines


def _line(note: Invoice, amount: Decimal, rate: VatRate) -> FormerLine:
    return FormerLine(note.reason, Decimal(1), amount, amount, rate)
