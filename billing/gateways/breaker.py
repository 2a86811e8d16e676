"""Whether a provider is worth asking: a row that all processes share says how often it did not answer."""

from django.db import connection, transaction

STRIPE = "stripe"


def may_call() -> bool:
    """Return whether the provider may be asked now.

    raises: RuntimeError inside a transaction: what it holds would wait for somebody else's server
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT extensions.may_call_provider(%s)", [STRIPE])
        return bool(cursor.fetchone()[0])


def note_call(*, answered: bool) -> None:
    """Write down whether the provider answered."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extensions.note_provider_call(%s, %s)", [STRIPE, answered])
