"""Why a bank declined a card, as the client is told: in our own words, and no more than they may know.

Stripe asks that a client be told nothing of a card that is reported lost or stolen, or of a suspicion: those are among
the words for everything else.
source: https://docs.stripe.com/declines/codes
"""

from django.utils.translation import gettext_lazy as _

LIMITED = _("There is not enough money on the card, or its limit is reached.")
EXPIRED = _("The card has expired.")
MISTYPED = _("The number, the date or the security code of the card was not right.")
UNCONFIRMED = _("Your bank asked you to confirm the payment, and had no answer.")
UNFIT = _("The card does not take this kind of payment.")
UNAVAILABLE = _("Your bank could not be asked. In a few minutes it may be.")
UNSAID = _("Your bank did not say why. It will tell you when you ask.")
SENTENCES = {
    **dict.fromkeys(("insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded"), LIMITED),
    "expired_card": EXPIRED,
    **dict.fromkeys(
        (
            *("incorrect_number", "invalid_number", "incorrect_cvc", "invalid_cvc", "incorrect_zip"),
            *("incorrect_address", "invalid_expiry_month", "invalid_expiry_year"),
            *("incorrect_pin", "invalid_pin", "invalid_account"),
        ),
        MISTYPED,
    ),
    **dict.fromkeys(
        (
            *("authentication_required", "authentication_not_handled", "payment_intent_authentication_failure"),
            *("mobile_device_authentication_required", "offline_pin_required", "online_or_offline_pin_required"),
        ),
        UNCONFIRMED,
    ),
    **dict.fromkeys(
        (
            *("card_not_supported", "currency_not_supported", "service_not_allowed", "transaction_not_allowed"),
            *("not_permitted", "invalid_amount", "testmode_decline"),
        ),
        UNFIT,
    ),
    **dict.fromkeys(
        ("processing_error", "issuer_not_available", "try_again_later", "reenter_transaction"), UNAVAILABLE
    ),
}


def sentence_of(code: str) -> str:
    """Return what the client is told of a bank's no; what is not known has the words for everything else."""
    return str(SENTENCES.get(code, UNSAID))
