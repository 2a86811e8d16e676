"""Stripe, and the only module that knows its library: what comes out of here is ours.

Its own tries are switched off: whoever asks knows what may be asked again. A call waits 3 seconds for a connection and
7 for an answer, in no transaction, and in one of a few places. Answers are read under one version of the interface,
whatever the account's own is.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import requests
import stripe
from django.conf import settings
from django.utils.translation import gettext as _

from billing.gateways import breaker, stripe_readings
from billing.gateways.facts import (
    AccountFacts,
    Busy,
    CheckoutFacts,
    CheckoutOrder,
    IntentFacts,
    MovementFacts,
    NotSetUp,
    RefundFacts,
    RefundOrder,
    Refused,
    Unreachable,
    Unsure,
)
from billing.gateways.stripe_readings import to_minor
from studio.tenancy.context import current_schema
from studio.tenancy.selectors import registry

STRIPE_HOST, CHECKOUT_ORIGIN = "api.stripe.com", "https://checkout.stripe.com"
CONNECT_ORIGIN = "https://connect.stripe.com"
API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS, ANSWER_SECONDS = 3, 7
RETRY_SECONDS, CROWDED_SECONDS = 2, 5
LIVE_PREFIXES = ("sk_live_", "rk_live_")
IN_USE = "idempotency_key_in_use"
WHOLE_INTENT = ["latest_charge.balance_transaction", "latest_charge.refunds.data.balance_transaction"]


def is_set_up() -> bool:
    """Return whether there is a key to ask with."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Return whether the key moves real money."""
    return str(settings.STRIPE_SECRET_KEY).startswith(LIVE_PREFIXES)


def checkout_origin() -> str:
    """Return the scheme and host of the pages on which clients pay: Stripe's, or those of whoever stands in for it."""
    base = urlsplit(settings.STRIPE_API_BASE)
    return CHECKOUT_ORIGIN if base.netloc == STRIPE_HOST else f"{base.scheme}://{base.netloc}"


def connect_origin() -> str:
    """Return the scheme and host of the pages on which owners tell what is asked of them, as `checkout_origin`."""
    base = urlsplit(settings.STRIPE_API_BASE)
    return CONNECT_ORIGIN if base.netloc == STRIPE_HOST else f"{base.scheme}://{base.netloc}"


# Paying -----------------------------------------------------------------------------------------


def start_checkout(order: CheckoutOrder) -> CheckoutFacts:
    """Have a page made on which a client pays, and return it; the same order again is the same page.

    raises: GatewayError
    """
    kept = {"attempt": str(order.key), "studio": order.studio}
    price = {"currency": order.currency.lower(), "unit_amount": to_minor(order.amount, order.currency)}
    asked: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": str(order.key),
        "line_items": [{"price_data": price | {"product_data": {"name": order.name}}, "quantity": 1}],
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
        "metadata": kept,
        "payment_intent_data": {"metadata": kept, "description": order.name},
    }
    if order.email:
        asked["customer_email"] = order.email
    with _asking() as client:
        made = client.v1.checkout.sessions.create(cast("Any", asked), _options(order.account, str(order.key)))
        return stripe_readings.checkout(made.to_dict(), order.account)


def read_checkout(*, checkout: str, account: str) -> CheckoutFacts:
    """Return a page as it is now.

    raises: GatewayError
    """
    with _asking() as client:
        found = client.v1.checkout.sessions.retrieve(checkout, None, _options(account))
        return stripe_readings.checkout(found.to_dict(), account)


def find_checkout(*, key: str, account: str, since: datetime) -> CheckoutFacts | None:
    """Return the page that was made for a payment since a moment, or None where there is none.

    raises: GatewayError
    """
    with _asking() as client:
        for each in client.v1.checkout.sessions.list(_since(since), _options(account)).auto_paging_iter():
            if each.client_reference_id == key:
                return stripe_readings.checkout(each.to_dict(), account)
    return None


def expire_checkout(*, checkout: str, account: str) -> CheckoutFacts:
    """Have a page take no payment from now on, and return it; one that was paid before stays paid.

    raises: GatewayError
    """
    try:
        with _asking() as client:
            found = client.v1.checkout.sessions.expire(checkout, None, _options(account))
            return stripe_readings.checkout(found.to_dict(), account)
    except Refused:
        return read_checkout(checkout=checkout, account=account)


