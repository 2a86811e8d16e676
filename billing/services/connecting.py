"""Giving a studio an account at Stripe of its own: Stripe makes it, and asks its owner on Stripe's pages.

No number of an account is ever typed in by a studio: it could be somebody else's.
"""

from django.utils.translation import gettext as _

from billing.gateways import stripe_gateway
from billing.gateways.facts import NotSetUp
from studio.accounts.models import User
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.tenancy.context import current_schema
from studio.tenancy.services import payment_accounts
from studio.tenancy.services.payment_accounts import OwnAccount


class ConnectedAlready(DomainError):
    """The studio's money goes to the platform's own account."""


def takes_payments() -> bool:
    """Return whether clients can pay online: there is a key, and an account of this studio's that takes payments.

    queries: 1, and none without a key
    """
    return stripe_gateway.is_set_up() and (own := payment_accounts.own_account()) is not None and own.is_ready


def begin_onboarding(*, return_url: str, refresh_url: str, actor: User) -> str:
    """Return the address at Stripe at which the studio's owner goes on with their account; it is made the first time.

    In no transaction.
    raises: ConnectedAlready, payment_accounts.AccountTaken, billing.gateways.facts.GatewayError
    """
    if not stripe_gateway.is_set_up():
        raise NotSetUp(_("Paying online is not set up."))
    own = payment_accounts.own_account()
    if own is not None and not own.name:
        raise ConnectedAlready(_("Payments go to the platform's own account."))
    if own is None:
        made = stripe_gateway.create_account(
            studio=current_schema(),
            key=f"account:{current_schema()}",
            country=current_profile().country,
            email=actor.email,
        )
        payment_accounts.connect_account(account=made.id, is_ready=made.is_ready, by=actor.label)
        own = OwnAccount(made.id, made.is_ready)
    return stripe_gateway.onboarding_link(account=own.name, return_url=return_url, refresh_url=refresh_url)


def refresh_account() -> OwnAccount | None:
    """Read whether the studio's own account takes payments, write that down, and return it; None while there is none.

    In no transaction.
    raises: billing.gateways.facts.GatewayError
    """
    own = payment_accounts.own_account()
    if own is None or not own.name:
        return own
    found = stripe_gateway.read_account(own.name)
    if found.is_ready != own.is_ready:
        payment_accounts.connect_account(account=own.name, is_ready=found.is_ready, by="")
    return OwnAccount(own.name, found.is_ready)
