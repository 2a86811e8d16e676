"""Where a document can be paid online, and what for, as letters that ask for money say it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.utils import timezone
from django.utils.translation import override

from billing.documents.figures import language_of
from billing.models import Invoice
from billing.selectors import pay_links, paying
from billing.selectors.paying import HeldSlot
from billing.services import connecting
from studio.office.selectors.profile import current_profile


def link_of(invoice: Invoice, *, today: date) -> str:
    """Return the address under which a document can be paid; "" where nothing is due, or nobody can pay online.

    queries: 5 at most
    """
    is_due = paying.due_of(invoice) is not None and not paying.given_away([invoice.pk])
    if not is_due or not connecting.takes_payments():
        return ""
    return pay_links.address_of(invoice, today=today)


def links_of(invoices: Iterable[Invoice], *, today: date) -> Mapping[int, str]:
    """Return the addresses of documents of which something is due, by their keys; none where nobody can pay online.

    queries: 3, however many documents
    """
    return pay_links.addresses_of(invoices, today=today) if connecting.takes_payments() else {}


def slots_of(invoice: Invoice) -> Sequence[HeldSlot]:
    """Return the times that are held until the deposit which a document asks is paid.

    On the studio's clock, in the document's language.
    queries: 2
    """
    with timezone.override(current_profile().zone), override(language_of(invoice.language)):
        return paying.held_for_deposit(invoice)
