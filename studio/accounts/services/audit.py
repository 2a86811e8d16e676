"""Writing the trail."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.encoding import force_str

from studio.accounts.acting import acting
from studio.accounts.models import AuditEvent, User

LABEL_LENGTH = 420
_encoder = DjangoJSONEncoder()


def plain(value: object) -> Any:
    """Return a value as JSON can hold it: numbers of money as text, a model's row as its key."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, models.Model):
        return plain(value.pk)
    if isinstance(value, Mapping):
        return {force_str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        parts = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [plain(part) for part in parts]
    try:
        return _encoder.default(value)
    except TypeError:
        return force_str(value)


def record(
    *,
    verb: str,
    subject: models.Model,
    actor: User | None,
    now: datetime,
    changes: Mapping[str, tuple[object, object]] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Write down one act, in the transaction that does it, and return the row.

    verb: what was done, e.g. "book", "cancel", "change"
    subject: the row it was done to; a deleted one is named before it goes, while it still has its key
    actor: None for the product itself
    changes: each field with its old and its new value
    The sign-in and the request come from the middleware, never from a caller.
    """
    event = _event(verb=verb, subject=subject, actor=actor, now=now, changes=changes or {}, reason=reason)
    event.save(force_insert=True)
    return event


def record_each(
    *,
    verb: str,
    subjects: Iterable[models.Model],
    actor: User | None,
    now: datetime,
    changes: Mapping[str, tuple[object, object]],
    reason: str = "",
) -> None:
    """Write down what one act did to each of several rows, the same to all; one row of the trail each.

    queries: 1 for 1,000 of them
    """
    events = [
        _event(verb=verb, subject=subject, actor=actor, now=now, changes=changes, reason=reason) for subject in subjects
    ]
    AuditEvent.objects.bulk_create(events, batch_size=1000)


def _event(
    *,
    verb: str,
    subject: models.Model,
    actor: User | None,
    now: datetime,
    changes: Mapping[str, tuple[object, object]],
    reason: str,
) -> AuditEvent:
    now_acting = acting()
    return AuditEvent(
        account_session_id=now_acting.account_session_id,
        account=actor,
        actor_label=actor.label if actor else "",
        verb=verb,
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        object_label=str(subject)[:LABEL_LENGTH],
        changes={field: [plain(old), plain(new)] for field, (old, new) in changes.items()},
        reason=reason,
        request_id=now_acting.request_id,
        at=now,
    )
