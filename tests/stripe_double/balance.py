"""What moves an account's balance: every charge, refund, failed refund and dispute, with what Stripe keeps."""

from tests.stripe_double.world import Books, Json, World

FEE_PER_MILLE, FEE_FIXED = 15, 25
DISPUTE_FEE = 2000
AVAILABLE_AFTER = 7 * 24 * 3600
CATEGORIES = {"charge": "charge", "payment": "charge", "refund": "refund", "payment_refund": "refund"}


def fee_of(amount: int) -> int:
    """Return what Stripe keeps of a charge: 1.5 % and 25, halves up."""
    return (amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED


def move(
    world: World, books: Books, *, kind: str, source: Json, amount: int, fee: int, says: str, category: str = ""
) -> Json:
    """Write down a movement and return it.

    kind: the `type` of the balance transaction; source: what caused it
    amount: above zero when it comes in; fee: is taken off it
    """
    now, currency = world.clock.now(), source["currency"]
    fees = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe fees",
        "type": "stripe_fee",
    }
    return books.add(
        {
            "id": world.new_id("txn_1"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now + AVAILABLE_AFTER,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": says,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [fees] if fee else [],
            "net": amount - fee,
            "reporting_category": category or CATEGORIES.get(kind, kind),
            "source": source["id"],
            "status": "pending",
            "type": kind,
        }
    )


def totals(books: Books, *, since: int = 0, until: int | None = None) -> dict[str, dict[str, int]]:
    """Return per currency what came in and went out, by reporting category, with fees and the net sum.

    since, until: seconds; the second is excluded
    """
    found: dict[str, dict[str, int]] = {}
    for each in books.all("balance_transaction").values():
        if each["created"] < since or (until is not None and each["created"] >= until):
            continue
        sums = found.setdefault(each["currency"], {"fees": 0, "net": 0})
        sums[each["reporting_category"]] = sums.get(each["reporting_category"], 0) + each["amount"]
        sums["fees"] -= each["fee"]
        sums["net"] += each["net"]
    return found
