"""Stripe's test cards, and what becomes of a payment with each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A test card.

    decline: why it is declined, none when it pays
    disputed: a dispute follows at once
    refund: how a refund to it ends: at once, later, or later not at all
    """

    brand: str
    last4: str
    decline: str = ""
    disputed: bool = False
    refund: str = "succeeds"


GOOD, DECLINED = "4242424242424242", "4000000000000002"
CARDS = {
    GOOD: Card("visa", "4242"),
    "5555555555554444": Card("mastercard", "4444"),
    DECLINED: Card("visa", "0002", decline="generic_decline"),
    "4000000000009995": Card("visa", "9995", decline="insufficient_funds"),
    "4000000000000069": Card("visa", "0069", decline="expired_card"),
    "4000000000000259": Card("visa", "0259", disputed=True),
    "4000000000007726": Card("visa", "7726", refund="succeeds later"),
    "4000000000005126": Card("visa", "5126", refund="fails later"),
}
WORDS = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "expired_card": ("expired_card", "Your card has expired."),
}
