"""Which parts of a document's lines come to an amount that is to be credited."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.selectors import left
from billing.services import credit_notes
from billing.services.credit_notes import Part
from studio.errors import DomainError
from studio.money import quantise, quantum
from studio.showing import money

NOTHING = Decimal(0)
MOST_STEPS = 4  # VAT rounds once for each rate: further away than this is no sum of these lines


class NotToTheCent(DomainError):
    """No parts of the lines come to that amount, VAT being what it is."""

    status_code = 400


def parts_over(*, invoice: Invoice, amount: Decimal) -> Sequence[Part]:
    """Return the share of each line that together, with VAT, come to an amount: each line as its part of the whole.

    amount: with VAT, more than nothing
    raises: NotToTheCent, credit_notes.MoreThanInvoiced, credit_notes.WorthMoved
    """
    rest = left.lines_left(invoice)
    whole = [Part(item, rest[item.pk]) for item in invoice.items.order_by("position") if item.pk in rest]
    payable = credit_notes.preview(invoice=invoice, parts=whole).payable
    if not NOTHING < amount <= payable:
        told = _("%(rest)s of %(number)s can be credited.")
        shown = {"rest": money(payable, invoice.currency), "number": invoice.invoice_number}
        raise credit_notes.MoreThanInvoiced(told % shown)
    if amount == payable:
        return whole
    near: list[Decimal] = []
    for parts in _candidates(invoice, whole, amount / payable):
        comes_to = credit_notes.preview(invoice=invoice, parts=parts).payable
        if comes_to == amount:
            return parts
        near.append(comes_to)
    below, above = [each for each in near if each < amount], [each for each in near if each > amount]
    found = [max(below, default=None), min(above, default=None)]
    told = _("With VAT, the lines do not come to %(amount)s, but to %(near)s.")
    sums = _(" or ").join(money(each, invoice.currency) for each in found if each is not None)
    raise NotToTheCent(told % {"amount": money(amount, invoice.currency), "near": sums})


def _candidates(invoice: Invoice, whole: Sequence[Part], share: Decimal) -> Iterator[Sequence[Part]]:
    """Yield shares of the lines around the wanted one, which differ by the smallest units on the largest line."""
    parts = [Part(each.item, quantise(each.amount * share, invoice.currency)) for each in whole]
    place = max(range(len(whole)), key=lambda at: whole[at].amount)
    unit = quantum(invoice.currency)
    steps = sorted(range(-MOST_STEPS, MOST_STEPS + 1), key=abs)
    for step in steps:
        moved = parts[place].amount + step * unit
        if NOTHING < moved <= whole[place].amount:
            yield [
                Part(each.item, moved if at == place else each.amount)
                for at, each in enumerate(parts)
                if (moved if at == place else each.amount)
            ]
