"""The letter that a document goes out with: what it is, what it comes to, and what is to be paid by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import override

from billing.documents.content import RECEIPT, title_of
from billing.documents.figures import Figures, language_of
from billing.documents.legal import ASKING
from billing.models import Document, Invoice, PaymentReceipt, QuoteVersion
from billing.selectors.instalments import next_due
from billing.selectors.paying import HeldSlot
from billing.services import pay_invitations, quote_letters
from studio.mail.selectors.house import current_house
from studio.mail.services import writing
from studio.office.selectors.profile import current_profile

LETTER = "document"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Said:
    """What the letter says of a document.

    asked: what is to be paid, and by which day; 0 where nothing is
    paid_for: the documents that money which came was put against, "" for none and for what asks for money
    link: where it can be paid online, "" where it cannot
    slots: the times that are held until it is paid
    """

    language: str
    currency: str
    kind: str
    number: str
    client: str
    amount: Decimal
    asked: Decimal = NOTHING
    due_on: date | None = None
    is_received: bool = False
    paid_for: str = ""
    link: str = ""
    slots: Sequence[HeldSlot] = ()


def letter_of(document: Document, *, today: date) -> writing.Letter:
    """Return the letter of a document, in the document's language, with the link under which it can be paid online."""
    if isinstance(document, QuoteVersion):
        return quote_letters.letter_of(document)
    said = _of_receipt(document) if isinstance(document, PaymentReceipt) else _of_invoice(document, today)
    figures, profile = Figures(language_of(said.language), said.currency), current_profile()
    with override(figures.language):
        return writing.write(
            LETTER,
            house=current_house(),
            studio=profile,
            title=title_of(said.kind),
            number=said.number,
            client=said.client,
            amount=figures.money(said.amount),
            asked=figures.money(said.asked) if said.asked else "",
            is_received=said.is_received,
            paid_for=said.paid_for,
            due=figures.day(said.due_on) if said.asked else "",
            link=said.link,
            slots=said.slots,
            reply_to=profile.reply_address,
        )


def _of_invoice(invoice: Invoice, today: date) -> Said:
    part = next_due([invoice], date.max).get(invoice.pk)
    wanted = None if invoice.deposit_paid_at else invoice.deposit_amount
    first = part.open if part else min(wanted or invoice.payable, invoice.remaining_balance)
    return Said(
        language=invoice.language,
        currency=invoice.currency,
        kind=invoice.kind,
        number=invoice.invoice_number,
        client=invoice.snapshot["buyer"]["name"] if invoice.snapshot else "",
        amount=invoice.payable,
        asked=first if invoice.kind in ASKING else NOTHING,
        due_on=part.due_on if part else invoice.due_on,
        link=pay_invitations.link_of(invoice, today=today),
        slots=pay_invitations.slots_of(invoice),
    )


def _of_receipt(receipt: PaymentReceipt) -> Said:
    said = receipt.snapshot
    return Said(
        language=said.get("language") or current_profile().language,
        currency=said["payment"]["currency"],
        kind=RECEIPT,
        number=receipt.receipt_number,
        client=said["buyer"].get("name", ""),
        amount=Decimal(said["payment"]["amount"]),
        is_received=True,
        paid_for=", ".join(each["number"] for each in said.get("documents", [])),
    )
