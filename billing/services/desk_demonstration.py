"""Money in the demonstration's training studio: renewals paid, partly paid and not, and a morning at the desk."""

from datetime import datetime
from decimal import Decimal
from itertools import cycle
from uuid import NAMESPACE_URL, uuid5

from billing.models import CashMoveKind, PaymentMethod, Service, VatRate
from billing.selectors.desk import price_at
from billing.services import cash_desk, cash_moves, catalogue, memberships
from billing.services.cash_desk import Buyer
from billing.services.drafts import NewLine
from billing.services.memberships import Checkout
from sessions_app.models import Client
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.office.services.profile import update_profile
from training.models import MemberType, Plan, SessionType, Subscription, SubscriptionStatus
from training.services import plans

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
MOST_PLANS = 9
PARTS = 3
CHANGE = Decimal(150)


def fill_till(*, now: datetime) -> str:
    """Let some plans be renewed and paid, and the desk have sales; return in words what was made.

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
    cash_moves.move_cash(
        kind=CashMoveKind.PUT_IN,
        amount=CHANGE,
        currency=current_profile().currency,
        reason="Change for the till",
        actor=None,
        now=now,
    )
    sold = _renew_plans(now)
    for number, name in enumerate(WALK_INS, 1):
        chosen = services[number - 1]
        price = price_at(chosen, rate, current_profile().currency)
        line = NewLine(chosen.name, price, rate, quantity=Decimal(number), service=chosen)
        cash_desk.sell_at_desk(
            buyer=_buyer(name),
            lines=[line],
            method=PaymentMethod.CASH,
            form_key=uuid5(NAMESPACE_URL, name),
            actor=None,
            now=now,
        )
    return f"{sold} renewals sold, {len(WALK_INS)} walk-ins served."


def _buyer(name: str) -> Buyer:
    """Return who buys: the client of that name where there is one."""
    known = Client.objects.present().filter(name__iexact=name).first()
    return Buyer(client=known) if known else Buyer(name=name)


def _renew_plans(now: datetime) -> int:
    """Sell renewals of plans that run, the dearest plan in three parts; return how many."""
    if (dearest := Plan.objects.on_sale().order_by("-price", "pk").first()) is not None:
        plans.change_plan(plan=dearest, instalments=PARTS, actor=None, now=now)
    running = Subscription.objects.filter(status=SubscriptionStatus.ACTIVE, plan__is_active=True, renewals=None)
    members = running.exclude(member__member_type=MemberType.COLLABORATION).select_related("member__client", "plan")
    ways = cycle([PaymentMethod.CARD, PaymentMethod.TRANSFER, PaymentMethod.CASH])
    renewed = list(members.order_by("starts_on", "pk")[:MOST_PLANS])
    for old, share, method in zip(renewed, cycle(SHARES), ways, strict=False):
        if (plan := old.plan) is not None:
            checkout = Checkout(is_issued=True, paid=quantise(plan.price * share, old.currency), method=method)
            memberships.sell_renewal(subscription=old, plan=plan, checkout=checkout, actor=None, now=now)
    return len(renewed)
