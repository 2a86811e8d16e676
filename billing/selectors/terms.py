"""On which terms a client is billed: their own where they have some, the studio's elsewhere."""

from billing.models import BillingDetails, VatRate
from sessions_app.models import Client
from studio.office.selectors.profile import current_profile


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


def usual_rate(client: Client) -> VatRate:
    """Return the VAT rate that a client's lines have unless what is sold says another.

    raises: VatRate.DoesNotExist when the studio has no default
    """
    return details_of(client).vat_rate or VatRate.objects.get(is_default=True)
