"""The links under which clients see what they owe, and pay it: signed, for one document, for some time."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceKind, InvoiceStatus
from billing.selectors.signed_links import signer_of
from studio.errors import DomainError
from studio.mail.selectors.house import current_house

PAY = "pay"
LASTS = timedelta(days=180)  # each mail brings a new one


class LinkExpired(DomainError):
    """The link was given too long ago."""

    status_code = 410


def token_of(invoice: Invoice, *, today: date) -> str:
    """Return what stands in the address of a document: its key and today, signed.

    queries: 1 in the registry
    """
    return _token(signer_of(PAY), invoice, today)


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
    return {each.pk: f"{origin}{path_behind(_token(signer, each, today))}" for each in invoices}


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

    raises: LinkExpired
    """
    try:
        key, _dash, given = signer_of(PAY).unsign(token).partition("-")
        found, given_on = UUID(hex=key), date.fromisoformat(given)
    except (BadSignature, ValueError):
        return None
    if given_on + LASTS < today:
        raise LinkExpired(_("This link has expired. The studio will gladly send a new one."))
    rows = Invoice.objects.exclude(status=InvoiceStatus.DRAFT).exclude(kind=InvoiceKind.CREDIT_NOTE)
    return rows.select_related("client").filter(public_id=found).first()


def _token(signer: Signer, invoice: Invoice, today: date) -> str:
    return signer.sign(f"{invoice.public_id.hex}-{today:%Y%m%d}")
