"""The letter with which a quote goes to its client."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Quote, QuoteVersion
from billing.selectors import quote_links, quote_pages
from billing.selectors.terms import details_of
from studio.errors import DomainError
from studio.mail.selectors.house import current_house
from studio.mail.services import writing
from studio.office.selectors.profile import current_profile
from studio.showing import money

KIND = "quote"


class NoAddress(DomainError):
    """The client has no e-mail address."""


def address_of(quote: Quote) -> str:
    """Return where a client's quotes go.

    raises: NoAddress
    """
    recipient = details_of(quote.client).email or quote.client.email
    if not recipient:
        told = _(
            "%(client)s has no e-mail address. Write one down, or send the quote without a mail and pass its link."
        )
        raise NoAddress(told % {"client": quote.client})
    return recipient


def letter_of(version: QuoteVersion) -> writing.Letter:
    """Return the letter with the link of a version, in its language and on the studio's clock."""
    quote, profile = version.quote, current_profile()
    with override(quote.language), timezone.override(profile.zone):
        return writing.write(
            KIND,
            house=current_house(),
            quote=quote,
            version=version,
            studio=profile,
            total=money(version.total, version.currency),
            until=quote_pages.until(version),
            link=quote_links.address_of(version),
        )
