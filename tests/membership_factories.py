"""Factories of plans and what is done with them; as in `tests.factories`."""

from datetime import date
from decimal import Decimal

import factory

from tests.factories import ByService
from tests.training_factories import MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import Plan, Subscription, TrainerCertificate, TrainerPay
from training.services import certificates, plans, subscriptions, trainer_pay


class PlanFactory(ByService):
    """Ten sessions in three months."""

    _service = staticmethod(plans.create_plan)

    class Meta:
        model = Plan

    name = factory.Sequence(lambda n: f"Pack {n}")
    sessions_count = 10
    months = 3
    price = Decimal(500)


class SubscriptionFactory(ByService):
    """A plan of its own for a member of its own, from the first of June on."""

    _service = staticmethod(subscriptions.grant_subscription)

    class Meta:
        model = Subscription

    member = factory.SubFactory(MemberFactory)
    plan = factory.SubFactory(PlanFactory)
    starts_on = date(2026, 6, 1)


class CertificateFactory(ByService):
    """A certificate of a trainer of its own."""

    _service = staticmethod(certificates.add_certificate)

    class Meta:
        model = TrainerCertificate

    trainer = factory.SubFactory(TrainerFactory)
    name = "First aid"


def made_pay(*, actor, **given):
    """Return the one line that a completed session earns its trainer."""
    (line,) = trainer_pay.compute_pay(actor=actor, **given)
    return line


class PayFactory(ByService):
    """What a trainer at 20 a session earns with one."""

    _service = staticmethod(made_pay)

    class Meta:
        model = TrainerPay

    session = factory.LazyFunction(
        lambda: TrainingSessionFactory(trainer=TrainerFactory(session_rate=Decimal(20)), status="completed")
    )
