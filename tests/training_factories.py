"""One factory per model of training: minimal, valid, nothing random; what a service makes is made by the service."""

from datetime import date, timedelta

import factory

from tests.factories import NOW, ByService
from training.models import BodyCheckup, DormantRun, Machine, Member, MemberComment, Trainer, TrainingSession
from training.services import checkups, dormancy, machines, member_comments, members

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
