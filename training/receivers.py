"""News this app takes from below: a new studio gets its session types and, where it trains, its first machines."""

from typing import Any

from django.dispatch import receiver

from studio.tenancy.models import Studio, StudioKind
from studio.tenancy.signals import studio_provisioned
from training.services import machines, session_types

TRAINING_KINDS = frozenset({StudioKind.TRAINING, StudioKind.MIXED})


@receiver(studio_provisioned, dispatch_uid="training.seed")
def seed_training(studio: Studio, **_kwargs: Any) -> None:
    """Seed what training needs; nothing that is there already is touched."""
    session_types.seed_session_types()
    if studio.kind in TRAINING_KINDS:
        machines.seed_machines()
