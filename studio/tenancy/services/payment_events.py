"""Handing what the payment provider told, signed, to the studio that it is about."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from studio.db import TryAgain
from studio.errors import DomainError
from studio.tenancy.context import note_visit
from studio.tenancy.jobs import QUEUE
from studio.tenancy.selectors import registry

HAND_OVER = "SELECT * FROM extensions.hand_over_event(%s, %s, %s::jsonb, %s, %s, %s, %s::jsonb, %s)"
UPDATING = "updating"
# Why there is no studio: a suspended one's money is its own, only what is set up or given up has none.
PROBLEMS = {
    "account": "No studio here has this account.",
    "closed": "The studio of this account is not open.",
    "payment": "The payment that it names was not begun by the studio of this account.",
}
NOBODYS = UUID(int=0)  # no payment has it


class OfNobody(DomainError):
    """What is named leads to no studio here, or to two."""


def hand_over(
    *,
    account: str,
    attempt: str,
    told: Mapping[str, object],
    task: str,
    arguments: Mapping[str, object],
    queueing_lock: str,
    now: datetime,
) -> str:
    """Have the studio that is meant keep an event, once, with the job that deals with it; return the studio's schema.

    On the platform. Account and payment must both lead to the same studio. There is no job for what is dealt with.
    account: "" for the platform's own; attempt: the key that a payment of ours carries, "" for none
    told: what `keep_told_event` of the studio's schema is given, with the payment's key
    task, arguments, queueing_lock: as for `jobs.defer`
    raises: OfNobody; studio.db.TryAgain while the studio is being updated
    queries: 1
    """
    updated_since = now - timedelta(seconds=registry.MIGRATING_SECONDS)
    key = _key_of(attempt)
    row = json.dumps({**told, "attempt": str(key) if key else None})
    given = [account, key, row, updated_since, QUEUE, task, json.dumps(arguments)]
    with connection.cursor() as cursor:
        cursor.execute(HAND_OVER, [*given, queueing_lock])
        place, problem = cursor.fetchone()
    if problem == UPDATING:
        raise TryAgain(_("The studio is being updated. Please try again."))
    if problem:
        raise OfNobody(PROBLEMS[problem])
    note_visit(place)
    return str(place)


def _key_of(attempt: str) -> UUID | None:
    """Return the key that a text is: None for none, and nobody's where it is no key."""
    try:
        return UUID(attempt) if attempt else None
    except ValueError:
        return NOBODYS
