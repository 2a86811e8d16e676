"""Changing plain facts of a row: what differs is set, checked and remembered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import models

from studio.db import refusing
from studio.errors import DomainError

type Changes = dict[str, tuple[object, object]]


class BadFacts(DomainError):
    """A value is refused by its field or by the table."""

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
        raise BadFacts(" ".join(error.messages)) from error
    return changes


@contextmanager
def saving(row: models.Model) -> Iterator[None]:
    """Run the block that saves a row; the table's own refusals become sentences.

    raises: BadFacts
    """
    refusals: dict[str, DomainError] = {
        constraint.name: BadFacts(str(constraint.violation_error_message)) for constraint in row._meta.constraints
    }
    with refusing(**refusals):
        yield
