"""Whether a row is still as it was left."""

from collections.abc import Iterable
from hashlib import sha256
from json import dumps
from typing import Any

from django.db.models import Model, QuerySet

from studio.accounts.services import audit

COUNTED_BY_ITSELF = frozenset({"created_at", "updated_at", "sequence"})


def columns_of(model: type[Model]) -> list[str]:
    """Return the columns that somebody sets, rather than the row by itself."""
    return [field.name for field in model._meta.concrete_fields if field.name not in COUNTED_BY_ITSELF]


def digests(rows: QuerySet[Any], columns: Iterable[str]) -> dict[Any, str]:
    """Return for each row a digest of what stands in some columns; key -> digest."""
    return {
        values[0]: sha256(dumps(audit.plain(values[1:]), ensure_ascii=False).encode()).hexdigest()
        for values in rows.values_list("pk", *columns)
    }
