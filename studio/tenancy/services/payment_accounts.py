"""Which account at the payment provider a studio's money goes to, and which payments are a studio's own.

All but `assign_account` go through the doors of migration 0010, as the studio itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from studio.db import refusing
from studio.errors import DomainError
from studio.tenancy.context import current_schema, on_platform
from studio.tenancy.models import PaymentAccount, Studio


class AccountTaken(DomainError):
    """Another studio has this account."""


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The current studio's account; "" is the one of the platform's own key."""

    name: str
    is_ready: bool


def own_account() -> OwnAccount | None:
    """Return the account of the studio one stands in, or None while there is none.

    queries: 1
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM extensions.payment_account_of(%s)", [current_schema()])
        row = cursor.fetchone()
    return OwnAccount(*row) if row else None


def connect_account(*, account: str, is_ready: bool, by: str) -> None:
    """Write down the account that was made for the studio one stands in.

    by: who had it made; "" leaves what was written before
    raises: AccountTaken
    """
    taken = AccountTaken(_("This account is another studio's."))
    with refusing(payment_accounts_of_one_studio=taken), connection.cursor() as cursor:
        cursor.execute(
            "SELECT extensions.connect_payment_account(%s, %s, %s, %s)", [current_schema(), account, is_ready, by]
        )


def route_payments(keys: Iterable[UUID]) -> None:
    """Write down that payments are the studio's one stands in, before anybody is asked for them; whose are known stay.

    queries: 1
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extensions.route_payment(%s, key) FROM unnest(%s::uuid[]) AS key", [current_schema(), list(keys)]
        )


@transaction.atomic
def assign_account(*, studio: Studio, account: str, by: str) -> PaymentAccount:
    """Give a studio an account, as an operator, and return it; "" is the one of the platform's own key.

    raises: AccountTaken
    """
    with on_platform(), refusing(payment_accounts_of_one_studio=AccountTaken(_("This account is another studio's."))):
        given, _made = PaymentAccount.objects.update_or_create(
            studio=studio, defaults={"provider_account": account, "is_ready": True, "connected_by": by}
        )
    return given
