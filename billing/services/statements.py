"""The account of a client as a file, and by mail."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents import press
from billing.documents.figures import Figures, language_of
from billing.documents.statements import print_statement
from billing.selectors import printed as parties
from billing.selectors.printed import plain
from billing.selectors.statements import Entry, Statement, statement_of
from billing.selectors.terms import details_of
from billing.services import document_mails, printed
from sessions_app.models import Client
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.errors import DomainError
from studio.mail.models import EmailMessage
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing
from studio.mail.services.outbox import Attachment
from studio.office.selectors.profile import current_profile

KIND, LETTER = "statement", "statement"


class NotPrintable(DomainError):
    """The account could not be laid out: there is too much in it, or the server lacks what it takes."""


def file_of(statement: Statement) -> Attachment:
    """Return the account of a client as a PDF. Not inside a transaction: laying it out takes its time.

    raises: NotPrintable
    """
    content = _snapshot(statement)
    try:
        data = print_statement(content, logo=printed.logo_of(content))
    except press.NotPrinted as failure:
        told = _("The statement could not be laid out: %(why)s Choose fewer days.")
        raise NotPrintable(told % {"why": failure.problem.label}) from failure
    name = f"statement-{statement.client.pk}-{statement.first:%Y%m%d}-{statement.last:%Y%m%d}.pdf"
    return Attachment(name, "application/pdf", data)


def send_statement(
    *,
    client: Client,
    currency: str,
    first: date,
    last: date,
    recipient: str,
    form_key: UUID,
    actor: User | None,
    now: datetime,
) -> EmailMessage:
    """Have a client's account sent by mail, and return the mail; twice by the same form is once.

    recipient: empty for where the client's documents go
    raises: NotPrintable, document_mails.NoRecipient
    """
    statement = statement_of(client, currency=currency, first=first, last=last)
    address = recipient.strip().lower() or (details_of(client).email or client.email).strip().lower()
    document_mails.require_address(address)
    return _put_out(statement, address, file_of(statement), form_key=form_key, actor=actor, now=now)


@transaction.atomic
def _put_out(
    statement: Statement, address: str, file: Attachment, *, form_key: UUID, actor: User | None, now: datetime
) -> EmailMessage:
    letter, profile = _letter(statement), current_profile()
    message = outbox.queue_email(
        kind=KIND,
        about=f"sessions_app.client:{statement.client.pk}:{form_key}",
        recipient=address,
        letter=letter,
        reply_to=profile.reply_address,
        attachments=[file],
        now=now,
    )
    days = f"{statement.first.isoformat()} - {statement.last.isoformat()}"
    changes: dict[str, tuple[object, object]] = {"statement": (None, days), "recipient": (None, address)}
    audit.record(verb="send_out", subject=statement.client, actor=actor, now=now, changes=changes)
    return message


def _letter(statement: Statement) -> writing.Letter:
    profile = current_profile()
    figures = Figures(language_of(details_of(statement.client).language or profile.language), statement.currency)
    with override(figures.language):
        return writing.write(
            LETTER,
            house=current_house(),
            studio=profile,
            client=statement.client.name,
            days=figures.days(statement.first, statement.last),
            owed=figures.money(statement.closing) if statement.closing > 0 else "",
            ahead=figures.money(-statement.closing) if statement.closing < 0 else "",
            reply_to=profile.reply_address,
        )


def _snapshot(statement: Statement) -> dict[str, Any]:
    language = details_of(statement.client).language or current_profile().language
    names = ("currency", "first", "last", "opening", "closing", "credit")
    return {
        "document": {"language": language} | {name: plain(getattr(statement, name)) for name in names},
        "seller": parties.seller(),
        "buyer": parties.buyer(statement.client),
        "lines": [_line(entry) for entry in statement.entries],
        "open": [
            {
                "kind": each.invoice.kind,
                "number": each.invoice.invoice_number,
                "due_on": plain(each.invoice.due_on),
                "open": plain(each.open),
            }
            for each in statement.open
        ],
    }


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "on": plain(entry.posting.booked_on),
        "kind": entry.posting.kind,
        "number": entry.invoice.invoice_number if entry.invoice else "",
        "document_kind": entry.invoice.kind if entry.invoice else "",
        "method": entry.payment.method if entry.payment else "",
        "reference": entry.payment.reference if entry.payment else "",
        "amount": plain(entry.amount),
        "balance": plain(entry.balance),
    }
