"""Turning what the rules or the database refuse into a sentence on a form."""

from django.db import IntegrityError, models
from django.utils.translation import gettext as _

from studio.db import constraint_name, sqlstate
from studio.errors import DomainError

FOREIGN_KEY_VIOLATION = "23503"
UNIQUE_VIOLATION = "23505"


class NotSaved(DomainError):
    """The database refused: somebody was faster, or something else refers to the row."""


def refusal_behind(exc: DomainError | IntegrityError, model: type[models.Model]) -> DomainError:
    """Return the refusal that a failed save is about.

    raises: the error itself, when no rule of the model is behind it: it is a bug
    """
    if isinstance(exc, DomainError):
        return exc
    name = constraint_name(exc)
    for constraint in model._meta.constraints:
        if constraint.name == name:
            return NotSaved(constraint.get_violation_error_message())
    if sqlstate(exc) == FOREIGN_KEY_VIOLATION:
        return NotSaved(_("Something that belongs to this has just been added or removed. Please look again."))
    if sqlstate(exc) == UNIQUE_VIOLATION:
        return NotSaved(_("There is one like this already."))
    raise exc
