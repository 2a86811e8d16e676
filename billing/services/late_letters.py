"""What a client is written whose money came after the slot was gone: that somebody looks for another, or how it ended.

A session that is booked after all is told by the mail about bookings.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import override

from billing.documents.figures import language_of
from billing.models import LateOffer, LateOutcome, PaymentAttempt
from billing.selectors import late_answers, late_links
from billing.selectors.terms import details_of
from sessions_app.models import StudioSession
from studio.clock import local_day
from studio.mail.models import EmailMessage
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing
from studio.office.selectors.profile import current_profile
from studio.showing import money, when_exactly

KIND = "late_money"
WAITS, OFFERS = "waits", "offers"


def queue_letter(
    *,
    attempt: PaymentAttempt,
    sessions: Sequence[StudioSession],
    about: str,
    now: datetime,
    offers: Sequence[LateOffer] = (),
) -> EmailMessage | None:
    """Queue the mail about money that came late, once for each thing it says; None where nobody knows the address.

    about: WAITS, OFFERS, or one of LateOutcome
    offers: the times that the client may choose
    """
    invoice, profile = attempt.invoice, current_profile()
    recipient = attempt.email or details_of(invoice.client).email or invoice.client.email
    if not recipient:
        return None
    said = f"{about}{now:%Y%m%d%H%M%S}" if about == OFFERS else about
    with override(language_of(invoice.language)), timezone.override(profile.zone):
        letter = writing.write(
            KIND,
            house=current_house(),
            studio=profile,
            invoice=invoice,
            client=invoice.client.name,
            amount=money(attempt.amount, attempt.currency),
            sessions=[(each.title, when_exactly(each.starts_at, each.ends_at)) for each in sessions],
            zone=profile.zone.key,
            waits=about == WAITS,
            offers=[(each.room, when_exactly(each.starts_at, each.ends_at)) for each in offers],
            link=late_links.address_of(attempt, today=local_day(now, profile.zone)),
            is_credit=about == LateOutcome.CREDIT,
            chooses_money=late_answers.may_choose_money(attempt),
        )
    return outbox.queue_email(
        kind=KIND,
        about=f"billing.paymentattempt:{attempt.pk}:{said}",
        recipient=recipient,
        letter=letter,
        reply_to=profile.reply_address,
        now=now,
    )
