"""Checkout sessions: made, listed, expired; what the payer does with one is in `paying`."""

import re
from typing import Any
from urllib.parse import urlsplit

from tests.stripe_double import intents
from tests.stripe_double.errors import Refused, missing
from tests.stripe_double.events import tell
from tests.stripe_double.metadata import demand_metadata, kept
from tests.stripe_double.world import Books, Json, World

SOONEST, LATEST = 30 * 60, 24 * 3600
LEAST = 50
MOST = 99_999_999
LONGEST_REFERENCE = 200
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
METHODS = ("card", "sepa_debit")
MODELLED = frozenset(
    {
        "cancel_url",
        "client_reference_id",
        "customer_creation",
        "customer_email",
        "expand",
        "expires_at",
        "line_items.price_data.currency",
        "line_items.price_data.product_data.description",
        "line_items.price_data.product_data.metadata",
        "line_items.price_data.product_data.name",
        "line_items.price_data.unit_amount",
        "line_items.quantity",
        "locale",
        "metadata",
        "mode",
        "payment_intent_data.description",
        "payment_intent_data.metadata",
        "payment_intent_data.receipt_email",
        "payment_intent_data.statement_descriptor_suffix",
        "payment_method_types",
        "submit_type",
        "success_url",
    }
)
NOTHING_IN_A_SESSION = (
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "client_secret",
    "consent",
    "customer",
    "invoice",
    "payment_intent",
    "payment_link",
    "recovered_from",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "subscription",
)


def find(books: Books, name: str) -> Json:
    """Return the session of that id."""
    found = books.all("checkout.session").get(name)
    if found is None:
        raise missing("checkout.session", name, "session")
    return found


