"""Factories of prices, terms and what is charged; as in `tests.factories`."""

from decimal import Decimal

import factory

from sessions_app.models import BookingPolicy, FeeKind, PriceRule, SessionExtra, SessionFee
from sessions_app.selectors.terms import FeeDue, Step
from sessions_app.services import extras, fees, policies, price_rules
from tests.factories import ByService, SessionFactory


class PriceRuleFactory(ByService):
    _service = staticmethod(price_rules.create_rule)

    class Meta:
        model = PriceRule

    name = factory.Sequence(lambda n: f"Rule {n}")
    amount = Decimal(80)


class PolicyFactory(ByService):
    _service = staticmethod(policies.create_policy)

    class Meta:
        model = BookingPolicy

    name = factory.Sequence(lambda n: f"Terms {n}")
    steps = (Step("cancellation", 24, Decimal(100), None),)


class ExtraFactory(ByService):
    _service = staticmethod(extras.add_extra)

    class Meta:
        model = SessionExtra

    session = factory.SubFactory(SessionFactory)
    description = factory.Sequence(lambda n: f"Extra {n}")
    quantity = Decimal(1)
    unit_price = Decimal(9)


class FeeFactory(ByService):
    _service = staticmethod(fees.charge_fee)

    class Meta:
        model = SessionFee

    session = factory.SubFactory(SessionFactory)
    due = FeeDue(FeeKind.RESCHEDULE, Decimal(40), "Terms: less than 24 hours before the start, 40.00 EUR.")
