"""What an upgrade costs: what is left of the old plan is taken off the price of the new one."""

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
    credited: the part of it that comes off the new price, never more than that
    """

    plan: Plan
    remaining: int
    worth: Decimal
    credited: Decimal

    @property
    def lost(self) -> Decimal:
        """What is left is worth more than the new plan costs by this: nothing is paid out."""
        return self.worth - self.credited

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
    remaining = balance_of(subscription)
    worth = worth_of(subscription, remaining)
    return UpgradeQuote(plan, remaining, worth, credited=min(worth, plan.price))
