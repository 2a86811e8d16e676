"""The link to pay a document, in a mail of its own: for whoever has lost it, and for what has no file here."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.content import title_of
from billing.documents.figures import Figures, language_of
from billing.gateways.facts import NotSetUp
from billing.models import Invoice
from billing.selectors import pay_links
from billing.selectors.paying import Due, due_of, given_away
from billing.services import connecting, document_mails, pay_invitations
from billing.services.paying import NothingDue
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.mail.models import EmailMessage
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing
from studio.office.selectors.profile import current_profile

KIND = LETTER = "pay_link"


@transaction.atomic
def send_pay_link(*, invoice: Invoice, recipient: str, actor: User | None, now: datetime) -> EmailMessage:
    """Have the link to pay a document sent, and return the mail; twice within a minute is once.

    recipient: empty for where the client's documents go
    raises: NothingDue, billing.gateways.facts.NotSetUp, document_mails.NoRecipient
    """
    due = due_of(invoice)
    if due is None:
        raise NothingDue(_("Nothing is to be paid of %(document)s.") % {"document": invoice})
    if given_away([invoice.pk]):
        raise NothingDue(_("%(document)s asks the deposit of time that is not kept any more.") % {"document": invoice})
    if not connecting.takes_payments():
        raise NotSetUp(_("Paying online is not set up."))
    address = recipient.strip().lower() or document_mails.usual_recipient(invoice)
    document_mails.require_address(address)
    letter, profile = _letter(invoice, due, now), current_profile()
    message = outbox.queue_email(
        kind=KIND,
        about=f"billing.invoice:{invoice.pk}:{now:%Y%m%d%H%M}",
        recipient=address,
        letter=letter,
        reply_to=profile.reply_address,
        now=now,
    )
    changes: dict[str, tuple[object, object]] = {"recipient": (None, address), "amount": (None, due.amount)}
    audit.record(verb="ask", subject=invoice, actor=actor, now=now, changes=changes)
    return message


def _letter(invoice: Invoice, due: Due, now: datetime) -> writing.Letter:
    profile = current_profile()
    figures = Figures(language_of(invoice.language), invoice.currency)
    with override(figures.language):
        return writing.write(
            LETTER,
            house=current_house(),
            studio=profile,
            title=title_of(invoice.kind),
            number=invoice.invoice_number,
            client=invoice.client.name,
            asked=figures.money(due.amount),
            due=figures.day(invoice.due_on) if invoice.due_on else "",
            link=pay_links.address_of(invoice, today=local_day(now, profile.zone)),
            slots=pay_invitations.slots_of(invoice),
            reply_to=profile.reply_address,
        )
