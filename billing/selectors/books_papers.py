"""N3 of what is handed out as a file: versions of quotes are what was sent, and files of documents what was made."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import QuoteVersion
from billing.selectors.book_check import Check, Finding
from billing.selectors.snapshots import fingerprint

AT_ONCE = 500

# Every file that is named as that of a document of ours; those made again have the higher part.
EVERY_FILE = """(
    SELECT 'invoice' AS kind, id AS document_id, 0 AS part, invoice_number AS document, pdf_s3_key AS key,
        pdf_hash AS digest
    FROM invoices WHERE former_series = ''
    UNION ALL
    SELECT 'version', v.id, 0, q.quote_number || ', ' || v.number, v.pdf_s3_key, v.pdf_hash
    FROM quote_versions v JOIN quotes q ON q.id = v.quote_id
    UNION ALL
    SELECT 'receipt', r.id, 0, r.receipt_number, p.pdf_s3_key, p.pdf_hash
    FROM receipt_papers p JOIN payment_receipts r ON r.id = p.receipt_id
    UNION ALL
    SELECT CASE WHEN a.invoice_id IS NOT NULL THEN 'invoice' WHEN a.version_id IS NOT NULL THEN 'version'
        ELSE 'receipt' END, coalesce(a.invoice_id, a.version_id, a.receipt_id), a.id,
        coalesce(i.invoice_number, q.quote_number || ', ' || v.number, r.receipt_number), a.pdf_s3_key, a.pdf_hash
    FROM reprints a LEFT JOIN invoices i ON i.id = a.invoice_id LEFT JOIN payment_receipts r ON r.id = a.receipt_id
    LEFT JOIN quote_versions v ON v.id = a.version_id LEFT JOIN quotes q ON q.id = v.quote_id)"""


def _of_every_file(sql: str) -> str:
    """Return a statement in which `every_file` stands for every file."""
    return sql.replace("every_file", f"{EVERY_FILE} AS f")


def _check(says: Promise, sql: str) -> Check:
    return Check("N3", says, _of_every_file(sql))


HANDED_OUT = _of_every_file("""
    SELECT DISTINCT ON (kind, document_id) document, key, digest FROM every_file WHERE key <> ''
    ORDER BY kind, document_id, part DESC
""")


CHECKS = (
    _check(
        gettext_lazy("%(document)s: its stored PDF has no fingerprint, or the fingerprint no PDF."),
        "SELECT document FROM every_file WHERE (key = '') <> (digest = '') AND kind <> 'invoice' ORDER BY document",
    ),
    _check(
        gettext_lazy("%(document)s: its PDF is none of the stored files, or one with another fingerprint."),
        """
        SELECT DISTINCT f.document FROM every_file LEFT JOIN stored_files s ON s.key = f.key
        WHERE f.key <> '' AND s.sha256 IS DISTINCT FROM f.digest ORDER BY 1
        """,
    ),
    _check(
        gettext_lazy("%(document)s has the stored PDF of another document."),
        """
        SELECT DISTINCT document FROM (
            SELECT document, count(*) OVER (PARTITION BY key) AS times FROM every_file WHERE key <> '') AS counted
        WHERE times > 1 ORDER BY 1
        """,
    ),
    Check(
        "N3",
        gettext_lazy("%(document)s: nothing says how far its PDF is."),
        """
        SELECT r.receipt_number AS document FROM payment_receipts r LEFT JOIN receipt_papers p ON p.receipt_id = r.id
        WHERE p.id IS NULL ORDER BY r.id
        """,
    ),
)


class HandedOut(NamedTuple):
    """A file that whoever asks for a document gets, and the fingerprint of what was made."""

    document: str
    key: str
    digest: str


def files_handed_out() -> list[HandedOut]:
    """Return the file of every document that has one: the one that was made last.

    queries: 1
    """
    with connection.cursor() as cursor:
        cursor.execute(HANDED_OUT)
        return [HandedOut(*row) for row in cursor.fetchall()]


def version_findings() -> Iterator[Finding]:
    """Yield which versions of quotes are not what was sent; each is chained to the one before of its quote.

    queries: 1
    """
    versions = QuoteVersion.objects.filter(quote__former_series="").select_related("quote").order_by("quote", "number")
    quote, previous = 0, ""
    for version in versions.iterator(chunk_size=AT_ONCE):
        if version.quote_id != quote:
            quote, previous = version.quote_id, ""
        expected, previous = fingerprint(version.snapshot, previous), version.content_hash
        if expected != version.content_hash:
            told: dict[str, object] = {"document": version}
            yield Finding("N3", _("%(document)s: its fingerprint is not that of what was sent.") % told)
        elif Decimal(version.snapshot["document"]["payable"]) != version.total:
            told = {"document": version, "said": version.snapshot["document"]["payable"], "total": version.total}
            yield Finding("N3", _("%(document)s says %(said)s, its total is %(total)s.") % told)
