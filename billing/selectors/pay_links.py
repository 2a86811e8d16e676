"""The links under which clients see what they owe, and pay it: signed, for one document, for some time."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.urls import reverse

from billing.models import Invoice, InvoiceKind, InvoiceStatus
from billing.selectors import signed_links
from billing.selectors.signed_links import signer_of
from studio.mail.selectors.house import current_house

PAY = "pay"
LASTS = timedelta(days=180)  # each mail brings a new one


def token_of(invoice: Invoice, *, today: date) -> str:
    """Return what stands in the address of a document: its key and today, signed.

    queries: 1 in the registry
    """
    return signed_links.dated(signer_of(PAY), invoice.public_id, today=today)


def address_of(invoice: Invoice, *, today: date) -> str:
    """Return the whole address of a document, for a mail or to be copied.

    queries: 2 in the registry
    """
    return addresses_of([invoice], today=today)[invoice.pk]


def addresses_of(invoices: Iterable[Invoice], *, today: date) -> Mapping[int, str]:
    """Return the whole addresses of documents, by their keys.

    queries: 2 in the registry, however many documents
    """
    origin, signer = current_house().origin, signer_of(PAY)
    return {
        each.pk: f"{origin}{path_behind(signed_links.dated(signer, each.public_id, today=today))}" for each in invoices
    }


def path_of(invoice: Invoice, *, today: date) -> str:
    """Return the address of a document below that of the studio.

    queries: 1 in the registry
    """
    return path_behind(token_of(invoice, today=today))


def path_behind(token: str) -> str:
    """Return the address in which a token stands, below that of the studio."""
    return reverse("billing:pay-page", "studio.urls", args=[token])


def invoice_behind(token: str, *, today: date) -> Invoice | None:
    """Return the document of a token, which asks for money or did; None for one that nobody here has signed.

    raises: signed_links.LinkExpired
    """
    key = signed_links.key_behind(PAY, token, lasts=LASTS, today=today)
    if key is None:
        return None
    rows = Invoice.objects.exclude(status=InvoiceStatus.DRAFT).exclude(kind=InvoiceKind.CREDIT_NOTE)
    return rows.select_related("client").filter(public_id=key).first()
