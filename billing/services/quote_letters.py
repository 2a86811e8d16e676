"""The mail with which a quote goes to its client."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import QuoteVersion
from billing.selectors import quote_links, quote_pages
from billing.selectors.terms import details_of
from studio.errors import DomainError
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing
from studio.office.selectors.profile import current_profile
from studio.showing import money

KIND = "quote"


class NoAddress(DomainError):
    """The client has no e-mail address."""


def mail_version(*, version: QuoteVersion, now: datetime) -> None:
    """Write the mail with the link of a version into the outbox, in the current transaction; twice is once.

    raises: NoAddress
    """
    quote, profile, house = version.quote, current_profile(), current_house()
    recipient = details_of(quote.client).email or quote.client.email
    if not recipient:
        told = _(
            "%(client)s has no e-mail address. Write one down, or send the quote without a mail and pass its link."
        )
        raise NoAddress(told % {"client": quote.client})
    with override(quote.language), timezone.override(profile.zone):
        letter = writing.write(
            "quote",
            house=house,
            quote=quote,
            version=version,
            studio=profile,
            total=money(version.total, version.currency),
            until=quote_pages.until(version),
            link=quote_links.address_of(version),
        )
    outbox.queue_email(
        kind=KIND,
        about=f"billing.quoteversion:{version.pk}",
        recipient=recipient,
        reply_to=profile.sender_email or profile.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        now=now,
    )
