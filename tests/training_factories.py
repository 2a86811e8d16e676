"""One factory per model of training: minimal, valid, nothing random; what a service makes is made by the service."""

from datetime import date, timedelta

import factory

from tests.factories import NOW, ByService
from training.models import (
    BodyCheckup,
    DormantRun,
    Machine,
    MachineOutage,
    Member,
    MemberComment,
    OutageDecision,
    Trainer,
    TrainingSession,
)
from training.selectors.outage_plan import outage_plan
from training.services import checkups, dormancy, machines, member_comments, members, outages
from training.services.outage_cases import Choice

HALF_HOUR = timedelta(minutes=30)


class MachineFactory(ByService):
    _service = staticmethod(machines.create_machine)

    class Meta:
        model = Machine

    machine_number = factory.Sequence(lambda n: 100 + n)
    name = factory.LazyAttribute(lambda made: f"Machine {made.machine_number}")


class TrainerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Trainer

    first_name = factory.Sequence(lambda n: f"Trainer {n}")
    last_name = "Rossi"


class MemberFactory(ByService):
    _service = staticmethod(members.create_member)

    class Meta:
        model = Member

    first_name = factory.Sequence(lambda n: f"Member {n}")
    last_name = "Dubois"


class CommentFactory(ByService):
    _service = staticmethod(member_comments.add_comment)

    class Meta:
        model = MemberComment

    member = factory.SubFactory(MemberFactory)
    body = factory.Sequence(lambda n: f"Remark {n}")


class CheckupFactory(ByService):
    _service = staticmethod(checkups.record_checkup)

    class Meta:
        model = BodyCheckup

    member = factory.SubFactory(MemberFactory)
    weight = 70


class DormantRunFactory(ByService):
    """A run over one member who never came; each two days after the one before."""

    class Meta:
        model = DormantRun

    now = factory.Sequence(lambda n: NOW + timedelta(days=2 * n))

    @classmethod
    def _service(cls, **given):
        gone = MemberFactory(join_date=date(2020, 1, 2))
        return dormancy.run_dormancy(chosen=[gone.pk], **given)


class TrainingSessionFactory(factory.django.DjangoModelFactory):
    """A row as it stands; what booking does is tested where booking is."""

    class Meta:
        model = TrainingSession

    machine = factory.SubFactory(MachineFactory)
    member = factory.SubFactory(MemberFactory)
    scheduled_start = NOW + timedelta(days=1)
    scheduled_end = factory.LazyAttribute(lambda made: made.scheduled_start + HALF_HOUR)
    current_participants = factory.LazyAttribute(lambda made: int(made.member is not None))
    trainer_label = factory.LazyAttribute(lambda made: made.trainer.name if getattr(made, "trainer", None) else "")


def choices_for(machine, start, end, now=NOW):
    """Take the first proposal for everything in the way of an outage, and cancel what has none."""
    return [
        Choice(
            each.session.pk,
            each.session.updated_at,
            OutageDecision.MOVED if each.proposals else OutageDecision.SETTLED,
            each.proposals[0] if each.proposals else None,
        )
        for each in outage_plan(machine, start, end, now=now).displaced
    ]


class OutageFactory(ByService):
    """A day without a machine of its own."""

    _service = staticmethod(outages.plan_outage)

    class Meta:
        model = MachineOutage

    machine = factory.SubFactory(MachineFactory)
    starts_at = NOW + timedelta(days=3)
    ends_at = factory.LazyAttribute(lambda made: made.starts_at + timedelta(days=1))
    reason = "The belt is changed."
    choices = factory.LazyAttribute(lambda made: choices_for(made.machine, made.starts_at, made.ends_at, made.now))
