"""Refunds: never more than was captured, and not always in the end."""

from tests.stripe_double import balance, intents
from tests.stripe_double.errors import Refused, missing
from tests.stripe_double.events import tell
from tests.stripe_double.metadata import demand_metadata, kept
from tests.stripe_double.world import Books, Json, World

MODELLED = frozenset({"amount", "charge", "currency", "expand", "metadata", "payment_intent", "reason"})
NOTHING_IN_A_REFUND = (
    "balance_transaction",
    "failure_balance_transaction",
    "failure_reason",
    "next_action",
    "receipt_number",
    "source_transfer_reversal",
    "transfer_reversal",
)


def find(books: Books, name: str) -> Json:
    """Return the refund of that id."""
    found = books.all("refund").get(name)
    if found is None:
        raise missing("refund", name)
    return found


def demand(world: World, books: Books, params: Json) -> None:
    """Refuse what Stripe refuses before anything is made."""
    if "payment_intent" not in params and "charge" not in params:
        sentence = "One of the following params should be provided for this request: payment_intent or charge."
        raise Refused(sentence, code="parameter_missing")
    if params.get("amount", 1) < 1:
        raise Refused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    demand_metadata(params.get("metadata"), "metadata")


def create(world: World, books: Books, params: Json) -> Json:
    """Give back part or all of a charge."""
    paid = _charge(books, params)
    left = _demand_refundable(paid)
    amount = params.get("amount", left)
    if amount > left:
        sentence = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise Refused(sentence, param="amount", begun=True)
    if params.get("currency", paid["currency"]) != paid["currency"]:
        raise Refused("The currency is not that of the charge.", param="currency", begun=True)
    is_card = paid["payment_method_details"]["type"] == "card"
    waits = world.settings.refunds_wait or not is_card or _plan(books, paid["id"]) == "succeeds later"
    refund: Json = books.add(
        {
            "id": world.new_id("re_3" if is_card else "pyr_1"),
            **dict.fromkeys(NOTHING_IN_A_REFUND),
            "object": "refund",
            "amount": amount,
            "charge": paid["id"],
            "created": world.clock.now(),
            "currency": paid["currency"],
            "destination_details": {"type": paid["payment_method_details"]["type"]},
            "metadata": kept(params.get("metadata")),
            "payment_intent": paid["payment_intent"],
            "pending_reason": "processing" if waits else None,
            "reason": params.get("reason"),
            "status": "pending" if waits else "succeeded",
        }
    )
    kind = "refund" if is_card else "payment_refund"
    says = f"REFUND FOR {paid['description'] or 'CHECKOUT'}"
    moved = balance.move(world, books, kind=kind, source=refund, amount=-amount, fee=0, says=says)
    refund["balance_transaction"] = moved["id"]
    before = {"amount_refunded": paid["amount_refunded"], "refunded": paid["refunded"]}
    _give_back(paid, amount)
    world.put_off(books, refund)
    tell(world, books, "refund.created", refund)
    tell(world, books, "charge.refunded", paid, before)
    return refund


def settle_due(world: World) -> None:
    """End the refunds to cards that say later how it went."""
    for books in world.books.values():
        for refund in books.all("refund").values():
            end = LATER_ENDS.get((_plan(books, refund["charge"]), refund["status"]))
            if end and world.is_due(books, refund):
                end(world, books, refund)


def _plan(books: Books, charge: str) -> str:
    return str(books.all("(cards)").get(charge, {}).get("refund", ""))


def _charge(books: Books, params: Json) -> Json:
    if "charge" in params:
        return intents.find_charge(books, params["charge"])
    intent = intents.find(books, params["payment_intent"], "payment_intent")
    if intent["latest_charge"] is None:
        raise _unpaid(intent["id"])
    return books.all("charge")[intent["latest_charge"]]


def _unpaid(name: str) -> Refused:
    return Refused(f"This PaymentIntent ({name}) does not have a successful charge to refund.", begun=True)


def _demand_refundable(paid: Json) -> int:
    if not paid["captured"]:
        raise _unpaid(paid["payment_intent"])
    if paid["disputed"]:
        sentence = f"Charge {paid['id']} has been charged back; cannot issue a refund."
        raise Refused(sentence, code="charge_disputed", begun=True)
    if paid["refunded"]:
        sentence = f"Charge {paid['id']} has already been refunded."
        raise Refused(sentence, code="charge_already_refunded", begun=True)
    left: int = paid["amount_captured"] - paid["amount_refunded"]
    return left


def _give_back(paid: Json, amount: int) -> None:
    paid["amount_refunded"] += amount
    paid["refunded"] = paid["amount_refunded"] == paid["amount_captured"]


def succeed(world: World, books: Books, refund: Json) -> Json:
    """Say that a pending refund reached the payer."""
    if refund["status"] != "pending":
        raise Refused(f"This refund is {refund['status']}.")
    before = {"status": "pending", "pending_reason": refund["pending_reason"]}
    refund |= {"status": "succeeded", "pending_reason": None}
    tell(world, books, "charge.refund.updated", refund, before)
    tell(world, books, "refund.updated", refund, before)
    return refund


def fail(world: World, books: Books, refund: Json, reason: str = "lost_or_stolen_card") -> Json:
    """Say that a refund never reached the payer, be it pending or believed done: the money is back."""
    if refund["status"] not in {"pending", "succeeded"}:
        raise Refused(f"This refund is {refund['status']}.")
    before = {"status": refund["status"], "failure_reason": None, "failure_balance_transaction": None}
    amount, says = refund["amount"], f"REFUND FAILURE FOR {refund['id']}"
    moved = balance.move(world, books, kind="refund_failure", source=refund, amount=amount, fee=0, says=says)
    refund |= {"status": "failed", "failure_reason": reason, "pending_reason": None}
    refund["failure_balance_transaction"] = moved["id"]
    _give_back(books.all("charge")[refund["charge"]], -amount)
    tell(world, books, "charge.refund.updated", refund, before)
    tell(world, books, "refund.updated", refund, before)
    tell(world, books, "refund.failed", refund, before)
    return refund


LATER_ENDS = {("fails later", "succeeded"): fail, ("succeeds later", "pending"): succeed}