def read_intent(*, intent: str, account: str) -> IntentFacts:
    """Return a payment with its charge, refunds and disputes, as they are now.

    raises: GatewayError
    """
    with _asking() as client:
        found = client.v1.payment_intents.retrieve(intent, {"expand": WHOLE_INTENT}, _options(account)).to_dict()
        charge = found.get("latest_charge") or {}
        refunds, disputes = charge.get("refunds") or {"data": []}, []
        if refunds.get("has_more"):
            every = client.v1.refunds.list(
                {"payment_intent": intent, "limit": 100, "expand": ["data.balance_transaction"]}, _options(account)
            )
            refunds = {"data": [each.to_dict() for each in every.auto_paging_iter()]}
        if charge.get("disputed"):
            theirs = client.v1.disputes.list({"payment_intent": intent, "limit": 100}, _options(account))
            disputes = [each.to_dict() for each in theirs.auto_paging_iter()]
        return stripe_readings.intent(found, account, refunds=refunds["data"], disputes=disputes)


def refund(order: RefundOrder) -> RefundFacts:
    """Have money paid back, and return what became of it; the same order again is the same refund.

    raises: GatewayError
    """
    asked: dict[str, Any] = {
        "payment_intent": order.intent,
        "amount": to_minor(order.amount, order.currency),
        "metadata": {"refund": str(order.key)},
    }
    with _asking() as client:
        made = client.v1.refunds.create(cast("Any", asked), _options(order.account, str(order.key)))
        return stripe_readings.refund(made.to_dict())


# What was touched -------------------------------------------------------------------------------


def intents_since(*, account: str, since: datetime) -> Iterator[tuple[str, str, str]]:
    """Yield the number of each payment made since a moment, with the attempt and the studio that we had Stripe keep.

    Both are "" for one that was not begun here.

    raises: GatewayError
    """
    with _asking() as client:
        rows = client.v1.payment_intents.list(_since(since), _options(account))
        for each in rows.auto_paging_iter():
            kept = each.to_dict().get("metadata") or {}
            yield each.id, kept.get("attempt", ""), kept.get("studio", "")


def returns_since(*, account: str, since: datetime) -> Iterator[str]:
    """Yield the numbers of the payments of which something was paid back or disputed since a moment.

    raises: GatewayError
    """
    with _asking() as client:
        for rows in (
            client.v1.refunds.list(_since(since), _options(account)),
            client.v1.disputes.list(_since(since), _options(account)),
        ):
            for each in rows.auto_paging_iter():
                if intent := each.to_dict().get("payment_intent"):
                    yield intent


def movements_since(*, account: str, since: datetime) -> Iterator[MovementFacts]:
    """Yield each change of the balance since a moment, the newest first.

    raises: GatewayError
    """
    with _asking() as client:
        asked = cast("Any", _since(since) | {"expand": ["data.source"]})
        for each in client.v1.balance_transactions.list(asked, _options(account)).auto_paging_iter():
            yield stripe_readings.movement(each.to_dict())


# Accounts ---------------------------------------------------------------------------------------


def create_account(*, studio: str, key: str, country: str, email: str) -> AccountFacts:
    """Have an account made for a studio; the same key again is the same account.

    raises: GatewayError
    """
    asked: dict[str, Any] = {"type": "standard", "country": country, "metadata": {"studio": studio}}
    if email:
        asked["email"] = email
    with _asking() as client:
        return stripe_readings.account(client.v1.accounts.create(cast("Any", asked), _options("", key)).to_dict())


def onboarding_link(*, account: str, return_url: str, refresh_url: str) -> str:
    """Return an address at Stripe at which an account's owner tells what Stripe asks of them; it works once, and soon.

    raises: GatewayError
    """
    with _asking() as client:
        link = client.v1.account_links.create(
            {
                "account": account,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": refresh_url,
            }
        )
        return link.url


def read_account(account: str) -> AccountFacts:
    """Return an account as it is now; "" is the one of the key.

    raises: GatewayError
    """
    with _asking() as client:
        if account:
            return stripe_readings.account(client.v1.accounts.retrieve(account).to_dict())
        return stripe_readings.account(client.v1.accounts.retrieve_current().to_dict())


