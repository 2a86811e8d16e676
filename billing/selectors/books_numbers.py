"""N1 and N2: numbers follow each other without a gap, in the order of time; and each names the one before (N3)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

# Everything that has a number which may not be missing. Quotes and contracts may be sent anew under theirs.
EVERY_NUMBER = """(
    SELECT series_id, id, number, invoice_number AS document, is_test, extract(year FROM issued_on) AS year,
        CASE kind WHEN 'credit_note' THEN kind ELSE 'invoice' END AS kind
    FROM invoices WHERE series_id IS NOT NULL
    UNION ALL SELECT series_id, id, number, receipt_number, false, extract(year FROM issued_on), 'receipt'
    FROM payment_receipts
    UNION ALL SELECT series_id, id, number, quote_number, false, NULL, 'quote' FROM quotes WHERE series_id IS NOT NULL
    UNION ALL SELECT series_id, id, number, contract_number, false, NULL, 'contract'
    FROM contracts WHERE series_id IS NOT NULL)"""
# What was handed out with its number for good, each chained to the one before.
EVERY_LINK = """(
    SELECT series_id, id, number, invoice_number AS document, issued_on, issued_at, content_hash, previous_hash
    FROM invoices WHERE series_id IS NOT NULL
    UNION ALL
    SELECT series_id, id, number, receipt_number, issued_on, issued_at, content_hash, previous_hash
    FROM payment_receipts)"""


def of_everything(sql: str) -> str:
    """Return a statement in which `every_number` and `every_link` stand for what has one."""
    return sql.replace("every_number", EVERY_NUMBER).replace("every_link", EVERY_LINK)


def _check(rule: str, says: Promise, sql: str) -> Check:
    return Check(rule, says, of_everything(sql))


# A series is shown as its pattern with the number left open, e.g. "FAC-2026-*".
CHECKS = (
    _check(
        "N1",
        _("%(series)s: the numbers from %(first)s to %(last)s are missing."),
        """
        WITH given AS (
            SELECT s.id, s.first_number - 1 AS number FROM number_series s
            UNION SELECT s.id, s.next_number FROM number_series s
            UNION SELECT s.id, i.number FROM number_series s JOIN every_number i ON i.series_id = s.id
                WHERE i.number < s.next_number),
        steps AS (SELECT id, number, lead(number) OVER (PARTITION BY id ORDER BY number) AS following FROM given)
        SELECT regexp_replace(replace(s.pattern, '{year}', s.year::text), '[{]number(:0[1-9])?[}]', '*') AS series,
            steps.number + 1 AS first, steps.following - 1 AS last
        FROM steps JOIN number_series s USING (id) WHERE steps.following > steps.number + 1
        ORDER BY s.id, steps.number
        """,
    ),
    _check(
        "N1",
        _("%(document)s was given the number %(number)s, but the next one of its series is %(following)s."),
        """
        SELECT i.document, i.number, s.next_number AS following
        FROM every_number i JOIN number_series s ON s.id = i.series_id WHERE i.number >= s.next_number ORDER BY i.id
        """,
    ),
    _check(
        "N1",
        _("%(series)s begins at %(first)s, but no former document has the number %(before)s."),
        """
        WITH begun AS (
            SELECT id, first_number AS first,
                regexp_replace(replace(pattern, '{year}', year::text), '[{]number(:0[1-9])?[}]', '*') AS series,
                replace(regexp_replace(pattern, '[{]number(:0[1-9])?[}]', lpad((first_number - 1)::text,
                    greatest(length((first_number - 1)::text),
                    coalesce(substring(pattern FROM '[{]number:0([1-9])[}]'), '1')::int), '0')),
                    '{year}', year::text) AS before
            FROM number_series WHERE first_number > 1 AND kind IN ('invoice', 'credit_note'))
        SELECT series, first, before FROM begun
        WHERE NOT EXISTS (SELECT FROM invoices WHERE former_series <> '' AND invoice_number = before) ORDER BY id
        """,
    ),
    _check(
        "N1",
        _("The number %(number)s was given to %(times)s documents."),
        """
        WITH numbered AS (
            SELECT 'invoice' AS kind, former_series, invoice_number AS number FROM invoices
            UNION ALL SELECT 'receipt', '', receipt_number FROM payment_receipts
            UNION ALL SELECT 'quote', former_series, quote_number FROM quotes
            UNION ALL SELECT 'contract', former_series, contract_number FROM contracts)
        SELECT number, count(*) AS times FROM numbered WHERE number <> '' GROUP BY kind, number
        HAVING count(*) > count(DISTINCT former_series)
            OR bool_or(former_series = '') AND bool_or(former_series = 'adopted') ORDER BY number
        """,
    ),
    _check(
        "N1",
        _("%(document)s is number %(number)s of its series, which reads %(printed)s."),
        """
        WITH named AS (
            SELECT i.id, i.document, i.number, replace(regexp_replace(s.pattern,
                '[{]number(:0[1-9])?[}]', lpad(i.number::text, greatest(length(i.number::text),
                coalesce(substring(s.pattern FROM '[{]number:0([1-9])[}]'), '1')::int), '0')),
                '{year}', s.year::text) AS printed
            FROM every_number i JOIN number_series s ON s.id = i.series_id)
        SELECT document, number, printed FROM named WHERE document <> printed ORDER BY id
        """,
    ),
    _check(
        "N1",
        _("%(document)s stands in a series of another kind, another year, or of the test mode."),
        """
        SELECT i.document FROM every_number i JOIN number_series s ON s.id = i.series_id
        WHERE (s.kind, s.is_test, s.year) <> (i.kind, i.is_test, coalesce(i.year, s.year)) ORDER BY i.id
        """,
    ),
    _check(
        "N1",
        _("Document %(key)s (%(document)s) is issued, but in no series, or a draft with a number."),
        """
        SELECT i.id AS key, i.invoice_number AS document FROM invoices i
        LEFT JOIN number_series s ON s.id = i.series_id
        WHERE CASE WHEN i.status = 'draft'
            THEN i.invoice_number <> '' OR i.series_id IS NOT NULL OR i.number IS NOT NULL
            ELSE i.former_series = '' AND (s.id IS NULL OR i.number IS NULL OR i.invoice_number = '') END
        ORDER BY i.id
        """,
    ),
    _check(
        "N1",
        _("%(document)s was sent, but has no number of a series; or has one, and was not."),
        """
        SELECT coalesce(nullif(quote_number, ''), title) AS document FROM quotes WHERE former_series = ''
            AND (version > 0) <> (series_id IS NOT NULL AND number IS NOT NULL AND quote_number <> '')
        UNION ALL SELECT coalesce(nullif(contract_number, ''), title) FROM contracts WHERE former_series = ''
            AND status NOT IN ('draft', 'cancelled')
            AND (series_id IS NULL OR number IS NULL OR contract_number = '')
        ORDER BY 1
        """,
    ),
    _check(
        "N2",
        _("%(document)s was issued before %(before)s, which has the number before it."),
        """
        WITH ordered AS (
            SELECT id, document, issued_at, issued_on, lag(document) OVER one AS before,
                lag(issued_at) OVER one AS at_before, lag(issued_on) OVER one AS on_before
            FROM every_link WINDOW one AS (PARTITION BY series_id ORDER BY number, id))
        SELECT document, before FROM ordered WHERE issued_at < at_before OR issued_on < on_before ORDER BY id
        """,
    ),
    _check(
        "N2",
        _("%(document)s is dated %(day)s, but was issued at %(at)s."),
        """
        SELECT document, issued_on AS day, issued_at AS at FROM every_link
        WHERE issued_on NOT BETWEEN (issued_at AT TIME ZONE 'UTC')::date - 1
            AND (issued_at AT TIME ZONE 'UTC')::date + 1 ORDER BY id
        """,
    ),
    _check(
        "N2",
        _("The series of %(document)s says that its last number was taken at %(said)s, not at %(at)s."),
        """
        SELECT i.document, s.last_issued_at AS said, i.issued_at AS at
        FROM number_series s JOIN every_link i ON i.series_id = s.id AND i.number = s.next_number - 1
        WHERE s.last_issued_at IS DISTINCT FROM i.issued_at ORDER BY i.id
        """,
    ),
    _check(
        "N3",
        _("%(document)s is chained to another document than %(before)s, the one before it."),
        """
        WITH chained AS (
            SELECT id, document, previous_hash, lag(document, 1, '-') OVER one AS before,
                lag(content_hash, 1, '') OVER one AS hash_before
            FROM every_link WINDOW one AS (PARTITION BY series_id ORDER BY number, id))
        SELECT document, before FROM chained WHERE previous_hash <> hash_before ORDER BY id
        """,
    ),
    _check(
        "N3",
        _("The series of %(document)s, its last document, goes on from another fingerprint."),
        """
        SELECT i.document
        FROM number_series s JOIN every_link i ON i.series_id = s.id AND i.number = s.next_number - 1
        WHERE s.last_hash <> i.content_hash ORDER BY i.id
        """,
    ),
    _check(
        "N3",
        _("%(document)s has a stored PDF without a fingerprint, or a fingerprint without a PDF."),
        """
        SELECT invoice_number AS document FROM invoices
        WHERE (pdf_s3_key = '') <> (pdf_hash = '') AND former_series = '' ORDER BY id
        """,
    ),
)
