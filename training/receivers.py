"""News this app takes from below: a new studio gets its session types and, where it trains, its first machines."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.dispatch import receiver

from sessions_app.models import Client
from sessions_app.signals import client_changed, demonstration_wanted
from studio.accounts.models import User
from studio.accounts.signals import account_relabelled
from studio.office.models import AdoptionSource
from studio.tenancy.models import Studio, StudioKind
from studio.tenancy.signals import source_adopted, studio_provisioned
from training.adoption.former_credits import charge_former_sessions
from training.adoption.referrals import link_referrals
from training.services import demonstration, labels, machines, members, session_types

TRAINING_KINDS = frozenset({StudioKind.TRAINING, StudioKind.MIXED})


@receiver(studio_provisioned, dispatch_uid="training.seed")
def seed_training(studio: Studio, **_kwargs: Any) -> None:
    """Seed what training needs; nothing that is there already is touched."""
    session_types.seed_session_types()
    if studio.kind in TRAINING_KINDS:
        machines.seed_machines()


@receiver(source_adopted, dispatch_uid="training.join_adopted")
def join_adopted(studio: Studio, source: AdoptionSource, now: datetime, **_kwargs: Any) -> None:
    """Link members to those who referred them, and sessions to what paid for them, now that all are here."""
    link_referrals(source=source, now=now)
    charge_former_sessions(source=source, zone=ZoneInfo(studio.time_zone), now=now)


@receiver(demonstration_wanted, dispatch_uid="training.demonstration")
def fill_demonstration(studio: Studio, now: datetime, say: Callable[[str], None], **_kwargs: Any) -> None:
    """Let a training studio of the demonstration have members, and a full week on its machines."""
    if studio.kind in TRAINING_KINDS and (told := demonstration.fill_studio(studio=studio, now=now)):
        say(f"  {studio.name}: {told}")


@receiver(client_changed, dispatch_uid="training.follow_client")
def follow_client(
    client: Client, changes: Mapping[str, tuple[object, object]], actor: User | None, now: datetime, **_kwargs: Any
) -> None:
    """Let a member say what their client says, where both said the same."""
    members.follow_client(client=client, changes=dict(changes), actor=actor, now=now)


@receiver(account_relabelled, dispatch_uid="training.relabel_account")
def relabel_account(user: User, label: str, **_kwargs: Any) -> None:
    """Call an account by its new name beside every link to it."""
    labels.relabel_account(user=user, label=label)