def demand(world: World, books: Books, params: Json) -> None:
    """Refuse what Stripe refuses before anything is made."""
    if params.get("mode", "payment") != "payment":
        raise Refused("The double of Stripe does 'payment' only.", code="not_in_the_double", param="mode")
    if not params.get("success_url"):
        raise Refused("Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        _demand_url(params.get(name), name)
    _demand_lines(params.get("line_items") or [])
    _demand_life(world.clock.now(), params.get("expires_at"))
    demand_metadata(params.get("metadata"), "metadata")
    demand_metadata(params.get("payment_intent_data", {}).get("metadata"), "payment_intent_data[metadata]")
    if (email := params.get("customer_email")) and not EMAIL.fullmatch(email):
        raise Refused(f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    if len(params.get("client_reference_id", "")) > LONGEST_REFERENCE:
        raise Refused("Invalid string: must be at most 200 characters", param="client_reference_id")
    for method in params.get("payment_method_types", []):
        if method not in METHODS:
            raise Refused(
                f"The double of Stripe knows {METHODS}.", code="not_in_the_double", param="payment_method_types"
            )


def _demand_url(url: str | None, param: str) -> None:
    if url is not None and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        raise Refused("Not a valid URL", code="url_invalid", param=param)


def _demand_lines(lines: list[Json]) -> None:
    if not lines:
        raise Refused("Missing required param: line_items.", code="parameter_missing", param="line_items")
    for number, line in enumerate(lines):
        _demand_line(line, f"line_items[{number}]")
    if len({line["price_data"]["currency"].lower() for line in lines}) > 1:
        raise Refused("All prices on a Checkout Session must have the same currency.", param="line_items")
    total = sum(_line_total(line) for line in lines)
    if total < LEAST:
        sentence = "The Checkout Session's total amount due must add up to at least 50 of the smallest unit."
        raise Refused(sentence, code="amount_too_small")
    if total > MOST:
        raise Refused("The Checkout Session's total amount must be at most 999,999.99.", code="amount_too_large")


def _demand_line(line: Json, at: str) -> None:
    price = line.get("price_data")
    if price is None:
        raise Refused(f"Missing required param: {at}[price_data].", code="parameter_missing", param=at)
    where = f"{at}[price_data]"
    for name in ("product_data", "unit_amount"):
        if name not in price:
            sentence = f"Missing required param: {where}[{name}]."
            raise Refused(sentence, code="parameter_missing", param=f"{where}[{name}]")
    if price["unit_amount"] < 0:
        sentence = "Invalid non-negative integer"
        raise Refused(sentence, code="parameter_invalid_integer", param=f"{where}[unit_amount]")
    if not re.fullmatch(r"[a-z]{3}", price["currency"].lower()):
        sentence = f"Invalid currency: {price['currency']}"
        raise Refused(sentence, code="invalid_currency", param=f"{where}[currency]")
    if line.get("quantity", 0) < 1:
        raise Refused("Quantity is required, and at least 1.", param=f"{at}[quantity]")


def _line_total(line: Json) -> int:
    return int(line["price_data"]["unit_amount"]) * int(line["quantity"])


def _demand_life(now: int, expires_at: int | None) -> None:
    if expires_at is not None and expires_at < now + SOONEST:
        sentence = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise Refused(sentence, param="expires_at")
    if expires_at is not None and expires_at > now + LATEST:
        sentence = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise Refused(sentence, param="expires_at")


def create(world: World, books: Books, params: Json) -> Json:
    """Make an open session and return it; its payment intent is made at the first try to pay."""
    account = world.accounts.get(books.account)
    if account is not None and not account["charges_enabled"]:
        sentence = "Your account cannot currently make charges: its onboarding has not been finished."
        raise Refused(sentence, code="account_invalid", begun=True)
    lines = [_line(world, line) for line in params["line_items"]]
    session = books.add(_opened(world, books, params, lines))
    # Not part of what is answered: the lines come when they are asked for, the rest with the intent.
    books.all("(lines)")[session["id"]] = {"lines": lines, "data": params.get("payment_intent_data", {})}
    world.wake_at(session["expires_at"])
    return session


def _opened(world: World, books: Books, params: Json, lines: list[Json]) -> Json:
    now = world.clock.now()
    name = world.new_id("cs_live_a1" if books.livemode else "cs_test_a1", 56)
    total = sum(line["amount_total"] for line in lines)
    return {
        "id": name,
        **dict.fromkeys(NOTHING_IN_A_SESSION),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "currency": lines[0]["currency"],
        "custom_fields": [],
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": _details(params.get("customer_email")),
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "expires_at": params.get("expires_at", now + LATEST),
        "livemode": books.livemode,
        "locale": params.get("locale"),
        "metadata": kept(params.get("metadata")),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": params.get("payment_method_types") or list(METHODS),
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{world.base_url}/pay/{name}",
    }


def _line(world: World, line: Json) -> Json:
    price = line["price_data"]
    total, currency = _line_total(line), price["currency"].lower()
    return {
        "id": world.new_id("li_1"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": price["product_data"]["name"],
        "price": {"id": world.new_id("price_1"), "object": "price", "unit_amount": price["unit_amount"]}
        | {"currency": currency, "type": "one_time", "active": False, "product": world.new_id("prod_")},
        "quantity": line["quantity"],
    }


def _details(email: str | None, name: str | None = None) -> Json | None:
    if email is None:
        return None
    return {"address": None, "email": email, "name": name, "phone": None, "tax_exempt": "none", "tax_ids": None}


def lines_of(books: Books, session: Json) -> list[Json]:
    """Return what a session is for."""
    found: list[Json] = books.all("(lines)")[session["id"]]["lines"]
    return found


def expire(world: World, books: Books, session: Json) -> Json:
    """End an open session before its time."""
    if session["status"] != "open":
        raise Refused(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Session has a status of '
            f"`{session['status']}`.",
            begun=True,
        )
    session |= {"status": "expired", "url": None}
    tell(world, books, "checkout.session.expired", session)
    if session["payment_intent"]:
        intents.cancel(world, books, books.all("payment_intent")[session["payment_intent"]], "expired")
    return session


def expire_due(world: World) -> None:
    """End the sessions whose time has come."""
    now = world.clock.now()
    for books in world.books.values():
        for session in books.all("checkout.session").values():
            if session["status"] != "open":
                continue
            if session["expires_at"] <= now:
                expire(world, books, session)
            else:
                world.wake_at(session["expires_at"])


def matches(session: Json, params: Json) -> bool:
    """Return whether a list asked for in that way has this session."""
    details: dict[str, Any] = session["customer_details"] or {}
    wanted = params.get("customer_details", {}).get("email")
    return (
        session["status"] == params.get("status", session["status"])
        and session["payment_intent"] == params.get("payment_intent", session["payment_intent"])
        and (wanted is None or details.get("email") == wanted)
    )
