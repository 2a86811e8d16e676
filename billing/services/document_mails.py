"""Sending documents by mail: asked for at once, written once the file is there, sent when the server has it."""

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.content import title_of
from billing.documents.figures import Figures, language_of
from billing.documents.legal import ASKING
from billing.models import DocumentMail, Invoice, InvoiceStatus, PrintProblem
from billing.selectors.terms import details_of
from billing.services import printed
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import refusing
from studio.errors import DomainError
from studio.mail.models import EmailMessage, EmailState
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing
from studio.mail.services.outbox import Attachment
from studio.office.models import StoredFile
from studio.office.selectors.profile import current_profile
from studio.office.services import files

KIND, LETTER = "document", "document"
A_MOMENT = timedelta(minutes=1)
LABEL_LENGTH = 420


class NotSendable(DomainError):
    """A draft, or a document of a former system: there is no file of it."""


class NoRecipient(DomainError):
    """Neither the client's billing details nor the client has an address, or it is none."""

    status_code = 400


class JustSent(DomainError):
    """The same document was sent to the same address a moment ago."""


class FileChanged(Exception):
    """The stored bytes are not those that were made: the books have to be looked at before anything leaves."""


def usual_recipient(invoice: Invoice) -> str:
    """Return where a client's documents go, or nothing."""
    return (details_of(invoice.client).email or invoice.client.email).strip().lower()


@transaction.atomic
def send_document(*, invoice: Invoice, recipient: str, actor: User | None, now: datetime) -> DocumentMail:
    """Have an issued document sent, again where it was sent before, and return the sending.

    recipient: empty for the usual one
    raises: NotSendable, NoRecipient, JustSent
    """
    if invoice.status == InvoiceStatus.DRAFT or invoice.snapshot is None:
        raise NotSendable(_("Only what was issued here can be sent."))
    address = recipient.strip().lower() or usual_recipient(invoice)
    _require_address(address)
    again = JustSent(_("This was sent to %(address)s a moment ago.") % {"address": address})
    if invoice.mails.filter(recipient=address, asked_at__gt=now - A_MOMENT).exists():
        raise again
    mail = DocumentMail(
        invoice=invoice,
        recipient=address,
        asked_at=now,
        account=actor,
        actor_label=actor.label[:LABEL_LENGTH] if actor else "",
    )
    with refusing(document_mails_waiting_once=again):
        mail.save(force_insert=True)
    audit.record(verb="send", subject=invoice, actor=actor, now=now, changes={"recipient": (None, address)})
    printed.ask_to_mail(mail)
    return mail


def mail_document(*, mail_id: int, now: datetime) -> EmailMessage | None:
    """Put a document that was asked for into the outbox and return the mail; None where it waits, or is there.

    raises: FileChanged
    """
    mail = DocumentMail.objects.select_related("invoice").get(pk=mail_id)
    invoice = mail.invoice
    if mail.queued_at is not None:
        return None
    if not invoice.is_printed:
        if invoice.pdf_problem == PrintProblem.NONE:
            printed.ask_for_print(invoice)
        return None
    return _put_out(mail, Attachment(printed.file_name(invoice), "application/pdf", _bytes_of(invoice)), now)


@transaction.atomic
def note_accepted(*, email_id: int) -> Invoice | None:
    """Write down when a document was first handed over, and return it; None where nothing is new."""
    mail = DocumentMail.objects.select_related("email").filter(email=email_id, email__state=EmailState.SENT).first()
    if mail is None or mail.email is None or mail.email.sent_at is None:
        return None
    invoice = Invoice.objects.locked().get(pk=mail.invoice_id)
    if invoice.sent_at is not None:
        return None
    invoice.sent_at = mail.email.sent_at
    invoice.save(update_fields=["sent_at"])
    changes: dict[str, tuple[object, object]] = {"sent_at": (None, invoice.sent_at)}
    audit.record(verb="hand over", subject=invoice, actor=None, now=invoice.sent_at, changes=changes)
    return invoice


def _require_address(address: str) -> None:
    if not address:
        raise NoRecipient(_("This client has no e-mail address: say where the document goes."))
    try:
        validate_email(address)
    except ValidationError as error:
        raise NoRecipient(_("%(address)s is no e-mail address.") % {"address": address}) from error


@transaction.atomic
def _put_out(mail: DocumentMail, attachment: Attachment, now: datetime) -> EmailMessage | None:
    row = DocumentMail.objects.locked().get(pk=mail.pk)
    if row.queued_at is not None:
        return None
    letter = _letter_of(mail.invoice)
    profile = current_profile()
    message = outbox.queue_email(
        kind=KIND,
        about=f"billing.documentmail:{row.pk}",
        recipient=row.recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        reply_to=profile.sender_email or profile.email,
        attachments=[attachment],
        now=now,
    )
    row.queued_at, row.email = now, message
    row.save(update_fields=["queued_at", "email"])
    return message


def _letter_of(invoice: Invoice) -> writing.Letter:
    """Return the letter that a document goes out with, in the document's language."""
    figures = Figures(language_of(invoice.language), invoice.currency)
    profile = current_profile()
    first = invoice.deposit_amount or invoice.payable
    is_asking = invoice.kind in ASKING and invoice.remaining_balance > Decimal(0)
    with override(figures.language):
        return writing.write(
            LETTER,
            house=current_house(),
            studio=profile,
            title=title_of(invoice.kind),
            number=invoice.invoice_number,
            client=invoice.snapshot["buyer"]["name"] if invoice.snapshot else "",
            amount=figures.money(invoice.payable),
            asked=figures.money(min(first, invoice.remaining_balance)) if is_asking else "",
            due=figures.day(invoice.due_on) if is_asking else "",
            reply_to=profile.sender_email or profile.email,
        )


def _bytes_of(invoice: Invoice) -> bytes:
    stored = StoredFile.objects.get(key=invoice.pdf_s3_key)
    with files.open_file(stored) as file:
        data = bytes(file.read())
    if sha256(data).hexdigest() != invoice.pdf_hash:
        raise FileChanged(invoice.invoice_number)
    return data
