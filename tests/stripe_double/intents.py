"""Payment intents and their charges: one intent per checkout, one charge per try."""

from typing import Any

from tests.stripe_double import balance
from tests.stripe_double.cards import WORDS, Card
from tests.stripe_double.errors import Refused, missing
from tests.stripe_double.events import tell
from tests.stripe_double.metadata import kept
from tests.stripe_double.world import Books, Json, World

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
NOTHING_IN_AN_INTENT = (
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "last_payment_error",
    "latest_charge",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "processing",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "transfer_data",
    "transfer_group",
)
NOTHING_IN_A_CHARGE = (
    "application",
    "application_fee",
    "application_fee_amount",
    "balance_transaction",
    "customer",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "outcome",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def find(books: Books, name: str, param: str = "intent") -> Json:
    """Return the intent of that id."""
    found = books.all("payment_intent").get(name)
    if found is None:
        raise missing("payment_intent", name, param)
    return found


def find_charge(books: Books, name: str, param: str = "charge") -> Json:
    """Return the charge of that id."""
    found = books.all("charge").get(name)
    if found is None:
        raise missing("charge", name, param)
    return found


def make(world: World, books: Books, *, session: Json, data: Json) -> Json:
    """Make the intent of a checkout session, at its first try to pay.

    data: the session's `payment_intent_data`
    """
    name = world.new_id("pi_3")
    intent: Json = books.add(
        {
            "id": name,
            **dict.fromkeys(NOTHING_IN_AN_INTENT),
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "capture_method": "automatic_async",
            "client_secret": f"{name}_secret_{world.new_id('')}",
            "confirmation_method": "automatic",
            "created": world.clock.now(),
            "currency": session["currency"],
            "description": data.get("description"),
            "livemode": books.livemode,
            "metadata": kept(data.get("metadata")),
            "payment_method_options": {},
            "payment_method_types": list(session["payment_method_types"]),
            "receipt_email": data.get("receipt_email"),
            "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
            "status": "requires_payment_method",
        }
    )
    tell(world, books, "payment_intent.created", intent)
    return intent


def charge(world: World, books: Books, intent: Json, *, means: Json, payer: Json) -> Json:
    """Make the charge of one try; it is pending.

    means: `payment_method_details`; payer: `billing_details`
    """
    is_card = means["type"] == "card"
    made = books.add(
        {
            "id": world.new_id("ch_3" if is_card else "py_3"),
            **dict.fromkeys(NOTHING_IN_A_CHARGE),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "billing_details": payer,
            "calculated_statement_descriptor": "STUDIO",
            "captured": False,
            "created": world.clock.now(),
            "currency": intent["currency"],
            "description": intent["description"],
            "disputed": False,
            "fraud_details": {},
            "livemode": books.livemode,
            "metadata": dict(intent["metadata"]),
            "paid": False,
            "payment_intent": intent["id"],
            "payment_method": world.new_id("pm_1"),
            "payment_method_details": means,
            "radar_options": {},
            "receipt_email": intent["receipt_email"],
            "refunded": False,
            "status": "pending",
        }
    )
    intent["latest_charge"], intent["payment_method"] = made["id"], made["payment_method"]
    return made


def wait(world: World, books: Books, intent: Json) -> None:
    """Leave an intent processing, as a bank debit is for days."""
    intent["status"] = "processing"
    intent["processing"] = {"type": "sepa_debit"}
    tell(world, books, "charge.pending", books.all("charge")[intent["latest_charge"]])
    tell(world, books, "payment_intent.processing", intent)


def succeed(world: World, books: Books, intent: Json) -> None:
    """Capture the latest charge of an intent in full."""
    paid = books.all("charge")[intent["latest_charge"]]
    outcome = {"network_status": "approved_by_network", "risk_level": "normal", "type": "authorized"}
    paid |= {
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount_captured": paid["amount"],
        "outcome": outcome,
    }
    intent |= {"status": "succeeded", "amount_received": paid["amount"], "processing": None, "last_payment_error": None}
    # Stripe captures behind its answer: the first news of a charge has no balance transaction yet.
    tell(world, books, "charge.succeeded", paid)
    tell(world, books, "payment_intent.succeeded", intent)
    if not world.settings.fees_wait:
        book(world, books, paid)


def book(world: World, books: Books, paid: Json) -> None:
    """Give a captured charge its balance transaction, and so its fee."""
    if paid["balance_transaction"] or not paid["captured"]:
        return
    kind = "charge" if paid["payment_method_details"]["type"] == "card" else "payment"
    fee = balance.fee_of(paid["amount"])
    says = paid["description"] or "Checkout"
    moved = balance.move(world, books, kind=kind, source=paid, amount=paid["amount"], fee=fee, says=says)
    paid["balance_transaction"] = moved["id"]
    tell(world, books, "charge.updated", paid, {"balance_transaction": None})


def fail(world: World, books: Books, intent: Json, reason: str) -> Json:
    """Fail the latest charge of an intent and return the error that the payer is shown.

    reason: a decline code
    """
    tried = books.all("charge")[intent["latest_charge"]]
    code, message = WORDS.get(reason, ("payment_method_provider_decline", "The payment was refused by the bank."))
    tried |= {"status": "failed", "paid": False, "failure_code": code, "failure_message": message}
    tried["outcome"] = {"network_status": "declined_by_network", "reason": reason, "type": "issuer_declined"}
    error: Json = {
        "type": "card_error",
        "code": code,
        "decline_code": reason,
        "message": message,
        "charge": tried["id"],
    }
    intent |= {"status": "requires_payment_method", "last_payment_error": error, "processing": None}
    intent["payment_method"] = None
    tell(world, books, "charge.failed", tried)
    tell(world, books, "payment_intent.payment_failed", intent)
    return error


def cancel(world: World, books: Books, intent: Json, reason: str | None) -> Json:
    """Cancel an intent that has not been paid."""
    if intent["status"] not in CANCELABLE:
        raise Refused(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            f"with one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
            code="payment_intent_unexpected_state",
            param="intent",
            begun=True,
            more={"payment_intent": intent},
        )
    intent |= {"status": "canceled", "canceled_at": world.clock.now(), "cancellation_reason": reason}
    tell(world, books, "payment_intent.canceled", intent)
    return intent


def card_means(card: Card) -> dict[str, Any]:
    """Return the `payment_method_details` of a card."""
    shown = {"brand": card.brand, "country": "DE", "exp_month": 12, "exp_year": 2034, "funding": "credit"}
    return {"type": "card", "card": shown | {"last4": card.last4, "network": card.brand}}


def debit_means() -> dict[str, Any]:
    """Return the `payment_method_details` of a bank debit."""
    return {"type": "sepa_debit", "sepa_debit": {"bank_code": "37040044", "country": "DE", "last4": "3000"}}
