"""What stands beside the documents: quotes and contracts as they were sent, parts to pay, and hours bought ahead."""

from collections.abc import Iterator
from itertools import batched, chain
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Contract, Quote, QuoteItem, QuoteStatus, QuoteVersion
from billing.selectors.book_check import Check, Finding
from billing.selectors.contract_words import fingerprint_of
from billing.selectors.differences import differences
from billing.selectors.quote_snapshots import quoted_parts
from billing.selectors.quote_sums import computed

AT_ONCE = 500
AS_SENT = (QuoteStatus.SENT, QuoteStatus.ACCEPTED, QuoteStatus.REJECTED, QuoteStatus.EXPIRED)
NOT_AS_SENT = gettext_lazy("%(document)s: its fingerprint is not that of what was sent.")

CHECKS = (
    Check(
        "T1",
        gettext_lazy("%(document)s: its %(count)s parts to pay come to %(sum)s, not to %(payable)s, or not in order."),
        """
        WITH parts AS (
            SELECT *, lag(due_on) OVER (PARTITION BY invoice_id ORDER BY position) AS due_before FROM instalments)
        SELECT coalesce(min(i.invoice_number), '-') AS document, count(*) AS count, sum(p.amount) AS sum,
            coalesce(min(i.payable), 0) AS payable
        FROM parts p LEFT JOIN invoices i ON i.id = p.invoice_id
        GROUP BY p.invoice_id
        HAVING count(i.id) = 0 OR min(i.status) = 'draft' OR min(i.kind) = 'credit_note'
            OR sum(p.amount) <> min(i.payable) OR max(p.position) <> count(*) OR bool_or(p.due_on < p.due_before)
        ORDER BY p.invoice_id
        """,
    ),
    Check(
        "H1",
        gettext_lazy("%(package)s of %(client)s: it says that %(said)s hours are left; its moves come to %(sum)s."),
        """
        SELECT p.name AS package, coalesce(min(c.name), '-') AS client, p.hours_left AS said,
            coalesce(sum(e.hours), 0) AS sum
        FROM packages p LEFT JOIN clients c ON c.id = p.client_id LEFT JOIN package_entries e ON e.package_id = p.id
        GROUP BY p.id HAVING p.hours_left <> coalesce(sum(e.hours), 0) ORDER BY p.id
        """,
    ),
    Check(
        "H1",
        gettext_lazy(
            "%(document)s: %(used)s hours of %(package)s are used and %(back)s returned; its lines take off %(drawn)s,"
            " and %(gone)s of them are credited."
        ),
        """
        WITH moved AS (
            SELECT i.invoice_id, s.package_id, s.hours AS drawn,
                CASE WHEN s.released_at IS NOT NULL THEN s.hours ELSE 0 END AS gone, 0 AS used, 0 AS back
            FROM invoice_sources s JOIN invoice_items i ON i.id = s.item_id JOIN invoices o ON o.id = i.invoice_id
            WHERE s.package_id IS NOT NULL AND o.status <> 'draft'
            UNION ALL SELECT invoice_id, package_id, 0, 0, CASE kind WHEN 'used' THEN -hours ELSE 0 END,
                CASE kind WHEN 'returned' THEN hours ELSE 0 END
            FROM package_entries WHERE kind IN ('used', 'returned'))
        SELECT coalesce(min(i.invoice_number), '-') AS document, coalesce(min(p.name), '-') AS package,
            sum(m.used) AS used, sum(m.back) AS back, sum(m.drawn) AS drawn, sum(m.gone) AS gone
        FROM moved m LEFT JOIN invoices i ON i.id = m.invoice_id LEFT JOIN packages p ON p.id = m.package_id
        GROUP BY m.invoice_id, m.package_id
        HAVING (sum(m.used), sum(m.back)) <> (sum(m.drawn), sum(m.gone)) ORDER BY m.invoice_id, m.package_id
        """,
    ),
    Check(
        "H1",
        gettext_lazy("%(document)s uses hours of %(package)s, which is another client's or in another currency."),
        """
        SELECT DISTINCT i.invoice_number AS document, p.name AS package
        FROM package_entries e JOIN invoices i ON i.id = e.invoice_id JOIN packages p ON p.id = e.package_id
        WHERE (p.client_id, p.currency) <> (i.client_id, i.currency) ORDER BY 1, 2
        """,
    ),
)


def findings() -> Iterator[Finding]:
    """Yield which quotes and contracts are not what was sent; those of a former system are kept as they were.

    queries: 3 for 500 quotes, 1 for all contracts
    """
    keys = Quote.objects.filter(former_series="", version__gt=0).order_by("pk").values_list("pk", flat=True)
    lines = Prefetch("items", QuoteItem.objects.select_related("vat_rate").order_by("position"))
    versions = Prefetch("versions", QuoteVersion.objects.order_by("number"))
    for some in batched(keys.iterator(chunk_size=AT_ONCE), AT_ONCE):
        for quote in Quote.objects.filter(pk__in=some).prefetch_related(lines, versions).order_by("pk"):
            yield from (Finding("N3", each) for each in chain(_missing_versions(quote), _quote_unlike_sent(quote)))
            yield from (Finding("T1", each) for each in _wrong_quote_sums(quote))
    sent = Contract.objects.exclude(content_hash="").filter(former_series="")
    for contract in sent.order_by("pk").iterator(chunk_size=AT_ONCE):
        if fingerprint_of(contract) != contract.content_hash:
            yield Finding("N3", NOT_AS_SENT % {"document": contract})


def _missing_versions(quote: Quote) -> Iterator[str]:
    there = len(quote.versions.all())
    if there != quote.version:
        told = {"document": quote, "said": quote.version, "there": there}
        yield _("%(document)s was sent %(said)s times; %(there)s versions are there.") % told


def _quote_unlike_sent(quote: Quote) -> Iterator[str]:
    """Yield how a quote that is out, or was answered, differs from its last version."""
    last = next(reversed(quote.versions.all()), None)
    if last is None or quote.status not in AS_SENT:
        return
    sent: dict[str, Any] = last.snapshot
    for part, now in quoted_parts(quote, list(quote.items.all())).items():
        for place, was, found in differences(sent.get(part), now, part):
            told = {"document": quote, "place": place, "was": was, "now": found}
            yield _("%(document)s: %(place)s was sent as %(was)s and is now %(now)s.") % told


def _wrong_quote_sums(quote: Quote) -> Iterator[str]:
    made = computed(quote, list(quote.items.all()))
    for name in ("subtotal", "tax_amount", "rounding"):
        found, right = getattr(quote, name), getattr(made, name)
        if found != right:
            told = {"document": quote, "name": name, "found": found, "made": right}
            yield _("%(document)s: %(name)s is %(found)s, and its parts make %(made)s.") % told