# How ----------------------------------------------------------------------------------------------


@contextmanager
def waiting() -> Iterator[None]:
    """Run a block that waits for somebody who asks, in a place of one's own.

    raises: Busy, Unreachable
    """
    place = _place()
    try:
        yield
    finally:
        breaker.leave_place(place, answered=None)


class _Door(stripe.RequestsClient):
    """What every call goes through: nobody asks without a place, or while Stripe is left alone."""

    def request(self, *asked: Any, **more: Any) -> tuple[Any, int, Mapping[str, str]]:
        """Ask, and note whether there was an answer.

        raises: Busy, Unreachable, stripe.APIConnectionError
        """
        place, answered = _place(), False
        try:
            said = super().request(*asked, **more)
            answered = said[1] < HTTPStatus.INTERNAL_SERVER_ERROR
            return said
        finally:
            breaker.leave_place(place, answered=answered)


def _place() -> UUID:
    try:
        return breaker.take_place()
    except breaker.LeftAlone as exc:
        raise Unreachable(_("Stripe cannot be reached at the moment. Please try again in a minute.")) from exc
    except breaker.Crowded as exc:
        raise Busy(_("Stripe is slow at the moment. Please try again in a moment."), CROWDED_SECONDS) from exc


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    """Return the library's client; a redirection would hand the key to another host."""
    session = requests.Session()
    session.max_redirects = 0
    door = _Door(timeout=(CONNECT_SECONDS, ANSWER_SECONDS), session=session)
    return stripe.StripeClient(
        key, stripe_version=API_VERSION, base_addresses={"api": base}, max_network_retries=0, http_client=door
    )


@contextmanager
def _asking() -> Iterator[stripe.StripeClient]:
    """Give the client, and turn what goes wrong into one of our four.

    A copy that is only looked at is given none: the money is its original's.
    raises: NotSetUp, Refused, Busy, Unsure, Unreachable
    """
    if not is_set_up():
        raise NotSetUp(_("Paying online is not set up."))
    if registry.holds_mails(current_schema()):
        raise NotSetUp(_("This studio is a restored copy: it moves no money before it is let live."))
    try:
        yield _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
    except stripe.StripeError as exc:
        raise _ours(exc) from exc


def _ours(error: stripe.StripeError) -> Refused | Busy | Unsure | Unreachable | NotSetUp:
    """Return the error of ours that one of Stripe's is."""
    if isinstance(error, stripe.AuthenticationError):  # a key that was rolled: nobody is told no for good by it
        return NotSetUp(_("Stripe does not take the key that is set here."))
    if isinstance(error, stripe.APIConnectionError):
        if isinstance(error.__cause__, requests.ConnectTimeout) or _is_unconnected(error.__cause__):
            return Unreachable(_("Stripe cannot be reached at the moment. Please try again in a minute."))
        return Unsure(_("Stripe did not answer in time. Please look again in a minute."))
    status, code = error.http_status or 0, str(error.code or "")
    if isinstance(error, stripe.RateLimitError) or code == IN_USE:
        wanted = str((error.headers or {}).get("Retry-After", ""))
        seconds = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < len("9999") else RETRY_SECONDS
        return Busy(_("Stripe is busy. Please try again in a moment."), seconds)
    # Another question under the key of one that was asked: that one may well have been done.
    if isinstance(error, stripe.IdempotencyError) or status not in range(400, 500) or status == HTTPStatus.CONFLICT:
        return Unsure(_("Stripe did not say whether it was done. Please look again in a minute."))
    told = str(error.user_message or error)[:400]
    return Refused(_("Stripe refused: %(told)s") % {"told": told}, code)


def _is_unconnected(cause: BaseException | None) -> bool:
    """Return whether nobody listened: nothing was sent then."""
    seen = cause
    while seen is not None:
        reason = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        if type(seen).__name__ in {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}:
            return True
        seen = reason if isinstance(reason, BaseException) else None
    return False


def _options(account: str, key: str = "") -> Any:
    options = {"stripe_account": account} if account else {}
    return options | ({"idempotency_key": key} if key else {})


def _since(since: datetime) -> Any:
    return {"created": {"gte": int(since.timestamp())}, "limit": 100}
