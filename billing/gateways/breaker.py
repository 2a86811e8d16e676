"""Whether a provider is worth asking now, and who may wait for it: rows that all processes share.

Who answers pages has places of its own, and so have the jobs: neither takes all of them from the other. A place is
held for one call, and comes back by itself soon after its holder was killed.
"""

from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from studio.accounts.acting import acting
from studio.tenancy.models import ProviderShare

STRIPE = "stripe"


class LeftAlone(Exception):
    """The provider did not answer several times, and nobody asks it for a while."""


class Crowded(Exception):
    """As many wait for the provider as may at once."""


def take_place() -> UUID:
    """Take one of the places of those who may wait for the provider at once.

    raises: LeftAlone; Crowded; RuntimeError inside a transaction: what it holds would wait for somebody else's server
    """
    share = ProviderShare.PAGES if acting().request_id else ProviderShare.JOBS
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_left_alone, lease FROM extensions.take_provider_place(%s, %s, %s)",
            [STRIPE, share, settings.STRIPE_PLACES[share]],
        )
        is_left_alone, lease = cursor.fetchone()
    if is_left_alone:
        raise LeftAlone
    if lease is None:
        raise Crowded
    return UUID(str(lease))


def leave_place(lease: UUID, *, answered: bool | None) -> None:
    """Give a place back, and write down whether the provider answered; None where it was not asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extensions.leave_provider_place(%s, %s, %s)", [STRIPE, lease, answered])
