"""One factory per model of training: minimal, valid, nothing random; what a service makes is made by the service."""

from datetime import timedelta

import factory

from tests.factories import NOW, ByService
from training.models import Machine, Member, Trainer, TrainingSession
from training.services import machines, members

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
