"""Disputes: the money goes at once, and comes back when one is won."""

from tests.stripe_double import balance
from tests.stripe_double.errors import Refused, missing
from tests.stripe_double.events import tell
from tests.stripe_double.world import Books, Json, World

ANSWER_WITHIN = 9 * 24 * 3600


def find(books: Books, name: str) -> Json:
    """Return the dispute of that id."""
    found = books.all("dispute").get(name)
    if found is None:
        raise missing("dispute", name)
    return found


def open_dispute(
    world: World,
    books: Books,
    *,
    intent: Json,
    amount: int | None = None,
    reason: str = "fraudulent",
    asks: bool = False,
) -> Json:
    """Dispute a payment.

    amount: what was captured when left out
    asks: an inquiry, for which no money moves
    """
    paid = books.all("charge").get(intent["latest_charge"] or "")
    if paid is None or not paid["captured"] or paid["disputed"]:
        raise Refused("Only a captured payment can be disputed, and once.")
    now = world.clock.now()
    dispute: Json = books.add(
        {
            "id": world.new_id("du_1"),
            "object": "dispute",
            "amount": paid["amount_captured"] - paid["amount_refunded"] if amount is None else amount,
            "balance_transactions": [],
            "charge": paid["id"],
            "created": now,
            "currency": paid["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {},
            "evidence_details": {"due_by": now + ANSWER_WITHIN, "has_evidence": False, "past_due": False}
            | {"submission_count": 0},
            "is_charge_refundable": asks,
            "livemode": books.livemode,
            "metadata": {},
            "network_reason_code": "10.4",
            "payment_intent": intent["id"],
            "reason": reason,
            "status": "warning_needs_response" if asks else "needs_response",
        }
    )
    if not asks:
        paid["disputed"] = True
        _move(world, books, dispute, -dispute["amount"], fee=balance.DISPUTE_FEE, category="dispute")
    tell(world, books, "charge.dispute.created", dispute)
    if not asks:
        tell(world, books, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(world: World, books: Books, dispute: Json, *, won: bool) -> Json:
    """Decide a dispute; the fee stays with Stripe either way. An inquiry just ends."""
    if dispute["status"] in {"won", "lost", "warning_closed"}:
        raise Refused(f"This dispute is {dispute['status']}.")
    asks = dispute["status"].startswith("warning")
    dispute["status"] = "warning_closed" if asks else "won" if won else "lost"
    if won and not asks:
        _move(world, books, dispute, dispute["amount"], fee=0, category="dispute_reversal")
        tell(world, books, "charge.dispute.funds_reinstated", dispute)
    tell(world, books, "charge.dispute.closed", dispute)
    return dispute


def _move(world: World, books: Books, dispute: Json, amount: int, *, fee: int, category: str) -> None:
    says = f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}"
    moved = balance.move(
        world, books, kind="adjustment", source=dispute, amount=amount, fee=fee, says=says, category=category
    )
    dispute["balance_transactions"].append(moved)
