"""N3 and T1: each issued document is what it was issued as, and its sums are what its lines make."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import batched, chain

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Invoice, InvoiceItem, InvoiceKind, InvoiceTax, PaymentReceipt, PriceMode, VatRate
from billing.selectors.book_check import Finding
from billing.selectors.differences import differences
from billing.selectors.snapshots import PRINTED, fingerprint, printed_parts, receipt_parts
from billing.selectors.taxes import Taxed, TaxGroup, group_of, line_amount

AT_ONCE = 500  # documents
NOTHING = Decimal(0)
_NOT_AS_ISSUED = gettext_lazy("%(document)s: its fingerprint is not that of what was issued.")

type Key = tuple[str, Decimal]
type Sums = Mapping[Key, Decimal]


def findings() -> Iterator[Finding]:
    """Yield what is wrong with issued documents, each on its own.

    Those of a former system are what it stated: they differ from what their lines make by what is noted of it.

    queries: 5 for 500 documents
    """
    rates = VatRate.objects.in_bulk()
    keys = Invoice.objects.issued().order_by("pk").values_list("pk", flat=True)
    for some in batched(keys.iterator(chunk_size=AT_ONCE), AT_ONCE):
        documents = Invoice.objects.filter(pk__in=some).select_related("refers_to").prefetch_related(*PRINTED)
        credited = _credited_before(some)
        for document in documents.order_by("pk"):
            yield from (Finding("N3", each) for each in _unlike_issued(document))
            stated = _unlike_stated(document) if document.is_former else _wrong_sums(document, credited[document.pk])
            yield from (Finding("T1", each) for each in chain(_wrong_lines(document, rates), stated))


def receipt_findings() -> Iterator[Finding]:
    """Yield which receipts are not what was handed out.

    queries: 1
    """
    for receipt in PaymentReceipt.objects.select_related("payment").order_by("pk").iterator(chunk_size=AT_ONCE):
        if fingerprint(receipt.snapshot, receipt.previous_hash) != receipt.content_hash:
            yield Finding("N3", _NOT_AS_ISSUED % {"document": receipt})
        for part, now in receipt_parts(receipt).items():
            for place, was, found in differences(receipt.snapshot.get(part), now, part):
                yield Finding("N3", _said_otherwise(receipt, place, was, found))


def _credited_before(keys: Sequence[int]) -> Mapping[int, Sums]:
    """Return for each credit note what those before it took back of the same invoice, by category and rate."""
    notes = Invoice.objects.issued().filter(kind=InvoiceKind.CREDIT_NOTE)
    about = dict(notes.filter(pk__in=keys).values_list("pk", "refers_to"))
    rows = list(
        InvoiceTax.objects.filter(invoice__in=notes.filter(refers_to__in=set(about.values())))
        .order_by("invoice")
        .values_list("invoice__refers_to", "invoice", "category", "rate", "amount")
    )
    stated: dict[int | None, list[tuple[int, Key, Decimal]]] = defaultdict(list)
    for original, other, category, rate, amount in rows:
        stated[original].append((other, (category, rate), amount))
    found: dict[int, dict[Key, Decimal]] = defaultdict(dict)
    for note, original in about.items():
        for other, key, amount in stated[original]:
            if other < note:
                found[note][key] = found[note].get(key, NOTHING) + amount
    return found


# N3 ---------------------------------------------------------------------------------------------


def _unlike_issued(document: Invoice) -> Iterator[str]:
    """Yield how a document differs from what was issued."""
    if fingerprint(document.snapshot or {}, document.previous_hash) != document.content_hash:
        yield _NOT_AS_ISSUED % {"document": document}
    issued, now = document.snapshot or {}, printed_parts(document)
    for part in ("document", "lines", "taxes", "deductions"):
        for place, was, other in differences(issued.get(part), now[part], part):
            yield _said_otherwise(document, place, was, other)


def _said_otherwise(document: object, place: str, was: object, now: object) -> str:
    told = {"document": document, "place": place, "was": was, "now": now}
    return _("%(document)s: %(place)s was issued as %(was)s and is now %(now)s.") % told


# T1 ---------------------------------------------------------------------------------------------


def _wrong_sums(document: Invoice, before: Sums) -> Iterator[str]:
    """Yield which sums of a document are not those of its lines."""
    items, taxes = list(document.items.all()), list(document.taxes.all())
    groups = _groups(document, items, before)
    stated = {(tax.category, tax.rate): tax for tax in taxes}
    for key in sorted({*groups, *stated}):
        said, right = stated.get(key), groups.get(key)
        found = (said.amount, said.base, said.tax) if said else None
        made = (right.amount, right.base, right.tax) if right else None
        if found != made:
            told = {"document": document, "rate": key[1], "found": _shown(found), "made": _shown(made)}
            yield _("%(document)s: at %(rate)s %% it states %(found)s, and its lines make %(made)s.") % told
    whole = {
        "subtotal": (document.subtotal, sum((item.net for item in items), NOTHING)),
        "tax_amount": (document.tax_amount, sum((tax.tax for tax in taxes), NOTHING)),
        "total": (document.total, document.subtotal + document.tax_amount),
        "rounding": (document.rounding, sum((group.rounding for group in groups.values()), NOTHING)),
        "deducted_total": (
            document.deducted_total,
            sum((part.base + part.tax + part.rounding for part in document.deductions.all()), NOTHING),
        ),
    }
    yield from _not_the_sum(document, whole)


def _unlike_stated(document: Invoice) -> Iterator[str]:
    """Yield which sums of a former document are neither those of its lines nor those that it is known to have stated.

    Its total is what it stated, too: the ledger has what that is beyond net and VAT.
    """
    items, taxes = list(document.items.all()), list(document.taxes.all())
    made = _groups(document, items, {}).values()
    net, tax = sum((group.base for group in made), NOTHING), sum((group.tax for group in made), NOTHING)
    whole = {
        "net_difference": (document.net_difference, document.subtotal - net),
        "tax_difference": (document.tax_difference, document.tax_amount - tax),
        "subtotal": (document.subtotal, sum((tax.base for tax in taxes), NOTHING)),
        "tax_amount": (document.tax_amount, sum((tax.tax for tax in taxes), NOTHING)),
        "rounding": (document.rounding + document.deducted_total, NOTHING),
    }
    yield from _not_the_sum(document, whole)


def _not_the_sum(document: Invoice, whole: Mapping[str, tuple[Decimal, Decimal]]) -> Iterator[str]:
    for name, (found_sum, made_sum) in whole.items():
        if found_sum != made_sum:
            told = {"document": document, "name": name, "found": found_sum, "made": made_sum}
            yield _("%(document)s: %(name)s is %(found)s, and its parts make %(made)s.") % told


def _wrong_lines(document: Invoice, rates: Mapping[int, VatRate]) -> Iterator[str]:
    for item in document.items.all():
        rate = rates.get(item.vat_rate_id)
        told: dict[str, object] = {"document": document, "position": item.position}
        right = line_amount(
            quantity=item.quantity,
            unit_price=item.unit_price,
            discount=item.discount,
            currency=document.currency,
        )
        if item.amount != right and not document.is_former:
            of = told | {"found": item.amount, "made": right}
            yield _("%(document)s: line %(position)s comes to %(made)s, not to %(found)s.") % of
        if rate is None or (item.vat_category, item.vat_percent) != (rate.category, rate.rate):
            of = told | {"found": item.vat_percent, "made": rate and rate.rate}
            yield _("%(document)s: line %(position)s is at %(found)s %%, its rate is %(made)s %% now.") % of


def _groups(document: Invoice, items: Iterable[InvoiceItem], before: Sums) -> Mapping[Key, TaxGroup]:
    """Return what lines make at each rate; of a credit note what it adds to those before it."""
    amounts: dict[Key, Decimal] = {}
    for item in items:
        key = (item.vat_category, item.vat_percent)
        amounts[key] = amounts.get(key, NOTHING) + item.amount
    return {key: _group(document, key, amount, before.get(key, NOTHING)) for key, amount in amounts.items()}


def _group(document: Invoice, key: Key, amount: Decimal, before: Decimal) -> TaxGroup:
    mode, currency = PriceMode(document.price_mode), document.currency
    up_to = group_of(Taxed(before + amount, *key), mode=mode, currency=currency)
    return up_to.less(group_of(Taxed(before, *key), mode=mode, currency=currency))


def _shown(sums: tuple[Decimal, ...] | None) -> str:
    return " + ".join(str(each) for each in sums[1:]) if sums else _("nothing")
