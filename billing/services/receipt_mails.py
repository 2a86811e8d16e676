"""Receipts by mail: with a payment, where somebody wants it, and by themselves for what is paid online."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from billing.models import DocumentMail, Invoice, Payment
from billing.services import document_mails, payments, receipts
from billing.services.payments import Part, Receipt
from sessions_app.models import Client
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns


@taking_turns()
def mail_receipt(*, payment: Payment, actor: User | None, now: datetime) -> DocumentMail | None:
    """Give a payment its receipt, have it sent to the client, and return the sending; twice is once.

    None where nobody knows where the client is written to: the receipt is there all the same.
    raises: receipts.NoReceipt, studio.db.TryAgain
    """
    receipt = receipts.issue_receipt(payment=payment, actor=actor, now=now)
    known = DocumentMail.objects.filter(receipt=receipt).order_by("pk").first()
    address = document_mails.usual_recipient(receipt)
    if known is not None or not address:
        return known
    mail = document_mails.queue_mail(document=receipt, address=address, actor=actor, now=now)
    audit.record(verb="send_out", subject=receipt, actor=actor, now=now, changes={"recipient": (None, address)})
    return mail


@taking_turns()
def give_and_mail_receipt(*, payment: Payment, actor: User | None, now: datetime) -> DocumentMail:
    """Give a payment its receipt and have it sent, both or neither, and return the sending; twice is once.

    raises: document_mails.NoRecipient, what `mail_receipt` raises
    """
    mail = mail_receipt(payment=payment, actor=actor, now=now)
    if mail is None:
        told = _("%(client)s has no e-mail address: write one into the billing details, or send no receipt.")
        raise document_mails.NoRecipient(told % {"client": payment.client})
    return mail


@taking_turns()
def receive_and_mail_receipt(
    *, client: Client, receipt: Receipt, against: Sequence[Invoice | Part], actor: User | None, now: datetime
) -> Payment:
    """Write down money that came in and have its receipt sent, both or neither, and return the payment; twice is once.

    receipt, against: as for `payments.receive_payment`
    raises: document_mails.NoRecipient, what `payments.receive_payment` raises
    """
    payment = payments.receive_payment(client=client, receipt=receipt, against=against, actor=actor, now=now)
    give_and_mail_receipt(payment=payment, actor=actor, now=now)
    return payment
