"""What goes out when a client answers a quote online: a confirmation to them, and word of it to the house."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from billing.models import Invoice, Quote, QuoteVersion, VersionOutcome
from billing.selectors import quote_links
from billing.selectors.terms import details_of
from billing.services import document_mails
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing
from studio.mail.services.writing import Letter
from studio.office.selectors.profile import current_profile
from studio.showing import money

CONFIRMED, NEWS = "quote_answer", "quote_news"


def queue_letters(*, quote: Quote, version: QuoteVersion, deposit: Invoice | None, now: datetime) -> None:
    """Queue the mails of an answer that was given online, in the transaction of the answer; each goes out once.

    deposit: the invoice of a deposit that the acceptance asked; it follows in a mail of its own
    """
    profile = current_profile()
    address = details_of(quote.client).email or quote.client.email
    if address:
        letter = _letter(CONFIRMED, quote.language, quote, version, deposit)
        _queue(CONFIRMED, letter, version, address, now)
        if deposit is not None:
            document_mails.queue_mail(document=deposit, address=address, actor=None, now=now)
    if profile.email:
        _queue(NEWS, _letter(NEWS, profile.language, quote, version, deposit), version, profile.email, now)


def _letter(name: str, language: str, quote: Quote, version: QuoteVersion, deposit: Invoice | None) -> Letter:
    profile, house = current_profile(), current_house()
    page = reverse("admin:billing_quote_change", "studio.urls", args=[quote.pk])
    with override(language), timezone.override(profile.zone):
        return writing.write(
            name,
            house=house,
            studio=profile,
            quote=quote,
            version=version,
            is_accepted=version.outcome == VersionOutcome.ACCEPTED,
            total=money(version.total, version.currency),
            deposit=deposit,
            deposit_sum=money(deposit.payable, deposit.currency) if deposit else "",
            link=quote_links.address_of(version) if name == CONFIRMED else f"{house.origin}{page}",
        )


def _queue(kind: str, letter: Letter, version: QuoteVersion, address: str, now: datetime) -> None:
    profile = current_profile()
    outbox.queue_email(
        kind=kind,
        about=f"billing.quoteversion:{version.pk}",
        recipient=address,
        letter=letter,
        reply_to=profile.reply_address,
        now=now,
    )
