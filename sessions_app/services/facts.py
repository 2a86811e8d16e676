"""Changing plain facts of a row: what differs is set, checked and remembered."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from sessions_app.models import AssignmentKind
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import constraint_name, refusing
from studio.errors import DomainError
from studio.readable import is_readable

# The constraints that have the last word on a slot, and on who and what is needed in it.
CREW_IS_FREE = tuple(f"session_assignments_{kind.value}_free" for kind in AssignmentKind)
SLOT_IS_FREE = ("sessions_room_free_before", "sessions_room_free_after", *CREW_IS_FREE)

type Changes = dict[str, tuple[object, object]]


class BadFacts(DomainError):
    """A value is refused by its field or by the table."""

    status_code = 400


class NoReason(DomainError):
    """What is let off or taken back is so for a reason."""

    status_code = 400


def set_facts(row: models.Model, facts: Mapping[str, object]) -> Changes:
    """Set the facts that differ and return field -> (old, new); nothing is saved.

    raises: BadFacts, when a value does not fit its field
    """
    changes: Changes = {}
    for field, value in facts.items():
        if (old := getattr(row, field)) != value:
            changes[field] = (old, value)
            setattr(row, field, value)
    untouched = {field.name for field in row._meta.fields} - set(facts)
    try:
        row.clean_fields(exclude=untouched)
    except ValidationError as error:
        raise BadFacts(_named(row, error.message_dict)) from error
    if any(isinstance(new, str) and not is_readable(new) for _old, new in changes.values()):
        raise BadFacts(_("A text holds characters that cannot be stored."))
    return changes


def change_facts(*, row: models.Model, given: Mapping[str, object], actor: User | None, now: datetime) -> Changes:
    """Set the facts that differ, save them with a line in the trail, and return field -> (old, new).

    row: locked
    raises: BadFacts
    """
    if changes := set_facts(row, given):
        with saving(row):
            row.save(update_fields=list(changes))
        audit.record(verb="change", subject=row, actor=actor, now=now, changes=changes)
    return changes


def _named(row: models.Model, messages: Mapping[str, Sequence[str]]) -> str:
    """Return what is wrong with each field, after the field's name."""
    labels = {field.name: capfirst(str(field.verbose_name)) for field in row._meta.fields}
    return " ".join(f"{labels[field]}: {' '.join(told)}" for field, told in messages.items())


@contextmanager
def saving(row: models.Model, **others: DomainError) -> Iterator[None]:
    """Run the block that saves a row; the table's own refusals become sentences.

    others: errors of their own for some constraints, by name
    raises: BadFacts
    """
    try:
        with refusing(**others):
            yield
    except IntegrityError as error:
        name = constraint_name(error)
        own = next((constraint for constraint in row._meta.constraints if constraint.name == name), None)
        if own is None:
            raise
        raise BadFacts(own.get_violation_error_message()) from error
