"""Money in the demonstration's training studio: plans that are paid, partly paid and not, and a morning at the desk."""

from datetime import datetime
from decimal import Decimal
from itertools import cycle
from uuid import NAMESPACE_URL, uuid5

from billing.models import PaymentMethod, Service, VatRate
from billing.services import cash_desk, catalogue, memberships
from billing.services.cash_desk import Buyer
from billing.services.drafts import NewLine
from billing.services.memberships import Checkout
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.office.services.profile import update_profile
from training.models import SessionType, Subscription, SubscriptionStatus

ADDRESS = {"street": "14 rue des Halles", "postal_code": "75001", "city": "Paris", "country": "FR"}
# Name, group, price without VAT.
SERVICES = (
    ("Water", "Bar", Decimal("1.67")),
    ("Protein bar", "Bar", Decimal("2.50")),
    ("Towel", "Desk", Decimal("3.33")),
    ("Single session", "Training", Decimal("29.17")),
)
SINGLE = "member"  # the type of session that the last one is the price of
SHARES = (Decimal(1), Decimal(1), Decimal("0.5"), Decimal(0))
WALK_INS = ("Noor Haddad", "Sacha Petit")
MOST_PLANS = 16


def fill_till(*, now: datetime) -> str:
    """Let the plans that run have invoices and payments, and the desk some sales; return in words what was made.

    Nothing where the catalogue holds something.
    """
    if Service.objects.exists():
        return ""
    if not current_profile().street:
        update_profile(facts=ADDRESS, actor=None, now=now)
    rate = VatRate.objects.get(is_default=True)
    kind = SessionType.objects.filter(code=SINGLE).first()
    services = [
        catalogue.create_service(
            name=name,
            category=group,
            unit_price=price,
            vat_rate=rate,
            session_type=kind if name == SERVICES[-1][0] else None,
            actor=None,
            now=now,
        )
        for name, group, price in SERVICES
    ]
    sold = _pay_plans(now)
    for number, name in enumerate(WALK_INS, 1):
        chosen = services[number - 1]
        line = NewLine(chosen.name, chosen.unit_price, rate, quantity=Decimal(number), service=chosen)
        cash_desk.sell_at_desk(
            buyer=Buyer(name=name),
            lines=[line],
            method=PaymentMethod.CASH,
            form_key=uuid5(NAMESPACE_URL, name),
            actor=None,
            now=now,
        )
    return f"{sold} plans invoiced, {len(WALK_INS)} walk-ins served."


def _pay_plans(now: datetime) -> int:
    running = Subscription.objects.filter(status=SubscriptionStatus.ACTIVE, paid_amount=0, amount__gt=0)
    plans = list(running.select_related("member__client").order_by("starts_on", "pk")[:MOST_PLANS])
    ways = cycle([PaymentMethod.CARD, PaymentMethod.TRANSFER, PaymentMethod.CASH])
    for plan, share, method in zip(plans, cycle(SHARES), ways, strict=False):
        paid = quantise(plan.owed * share, plan.currency)
        checkout = Checkout(is_issued=True, paid=paid, method=method)
        memberships.invoice_plan(subscription=plan, checkout=checkout, actor=None, now=now)
    return len(plans)
