"""Using what a client has paid ahead."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.selectors.credit import left_over
from billing.services import payments, settling
from studio.accounts.models import User
from studio.db import taking_turns
from studio.errors import DomainError


class NoCredit(DomainError):
    """Nothing is left over of the client's payments, or nothing to be paid of the document."""


@taking_turns()
def use_credit(*, invoice: Invoice, actor: User | None, now: datetime) -> Decimal:
    """Put what is left over of a client's payments against a document, the oldest first, and return how much.

    raises: NoCredit, payments.NotOpen, studio.db.TryAgain
    """
    client, used = settling.lock_client_of(invoice), Decimal(0)
    asked = Invoice.objects.locked().get(pk=invoice.pk).remaining_balance
    for payment, left in left_over(client, invoice.currency):
        part = min(left, asked - used)
        if part > 0:
            payments.allocate_payment(payment=payment, invoice=invoice, amount=part, actor=actor, now=now)
            used += part
    if not used:
        raise NoCredit(_("Nothing is left over of what this client has paid, or nothing is to be paid here."))
    return used
