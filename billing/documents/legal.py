"""What the law of the seller's country wants said on a document."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from billing.models import InvoiceKind, VatCategory

ASKING = (InvoiceKind.INVOICE, InvoiceKind.DEPOSIT, InvoiceKind.CORRECTED)


def legal_notes(snapshot: Mapping[str, Any]) -> Sequence[str]:
    """Return the sentences, in the language that is active."""
    return [*_untaxed(snapshot["taxes"]), *_french(snapshot)]


def costs_of_paying_late(country: str) -> str:
    """Return what the law of the seller's country lets it ask of who pays late, as it wants it named; "" for none.

    country: two letters
    """
    if country != "FR":
        return ""
    return _(
        "Business clients who pay late owe interest at the refinancing rate of the European Central Bank plus 10"
        " percentage points, and a fixed sum of 40 euros for the costs of recovery (articles L441-10 and D441-5 of"
        " the French commercial code)."
    )


def _untaxed(taxes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return why no VAT is charged, each reason once."""
    told: list[str] = []
    for tax in taxes:
        sentence = tax["reason"] or (_("Reverse charge.") if tax["category"] == VatCategory.REVERSE_CHARGE else "")
        if sentence and sentence not in told:
            told.append(sentence)
    return told


def _french(snapshot: Mapping[str, Any]) -> list[str]:
    """Return what the French commercial and tax codes want on a document that asks for money."""
    seller, document = snapshot["seller"], snapshot["document"]
    if seller["country"] != "FR" or document["kind"] not in ASKING:
        return []
    told = [costs_of_paying_late(seller["country"]), _("No discount is given for early payment.")]
    if seller.get("vat_on_debits"):
        told.append(_("VAT is due when the invoice is issued (option for debits)."))
    return told
