"""T2: no more is taken back, taken off or let go than there is."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

CHECKS = (
    Check(
        "T2",
        _("%(document)s: at %(rate)s %% %(base)s + %(tax)s are taken back of %(of_base)s + %(of_tax)s."),
        """
        WITH taken AS (
            SELECT n.refers_to_id AS id, t.category, t.rate, t.base, t.tax
            FROM invoices n JOIN invoice_taxes t ON t.invoice_id = n.id
            WHERE n.kind = 'credit_note' AND n.status <> 'draft' AND n.former_series = ''
            UNION ALL
            SELECT d.deposit_id, d.category, d.rate, d.base, d.tax
            FROM invoice_deductions d JOIN invoices f ON f.id = d.invoice_id
            WHERE d.released_at IS NULL AND f.status <> 'draft'),
        summed AS (SELECT id, category, rate, sum(base) AS base, sum(tax) AS tax FROM taken GROUP BY id, category, rate)
        SELECT i.invoice_number AS document, s.rate, s.base, s.tax, coalesce(t.base, 0) AS of_base,
            coalesce(t.tax, 0) AS of_tax
        FROM summed s JOIN invoices i ON i.id = s.id LEFT JOIN invoice_taxes t
            ON t.invoice_id = s.id AND (t.category, t.rate) = (s.category, s.rate)
        WHERE NOT (s.base BETWEEN 0 AND coalesce(t.base, 0) AND s.tax BETWEEN 0 AND coalesce(t.tax, 0)) ORDER BY i.id
        """,
    ),
    Check(
        "T2",
        _("%(document)s: of line %(position)s, over %(amount)s, %(credited)s is credited."),
        """
        SELECT o.invoice_number AS document, i.position, i.amount, sum(c.amount) AS credited
        FROM invoice_items i JOIN invoices o ON o.id = i.invoice_id JOIN invoice_items c ON c.credits_item_id = i.id
        JOIN invoices n ON n.id = c.invoice_id AND n.status <> 'draft'
        GROUP BY o.id, o.invoice_number, i.id, i.position, i.amount
        HAVING NOT sum(c.amount) BETWEEN least(i.amount, 0) AND greatest(i.amount, 0) ORDER BY o.id, i.position
        """,
    ),
    Check(
        "T2",
        _("%(document)s: at %(rate)s %% it takes off more than it charges."),
        """
        SELECT i.invoice_number AS document, t.rate FROM invoices i JOIN invoice_taxes t ON t.invoice_id = i.id
        WHERE i.status <> 'draft' AND i.former_series = '' AND least(t.base, t.tax) < 0 ORDER BY i.id
        """,
    ),
    Check(
        "T2",
        _("%(document)s: line %(position)s credits no line of the document that it is about."),
        """
        SELECT n.invoice_number AS document, c.position
        FROM invoices n JOIN invoice_items c ON c.invoice_id = n.id
        LEFT JOIN invoice_items i ON i.id = c.credits_item_id
        WHERE n.status <> 'draft' AND n.former_series = ''
            AND CASE WHEN n.kind = 'credit_note' THEN i.invoice_id IS DISTINCT FROM n.refers_to_id
                ELSE c.credits_item_id IS NOT NULL END
        ORDER BY n.id, c.position
        """,
    ),
    Check(
        "T2",
        _("%(document)s is about a document that is a draft, a credit note, another client's or in another currency."),
        """
        SELECT n.invoice_number AS document FROM invoices n LEFT JOIN invoices o ON o.id = n.refers_to_id
        WHERE n.status <> 'draft' AND n.former_series = '' AND n.kind IN ('credit_note', 'corrected')
            AND (o.id IS NULL OR o.status = 'draft' OR o.kind = 'credit_note'
                OR (o.client_id, o.currency, o.is_test) <> (n.client_id, n.currency, n.is_test))
        ORDER BY n.id
        """,
    ),
    Check(
        "T2",
        _("%(document)s takes %(deposit)s off, which is no issued deposit of its client in its currency."),
        """
        SELECT f.invoice_number AS document, o.invoice_number AS deposit
        FROM invoice_deductions d JOIN invoices f ON f.id = d.invoice_id LEFT JOIN invoices o ON o.id = d.deposit_id
        WHERE f.status <> 'draft' AND f.former_series = '' AND (o.id IS NULL OR o.status = 'draft'
            OR o.kind <> 'deposit_invoice'
            OR (o.client_id, o.currency, o.is_test) <> (f.client_id, f.currency, f.is_test))
        ORDER BY f.id
        """,
    ),
    Check(
        "T2",
        _("%(document)s lets %(deposit)s go, but no credit note gives it back; or one does, and it is not let go."),
        """
        SELECT DISTINCT f.invoice_number AS document, o.invoice_number AS deposit
        FROM invoice_deductions d JOIN invoices f ON f.id = d.invoice_id JOIN invoices o ON o.id = d.deposit_id
        WHERE f.status <> 'draft' AND (d.released_at IS NOT NULL) <> (f.kind = 'credit_note' OR EXISTS (
            SELECT FROM invoices n JOIN invoice_deductions g ON g.invoice_id = n.id
            WHERE n.refers_to_id = f.id AND n.kind = 'credit_note' AND n.status <> 'draft'
                AND (g.deposit_id, g.category, g.rate, g.base, g.tax, g.rounding)
                    = (d.deposit_id, d.category, d.rate, d.base, d.tax, d.rounding)))
        ORDER BY 1, 2
        """,
    ),
    Check(
        "T2",
        _("%(document)s: line %(position)s lets %(what)s go, but it is not credited in full; or it is, and does not."),
        """
        SELECT o.invoice_number AS document, i.position, s.label AS what
        FROM invoice_sources s JOIN invoice_items i ON i.id = s.item_id JOIN invoices o ON o.id = i.invoice_id
        WHERE o.status <> 'draft' AND (s.released_at IS NOT NULL) <> coalesce((
            SELECT sum(c.amount) = i.amount FROM invoice_items c JOIN invoices n ON n.id = c.invoice_id
            WHERE c.credits_item_id = i.id AND n.status <> 'draft'), false)
        ORDER BY o.id, i.position
        """,
    ),
    Check(
        "T2",
        _("%(what)s is charged on %(times)s documents at once."),
        """
        SELECT min(s.label) AS what, count(*) AS times FROM invoice_sources s, jsonb_each(to_jsonb(s)) AS link
        WHERE s.released_at IS NULL AND link.key LIKE '%#_id' ESCAPE '#' AND link.key <> 'item_id'
            AND link.value <> 'null'
        GROUP BY link.key, link.value HAVING count(*) > 1 ORDER BY 1
        """,
    ),
)
