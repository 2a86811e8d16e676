"""Expressions by which clients are found and compared.

Migrations import these classes: their paths are frozen.
"""

from typing import Any

from django.db.models import Func, TextField

PHONE_DIGITS = 9  # the end of a number that is the same with and without its country's prefix

FEWEST_DIGITS = 7  # an extension or a year says nothing


class PhoneKey(Func):
    """The last nine digits of a telephone number; a shorter one is itself."""

    template = f"right(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'), {PHONE_DIGITS})"
    output_field = TextField()


class ItemTexts(Func):
    """The texts in a list kept as JSON, as one text."""

    template = "jsonb_path_query_array(%(expressions)s, '%(items)s')::text"
    output_field = TextField()

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        super().__init__(*expressions, **{"items": "$[*].value", **extra})
