"""How much of a payment is put against a document: no more than that can be taken off again."""

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import Allocation, Invoice, Payment
from studio.errors import DomainError
from studio.showing import money

NOTHING = Decimal(0)


class TooMuch(DomainError):
    """More than what is there."""


def require_put(*, payment: Payment, invoice: Invoice, amount: Decimal) -> None:
    """Pass when at least so much of a payment is put against a document.

    raises: TooMuch
    """
    standing = Allocation.objects.filter(payment=payment, invoice=invoice)
    there = standing.aggregate(sum=Sum("amount"))["sum"] or NOTHING
    if amount <= 0 or amount > there:
        told = _("Of this payment %(sum)s is put against the document.")
        raise TooMuch(told % {"sum": money(there, payment.currency)})
