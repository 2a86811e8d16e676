"""News this app takes from below.

A new studio gets its task types, what the office writes is put on record, renamed accounts are called so here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.dispatch import receiver

from sessions_app.services import labels, task_types
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.accounts.signals import account_relabelled
from studio.office.signals import office_changed
from studio.tenancy.signals import studio_provisioned


@receiver(studio_provisioned, dispatch_uid="sessions_app.seed")
def seed_tasks(**_kwargs: Any) -> None:
    """Seed what hours are counted under; nothing that is there already is touched."""
    task_types.seed_task_types()


@receiver(office_changed, dispatch_uid="sessions_app.audit_office")
def record_office_change(
    subject: Model,
    verb: str,
    changes: Mapping[str, tuple[object, object]],
    actor: User | None,
    now: datetime,
    **_kwargs: Any,
) -> None:
    """Write the audit row of a change in the office, which stands below the trail."""
    audit.record(verb=verb, subject=subject, actor=actor, now=now, changes=changes)


@receiver(account_relabelled, dispatch_uid="sessions_app.relabel_account")
def relabel_account(user: User, label: str, **_kwargs: Any) -> None:
    """Call an account by its new name beside every link to it."""
    labels.relabel_account(user=user, label=label)
