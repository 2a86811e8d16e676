"""The list of clients to take along: the columns that an import takes, and what only the studio knows."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sessions_app.models import Client
from sessions_app.selectors.import_columns import LABELS, PLATFORM
from studio.clock import local_day
from studio.office.models import PROFILE_ID, StudioProfile

ROWS_AT_ONCE = 2000
LISTS = ("genres", "instruments")
FURTHER = {"further_email": "emails", "further_phone": "phones"}


def heads() -> list[str]:
    """Return the heads of the columns."""
    return [*map(str, LABELS.values()), _("Own fields"), _("Balance due"), _("Active"), _("Client since")]


def exported(clients: QuerySet[Client]) -> Iterator[list[object]]:
    """Yield a row for each client, a part of them in memory at a time; in the order of the queryset."""
    zone = StudioProfile.objects.get(pk=PROFILE_ID).zone
    for client in clients.iterator(chunk_size=ROWS_AT_ONCE):
        own = "; ".join(f"{item.get('label', '')}: {item.get('value', '')}" for item in client.custom_fields)
        since = local_day(client.created_at, zone)
        yield [
            *(_value(client, field) for field in LABELS),
            own,
            client.balance_due,
            _("yes") if client.is_active else _("no"),
            since,
        ]


def _value(client: Client, field: str) -> Any:
    if field.startswith(PLATFORM):
        return client.platform_links.get(field.removeprefix(PLATFORM), "")
    if field in FURTHER:
        rows = getattr(client, FURTHER[field])
        return "; ".join(str(row.get("value", "")) for row in rows)
    value = getattr(client, field)
    if field in LISTS:
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value
