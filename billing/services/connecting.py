"""Giving a studio an account at Stripe of its own: Stripe makes it, and asks its owner on Stripe's pages.

No number of an account is ever typed in by a studio: it could be somebody else's.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from billing.gateways import stripe_gateway
from billing.gateways.facts import AccountFacts, GatewayError, NotSetUp
from studio.accounts.models import User
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.tenancy.context import current_schema
from studio.tenancy.services import payment_accounts
from studio.tenancy.services.payment_accounts import OwnAccount


class Standing(StrEnum):
    """How far a studio's account is.

    PLATFORM: it has the platform's own; UNFINISHED: its owner has to go on at Stripe; IN_REVIEW: Stripe looks at
    what it was told; RESTRICTED: Stripe asks for more before it takes payments
    """

    NO_KEY = "no_key"
    NONE = "none"
    PLATFORM = "platform"
    UNFINISHED = "unfinished"
    IN_REVIEW = "in_review"
    RESTRICTED = "restricted"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Look:
    """How a studio's account stands.

    wants: what Stripe still asks for, in its words; problem: why it is restricted, likewise
    refusal: why it could not be read just now, "" where it was
    """

    standing: Standing
    account: str = ""
    wants: tuple[str, ...] = ()
    problem: str = ""
    pays_out: bool = False
    refusal: str = ""


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


def look_at_account() -> Look:
    """Read how the studio's account stands at Stripe, write down whether it takes payments, and return it.

    Where Stripe does not answer, what was known before is returned with its sentence. In no transaction.
    """
    if not stripe_gateway.is_set_up():
        return Look(Standing.NO_KEY)
    own = payment_accounts.own_account()
    if own is None:
        return Look(Standing.NONE)
    if not own.name:
        return Look(Standing.PLATFORM)
    try:
        found = stripe_gateway.read_account(own.name)
    except GatewayError as refusal:
        known = Standing.READY if own.is_ready else Standing.UNFINISHED
        return Look(known, account=own.name, refusal=str(refusal))
    _note(own, found)
    return Look(
        _standing_of(found), account=own.name, wants=found.wants, problem=found.problem, pays_out=found.pays_out
    )


def _standing_of(found: AccountFacts) -> Standing:
    if found.is_ready:
        return Standing.READY
    if not found.has_told:
        return Standing.UNFINISHED
    return Standing.RESTRICTED if found.wants else Standing.IN_REVIEW


def refresh_account() -> OwnAccount | None:
    """Read whether the studio's own account takes payments, write that down, and return it; None while there is none.

    In no transaction.
    raises: billing.gateways.facts.GatewayError
    """
    own = payment_accounts.own_account()
    if own is None or not own.name:
        return own
    found = stripe_gateway.read_account(own.name)
    _note(own, found)
    return OwnAccount(own.name, found.is_ready)


def _note(own: OwnAccount, found: AccountFacts) -> None:
    if found.is_ready != own.is_ready:
        payment_accounts.connect_account(account=own.name, is_ready=found.is_ready, by="")
