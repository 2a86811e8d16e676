"""What an upgrade costs: what is left of the old plan settles what is unpaid of it, the rest comes off the new price.

So nobody is given what nobody paid, and the old plan and the new one together cost what was used and what is new.
"""

from dataclasses import dataclass
from decimal import Decimal

from studio.money import quantise
from training.models import Plan, Subscription
from training.selectors.credits import balance_of


@dataclass(frozen=True, slots=True)
class UpgradeQuote:
    """The sum of an upgrade.

    remaining: credits that are left and not booked
    worth: of those, at the price of one session of the old plan
    unpaid: what is still to be paid of the old plan
    settled: the part of the worth that settles what is unpaid: so much comes off the old price
    credited: the part of the rest that comes off the new price, never more than that
    """

    plan: Plan
    remaining: int
    worth: Decimal
    unpaid: Decimal
    settled: Decimal
    credited: Decimal

    @property
    def lost(self) -> Decimal:
        """What is left is worth more than the new plan costs by this: nothing is paid out."""
        return self.worth - self.settled - self.credited

    @property
    def still_owed(self) -> Decimal:
        """What stays to be paid of the old plan: what was used of it, and its sign-up fee."""
        return self.unpaid - self.settled

    @property
    def to_pay(self) -> Decimal:
        """What the new plan costs after the credit, never below zero."""
        return self.plan.price - self.credited


def worth_of(subscription: Subscription, remaining: int) -> Decimal:
    """Return what credits of a subscription are worth: remaining x price / sessions, halves rounded up.

    Credits given on top are no money: it is worth its price at most.
    The price of the sessions counts what an earlier upgrade had credited, and no sign-up fee: so going up step by
    step costs what going up at once costs.
    """
    paid_for = min(remaining, subscription.sessions_count)
    return quantise(paid_for * subscription.price / subscription.sessions_count, subscription.currency)


def upgrade_quote(subscription: Subscription, plan: Plan) -> UpgradeQuote:
    """Return what changing from a subscription to another plan costs.

    queries: 1
    """
    remaining, unpaid = balance_of(subscription), subscription.owed
    worth = worth_of(subscription, remaining)
    settled = min(worth, unpaid, subscription.price - subscription.credited_amount)
    return UpgradeQuote(plan, remaining, worth, unpaid, settled, credited=min(worth - settled, plan.price))
