"""The links under which clients read and answer quotes: signed, for one version of one studio."""

from uuid import UUID

from django.core.signing import BadSignature
from django.urls import reverse

from billing.models import QuoteVersion
from billing.selectors.signed_links import signer_of
from studio.mail.selectors.house import current_house

QUOTE = "quote"


def token_of(version: QuoteVersion) -> str:
    """Return what stands in the address of a version; it is stored nowhere, and made anew whenever it is shown."""
    return signer_of(QUOTE).sign(version.public_id.hex)


def address_of(version: QuoteVersion) -> str:
    """Return the whole address of a version, for a mail or to be copied.

    queries: 2 in the registry
    """
    path = reverse("billing:quote-page", "studio.urls", args=[token_of(version)])
    return f"{current_house().origin}{path}"


def version_behind(token: str) -> QuoteVersion | None:
    """Return the version of a token; None for one that nobody here has signed."""
    try:
        key = UUID(hex=signer_of(QUOTE).unsign(token))
    except (BadSignature, ValueError):
        return None
    rows = QuoteVersion.objects.select_related("quote__client", "quote__deposit_invoice")
    return rows.filter(public_id=key).first()
