"""Stripe's objects, as plain dictionaries, read into facts of ours."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.gateways.facts import (
    AccountFacts,
    CheckoutFacts,
    CheckoutStatus,
    DisputeFacts,
    DisputeStatus,
    Fee,
    IntentFacts,
    IntentStatus,
    MovementFacts,
    RefundFacts,
    RefundStatus,
    Refused,
)

type Json = Mapping[str, Any]

# As Stripe counts, which is not ISO 4217: the rest have two decimals there.
WITHOUT_DECIMALS = frozenset(
    (
        *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
        *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
    )
)
INTENT_STATUSES = {
    "requires_action": IntentStatus.WAITING,
    "processing": IntentStatus.PROCESSING,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELLED,
}
# By what Stripe was paid -> `PaymentMethod`; wallets and the rest are others.
METHODS = {
    **dict.fromkeys(("", "card"), "card"),
    **dict.fromkeys(("acss_debit", "au_becs_debit", "bacs_debit", "sepa_debit", "us_bank_account"), "debit"),
    "customer_balance": "transfer",
}
REFUND_STATUSES = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
DISPUTE_STATUSES = {"won": DisputeStatus.WON, "lost": DisputeStatus.LOST, "prevented": DisputeStatus.INQUIRY}


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount as Stripe counts it.

    raises: Refused for an amount that it cannot count
    """
    units = amount.scaleb(0 if currency in WITHOUT_DECIMALS else 2)
    if units != units.to_integral_value():
        told = _("Stripe has no amount of %(amount)s %(currency)s.")
        raise Refused(told % {"amount": amount, "currency": currency})
    return int(units)


def from_minor(units: int, currency: str) -> Decimal:
    """Return an amount of Stripe's, with the two decimals that we keep."""
    return Decimal(units).scaleb(0 if currency.upper() in WITHOUT_DECIMALS else -2).quantize(Decimal("0.01"))


def checkout(found: Json, account: str) -> CheckoutFacts:
    """Return a checkout session."""
    kept = found.get("metadata") or {}
    return CheckoutFacts(
        id=found["id"],
        account=account,
        is_live=found["livemode"],
        status=CheckoutStatus(found["status"]),
        amount=from_minor(found["amount_total"], found["currency"]),
        currency=found["currency"].upper(),
        intent=_id_of(found.get("payment_intent")),
        attempt=kept.get("attempt", ""),
        studio=kept.get("studio", ""),
        url=found.get("url") or "",
    )


def intent(found: Json, account: str, *, refunds: Iterable[Json], disputes: Iterable[Json]) -> IntentFacts:
    """Return a payment intent whose last charge was read along."""
    kept, charge = found.get("metadata") or {}, found.get("latest_charge") or {}
    failure = found.get("last_payment_error") or {}
    means = (charge.get("payment_method_details") or {}).get("type", "")
    is_captured = bool(charge.get("captured")) and found["amount_received"] > 0
    return IntentFacts(
        id=found["id"],
        account=account,
        is_live=found["livemode"],
        status=INTENT_STATUSES.get(found["status"], IntentStatus.OPEN),
        amount=from_minor(found["amount"], found["currency"]),
        currency=found["currency"].upper(),
        received=from_minor(found["amount_received"], found["currency"]),
        captured_at=_at(charge["created"]) if is_captured else None,
        attempt=kept.get("attempt", ""),
        studio=kept.get("studio", ""),
        error=(failure.get("message") or "")[:500],
        decline=(failure.get("decline_code") or failure.get("code") or "")[:100],
        method=METHODS.get(means, "other"),
        fees=_fees([charge.get("balance_transaction")]),
        refunds=tuple(sorted((refund(each) for each in refunds), key=lambda each: (each.at, each.id))),
        disputes=tuple(sorted((dispute(each) for each in disputes), key=lambda each: (each.at, each.id))),
    )


def refund(found: Json) -> RefundFacts:
    """Return a refund."""
    return RefundFacts(
        id=found["id"],
        status=REFUND_STATUSES.get(found["status"], RefundStatus.PENDING),
        amount=from_minor(found["amount"], found["currency"]),
        currency=found["currency"].upper(),
        asked_as=(found.get("metadata") or {}).get("refund", ""),
        at=_at(found["created"]),
        error=found.get("failure_reason") or "",
        fees=_fees([found.get("balance_transaction")]),
    )


def dispute(found: Json) -> DisputeFacts:
    """Return a dispute; one that only asks a question has not moved money."""
    status = DISPUTE_STATUSES.get(found["status"], DisputeStatus.OPEN)
    if found["status"].startswith("warning"):
        status = DisputeStatus.INQUIRY
    return DisputeFacts(
        id=found["id"],
        status=status,
        amount=from_minor(found["amount"], found["currency"]),
        currency=found["currency"].upper(),
        reason=found.get("reason") or "",
        at=_at(found["created"]),
        fees=_fees(found.get("balance_transactions") or []),
    )


def movement(found: Json) -> MovementFacts:
    """Return a balance transaction whose source was read along."""
    source = found.get("source")
    of = source if isinstance(source, Mapping) else {}
    return MovementFacts(
        id=found["id"],
        kind=found.get("reporting_category") or found["type"],
        source=_id_of(source),
        intent=_id_of(of.get("payment_intent")),
        amount=from_minor(found["amount"], found["currency"]),
        fee=from_minor(found["fee"], found["currency"]),
        currency=found["currency"].upper(),
        at=_at(found["created"]),
    )


def account(found: Json) -> AccountFacts:
    """Return an account."""
    asked = found.get("requirements") or {}
    wants = [*(asked.get("past_due") or ()), *(asked.get("currently_due") or ())]
    return AccountFacts(
        id=found["id"],
        is_ready=bool(found.get("charges_enabled")),
        has_told=bool(found.get("details_submitted")),
        pays_out=bool(found.get("payouts_enabled")),
        wants=tuple(dict.fromkeys(wants)),
        problem=asked.get("disabled_reason") or "",
    )


def _fees(movements: Iterable[object]) -> tuple[Fee, ...]:
    """Return what was kept of movements, of those that were read along and have happened."""
    there = [each for each in movements if isinstance(each, Mapping)]
    return tuple(Fee(from_minor(each["fee"], each["currency"]), each["currency"].upper()) for each in there)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _id_of(thing: object) -> str:
    """Return the number of an object, read along or not; "" for none."""
    return str(thing["id"]) if isinstance(thing, Mapping) else str(thing or "")
