"""What is told once everything is here: numbers that are missing, and what contradicts the money."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models import NOT_COUNTED, Invoice, InvoiceStatus
from sessions_app.models import Client
from studio.office.models import AdoptionLink, AdoptionRow, AdoptionSource
from studio.tenancy.adoption.report import Note
from training.models import Member, Subscription

NOTHING = Decimal(0)
NUMBER = re.compile(r"(.*?)([0-9]+)")
# What the former systems called a document, and what its money has to make of it.
MEANT = {
    "paid": InvoiceStatus.PAID,
    "refunded": InvoiceStatus.CREDITED,
    "partially_paid": InvoiceStatus.PARTIALLY_PAID,
    "partial": InvoiceStatus.PARTIALLY_PAID,
    **dict.fromkeys(("sent", "issued", "overdue", "payment_failed"), InvoiceStatus.ISSUED),
}


def told(source: AdoptionSource) -> Iterator[Note]:
    """Yield what people should know about the money of a former database.

    queries: 8, and 1 for 2000 documents
    """
    rows = dict(_links(source, "invoices").values_list("object_id", "row_id"))
    documents = [
        document
        for document in Invoice.objects.filter(pk__in=[int(key) for key in rows]).order_by("pk")
        if document.is_former
    ]
    yield from _missing(source, documents)
    for document in documents:
        yield from _otherwise(document, _shown(rows[str(document.pk)]))
    yield from _owed_by_clients(source, documents)
    yield from _owed_by_members(source)


def _links(source: AdoptionSource, table: str) -> QuerySet[AdoptionLink]:
    return AdoptionLink.objects.filter(source=source, table_name=table)


def _shown(row_id: str) -> int | str:
    """Return the key of a row as the source has it."""
    return int(row_id) if row_id.isdecimal() else row_id


def _missing(source: AdoptionSource, documents: Iterable[Invoice]) -> Iterator[Note]:
    """Yield which numbers between others the former system gave to nothing that is known of."""
    kept = AdoptionRow.objects.filter(source=source, table_name="invoices", content__has_key="invoice_number")
    numbers = [document.invoice_number for document in documents]
    numbers += [str(content["invoice_number"]) for content in kept.values_list("content", flat=True)]
    by_prefix: dict[str, dict[int, int]] = defaultdict(dict)
    for number in numbers:
        if found := NUMBER.fullmatch(number):
            by_prefix[found[1]][int(found[2])] = len(found[2])
    for prefix, given in sorted(by_prefix.items()):
        ordered = sorted(given)
        for before, after in pairwise(ordered):
            if after > before + 1:
                first, last = (f"{prefix}{value:0{given[after]}}" for value in (before + 1, after - 1))
                yield Note("invoices", prefix, _missing_sentence(first, last))


def _missing_sentence(first: str, last: str) -> str:
    if first == last:
        return _("The number %(number)s is missing.") % {"number": first}
    return _("The numbers from %(first)s to %(last)s are missing.") % {"first": first, "last": last}


def _otherwise(document: Invoice, row: int | str) -> Iterator[Note]:
    """Yield what the former system said of a document that its money does not."""
    meant = MEANT.get(document.former_status.strip().lower())
    if meant is not None and meant != document.status and document.status not in NOT_COUNTED:
        facts = {"said": document.former_status, "paid": document.paid_total, "payable": document.payable}
        facts |= {"status": document.get_status_display()}
        sentence = _('It was called "%(said)s"; %(paid)s of %(payable)s is paid, so it is: %(status)s.')
        yield Note("invoices", row, sentence % facts)
    stated = document.former_balance
    if stated is not None and stated != document.remaining_balance:
        sentence = _("To pay was %(stated)s as stated there; by its payments it is %(left)s.")
        yield Note("invoices", row, sentence % {"stated": stated, "left": document.remaining_balance})
    if document.deposit_paid_at and document.paid_total < (document.deposit_amount or NOTHING):
        sentence = _("Its deposit of %(deposit)s was called paid; only %(paid)s is.")
        yield Note("invoices", row, sentence % {"deposit": document.deposit_amount, "paid": document.paid_total})


def _owed_by_clients(source: AdoptionSource, documents: Iterable[Invoice]) -> Iterator[Note]:
    """Yield which clients owe something else than the documents of the former system said."""
    stated: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for document in documents:
        stated[document.client_id, document.currency] += _said_open(document)
    rows = {int(key): row for key, row in _links(source, "clients").values_list("object_id", "row_id")}
    for client in Client.objects.filter(pk__in=rows).order_by("pk"):
        yield from _differs(client, stated[client.pk, client.currency], "clients", rows[client.pk])


def _said_open(document: Invoice) -> Decimal:
    """Return what the former system had still to get for a document."""
    if document.status in NOT_COUNTED:
        return NOTHING
    if document.former_balance is not None:
        return document.former_balance
    return NOTHING if document.former_status.strip().lower() in {"paid", "refunded"} else document.total


def _owed_by_members(source: AdoptionSource) -> Iterator[Note]:
    """Yield which members owe something else than their plans said; what is not invoiced here is not owed yet."""
    plans = [int(key) for key in _links(source, "member_subscriptions").values_list("object_id", flat=True)]
    stated: dict[object, Decimal] = defaultdict(Decimal)
    sums = Subscription.objects.filter(pk__in=plans).values_list("member", "amount", "paid_amount")
    for key, amount, paid in sums:
        stated[key] += amount - paid
    rows = dict(_links(source, "members").values_list("object_id", "row_id"))
    for person in Member.objects.filter(pk__in=rows).select_related("client").order_by("pk"):
        yield from _differs(person.client, stated[person.pk], "members", rows[str(person.pk)])


def _differs(client: Client, stated: Decimal, table: str, row: str) -> Iterator[Note]:
    if client.balance_due != stated:
        facts = {"stated": f"{stated:.2f}", "currency": client.currency, "owed": client.balance_due}
        sentence = _("The former system had %(stated)s %(currency)s to get; by the ledger it is %(owed)s.")
        yield Note(table, _shown(row), sentence % facts)
