"""On which terms a client is billed: their own where they have some, the studio's elsewhere."""

from datetime import date, timedelta
from functools import cache

from babel import Locale

from billing.models import BillingDetails, Invoice, InvoiceKind, VatRate
from sessions_app.models import Client
from studio.office.selectors.profile import current_profile

# In which people write the country of an address, most of them.
LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt")
LETTERS = 2


def details_of(client: Client) -> BillingDetails:
    """Return how a client is billed; an unsaved row where nothing is agreed."""
    return BillingDetails.objects.filter(client=client).first() or BillingDetails(client=client)


def usual_terms(client: Client) -> dict[str, object]:
    """Return the facts with which a document for a client begins."""
    profile, details = current_profile(), details_of(client)
    own_term = details.payment_term_days
    return {
        "language": details.language or profile.language,
        "payment_term_days": profile.payment_term_days if own_term is None else own_term,
        "purchase_order": details.purchase_order,
    }


def due_on(document: Invoice, on: date) -> date:
    """Return when a document is due that is issued on a day; a credit note is at once."""
    return on if document.kind == InvoiceKind.CREDIT_NOTE else on + timedelta(days=document.payment_term_days)


def usual_rate(client: Client) -> VatRate:
    """Return the VAT rate that a client's lines have unless what is sold says another.

    raises: VatRate.DoesNotExist when the studio has no default
    """
    return details_of(client).vat_rate or VatRate.objects.get(is_default=True)


def country_of(client: Client, details: BillingDetails) -> str:
    """Return the code of a client's country: as agreed, as the address says, or the studio's where it says none.

    "" when the address says something that is no country.
    """
    written = client.country.strip()
    if details.country or not written:
        return details.country or current_profile().country
    return _codes().get(written.casefold(), "")


@cache
def _codes() -> dict[str, str]:
    """Return the code of each country by its names and by itself, in small letters."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == LETTERS and code.isalpha():
                found |= {name.casefold(): code, code.casefold(): code}
    return found
