"""Sending documents by mail: asked for at once, written once the file is there, sent when the server has it.

A quote goes out with the link to its page, and so without its file where that cannot be made.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Document, DocumentMail, Invoice, PaymentReceipt, QuoteVersion
from billing.selectors.papers import PaperKind, paper_of
from billing.selectors.terms import details_of
from billing.services import document_letters, printed, quote_letters, stored_papers
from sessions_app.models import Client
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import refusing
from studio.errors import DomainError
from studio.mail.models import EmailMessage, EmailState
from studio.mail.services import outbox
from studio.mail.services.outbox import Attachment
from studio.office.selectors.profile import current_profile

KIND = "document"
A_MOMENT = timedelta(minutes=1)
LABEL_LENGTH = 420


class NotSendable(DomainError):
    """A draft, or a document of a former system: there is no file of it."""


class NoRecipient(DomainError):
    """Neither the client's billing details nor the client has an address, or it is none."""

    status_code = 400


class JustSent(DomainError):
    """The same document was sent to the same address a moment ago."""


def usual_recipient(document: Document) -> str:
    """Return where a client's documents go, or nothing."""
    client = _client_of(document)
    return (details_of(client).email or client.email).strip().lower()


@transaction.atomic
def send_document(*, document: Document, recipient: str, actor: User | None, now: datetime) -> DocumentMail:
    """Have a document that was issued sent, again where it was sent before, and return the sending.

    recipient: empty for the usual one
    raises: NotSendable, NoRecipient, JustSent
    """
    paper = paper_of(document)
    if paper.snapshot is None:
        raise NotSendable(_("Only what was issued here can be sent."))
    address = recipient.strip().lower() or usual_recipient(document)
    require_address(address)
    mail = queue_mail(document=document, address=address, actor=actor, now=now)
    audit.record(verb="send_out", subject=paper.subject, actor=actor, now=now, changes={"recipient": (None, address)})
    return mail


@transaction.atomic
def queue_mail(*, document: Document, address: str, actor: User | None, now: datetime) -> DocumentMail:
    """Have a document sent to an address as part of another act, which the trail names, and return the sending.

    raises: JustSent
    """
    address = address.strip().lower()
    again = JustSent(_("This was sent to %(address)s a moment ago.") % {"address": address})
    link: dict[str, Any] = {paper_of(document).kind.value: document}
    if DocumentMail.objects.filter(**link, recipient=address, asked_at__gt=now - A_MOMENT).exists():
        raise again
    mail = DocumentMail(
        **link,
        recipient=address,
        asked_at=now,
        account=actor,
        actor_label=actor.label[:LABEL_LENGTH] if actor else "",
    )
    with refusing(document_mails_waiting_once=again):
        mail.save(force_insert=True)
    printed.ask_to_mail(mail)
    return mail


def mail_document(*, mail_id: int, now: datetime) -> EmailMessage | None:
    """Put a document that was asked for into the outbox and return the mail; None where it waits, or is there.

    raises: stored_papers.FileLost, stored_papers.FileChanged
    """
    mail = DocumentMail.objects.select_related("invoice", "version__quote", "receipt__paper").get(pk=mail_id)
    paper = paper_of(mail.document)
    if mail.queued_at is not None:
        return None
    if paper.row.is_printed:
        file = stored_papers.read(paper=paper, now=now)
        return _put_out(mail, [Attachment(file.name, "application/pdf", file.data)], now)
    if paper.row.is_coming:
        printed.ask_for_print(paper.document)
        return None
    return _put_out(mail, [], now) if paper.kind == PaperKind.QUOTE else None


@transaction.atomic
def note_accepted(*, email_id: int) -> Invoice | None:
    """Write down when an invoice was first handed over, and return it; None where nothing is new."""
    mail = DocumentMail.objects.select_related("email").filter(email=email_id, email__state=EmailState.SENT).first()
    if mail is None or mail.invoice_id is None or mail.email is None or mail.email.sent_at is None:
        return None
    invoice = Invoice.objects.locked().get(pk=mail.invoice_id)
    if invoice.sent_at is not None:
        return None
    invoice.sent_at = mail.email.sent_at
    invoice.save(update_fields=["sent_at"])
    changes: dict[str, tuple[object, object]] = {"sent_at": (None, invoice.sent_at)}
    audit.record(verb="hand_over", subject=invoice, actor=None, now=invoice.sent_at, changes=changes)
    return invoice


def require_address(address: str) -> None:
    """Pass when somebody can be written to at an address.

    raises: NoRecipient
    """
    if not address:
        raise NoRecipient(_("This client has no e-mail address: say where the document goes."))
    try:
        validate_email(address)
    except ValidationError as error:
        raise NoRecipient(_("%(address)s is no e-mail address.") % {"address": address}) from error


@transaction.atomic
def _put_out(mail: DocumentMail, attachments: Sequence[Attachment], now: datetime) -> EmailMessage | None:
    row = DocumentMail.objects.locked().get(pk=mail.pk)
    if row.queued_at is not None:
        return None
    profile = current_profile()
    letter = document_letters.letter_of(mail.document, today=local_day(now, profile.zone))
    message = outbox.queue_email(
        kind=quote_letters.KIND if mail.version_id else KIND,
        about=f"billing.documentmail:{row.pk}",
        recipient=row.recipient,
        letter=letter,
        reply_to=profile.reply_address,
        attachments=attachments,
        now=now,
    )
    row.queued_at, row.email = now, message
    row.save(update_fields=["queued_at", "email"])
    return message


def _client_of(document: Document) -> Client:
    if isinstance(document, PaymentReceipt):
        return document.payment.client
    return document.quote.client if isinstance(document, QuoteVersion) else document.client
