"""What billing tells plans: how much of them is paid, and what was taken off their price."""

from datetime import datetime
from decimal import Decimal

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from training.models import Subscription


@taking_turns()
def say_paid(
    *, subscription: Subscription, paid: Decimal, taken_off: Decimal, actor: User | None, now: datetime
) -> Subscription:
    """Write down what is paid of a subscription, and return it; the same again changes nothing.

    taken_off: of its price, for the plan before an upgrade and by credit notes
    """
    told = Subscription.objects.locked().get(pk=subscription.pk)
    before = {"paid_amount": told.paid_amount, "credited_amount": told.credited_amount}
    told.paid_amount, told.credited_amount = paid, taken_off
    changes = {field: (old, new) for field, old in before.items() if (new := getattr(told, field)) != old}
    if changes:
        told.save(update_fields=list(changes))
        audit.record(verb="change", subject=told, actor=actor, now=now, changes=changes)
    return told
