"""Who trains here."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from training.models import Trainer, TrainingSession
from training.services import certificates, slots


class TrainerFacts(TypedDict, total=False):
    """Facts of a trainer; what is left out is not changed."""

    user: User | None
    first_name: str
    last_name: str
    email: str
    phone: str
    languages: list[str]
    specialisations: list[str]
    born_on: date | None
    hired_on: date | None
    years_experience: int | None
    biography: str
    is_active: bool
    is_accepting_members: bool
    insurance_number: str
    insurance_expires_on: date | None
    background_checked_on: date | None
    emergency_name: str
    emergency_phone: str
    notes: str
    hourly_rate: Decimal | None
    session_rate: Decimal | None
    head_rate: Decimal | None
    no_show_rate: Decimal | None
    bonus_rate: Decimal | None
    bonus_after: int


@taking_turns()
def create_trainer(*, actor: User | None, now: datetime, **given: Unpack[TrainerFacts]) -> Trainer:
    """Write a trainer down and return them.

    raises: facts.BadFacts
    """
    trainer = Trainer()
    facts.set_facts(trainer, {"first_name": "", "last_name": "", **given})
    with facts.saving(trainer):
        trainer.save(force_insert=True)
    audit.record(verb="create", subject=trainer, actor=actor, now=now, changes={"name": (None, trainer.name)})
    return trainer


@taking_turns()
def change_trainer(*, trainer: Trainer, actor: User | None, now: datetime, **given: Unpack[TrainerFacts]) -> Trainer:
    """Change the facts given and return the trainer; sessions call them by the new name.

    raises: facts.BadFacts
    """
    changed = Trainer.objects.select_for_update(no_key=True).get(pk=trainer.pk)
    if facts.change_facts(row=changed, given=given, actor=actor, now=now):
        called_otherwise = TrainingSession.objects.filter(trainer=changed).exclude(trainer_label=changed.name)
        called_otherwise.update(trainer_label=changed.name)
    return changed


@taking_turns()
def delete_trainer(*, trainer: Trainer, actor: User | None, now: datetime) -> int:
    """Delete a trainer, and return how many sessions stay, without a trainer and with the name.

    What they earned stays as well; their certificates go, each as where it is struck by itself.
    raises: studio.db.TryAgain
    """
    slots.lock_slots(trainers=[trainer])  # whoever completes a session of theirs has this first, and then the session
    gone = Trainer.objects.select_for_update().get(pk=trainer.pk)
    staying = gone.sessions.count()
    for certificate in gone.certificates.order_by("pk"):
        certificates.remove_certificate(certificate=certificate, actor=actor, now=now)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    gone.delete()
    return staying
