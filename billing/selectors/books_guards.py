"""L2: what is written stays, because the guards of the tables stand."""

from django.utils.translation import gettext_lazy as _

from billing.selectors.book_check import Check

# Table -> what stands guard over its rows.
GUARDS = {
    "allocations": ("allocations_append_only", "allocations_settled", "allocations_within_payment"),
    "cash_moves": ("cash_moves_append_only", "cash_moves_settled", "cash_moves_within_till"),
    "contracts": ("contracts_frozen_once_sent",),
    "expenses": ("expenses_cash_settled",),
    "instalments": ("instalments_append_only",),
    "invoice_deductions": ("invoice_deductions_frozen_once_issued", "invoice_deductions_released"),
    "invoice_items": ("invoice_items_frozen_once_issued",),
    "invoice_reminders": ("invoice_reminders_kept",),
    "invoice_sources": ("invoice_sources_frozen_once_issued", "invoice_sources_released"),
    "invoice_taxes": ("invoice_taxes_frozen_once_issued",),
    "invoices": (
        *("invoices_frozen_once_issued", "invoices_one_client", "invoices_settled", "invoices_whole"),
        "invoices_whole_as_stated",
    ),
    "ledger_days": ("ledger_days_kept",),
    "ledger_entries": (
        *("ledger_entries_append_only", "ledger_entries_balanced", "ledger_entries_days_added"),
        *("ledger_entries_days_emptied", "ledger_entries_with_their_posting"),
    ),
    "ledger_transactions": (
        *("ledger_transactions_balanced", "ledger_transactions_kept"),
        "ledger_transactions_one_client",
    ),
    "number_series": ("number_series_given", "number_series_step_by_step"),
    "package_entries": ("package_entries_add_up", "package_entries_append_only"),
    "packages": ("packages_add_up",),
    "payment_receipts": ("payment_receipts_append_only", "payment_receipts_number_given"),
    "payment_attempts": ("payment_attempts_kept",),
    "payments": (
        *("payments_kept", "payments_mistaken_whole", "payments_one_client", "payments_within_payment"),
        "payments_within_till",
    ),
    "receipt_papers": ("receipt_papers_kept",),
    "refund_attempts": ("refund_attempts_kept",),
    "reminder_letters": ("reminder_letters_kept",),
    "reprints": ("reprints_append_only",),
    "quote_items": ("quote_items_frozen_once_sent", "quote_items_kept_if_former"),
    "quote_versions": ("quote_versions_follow", "quote_versions_kept"),
    "quotes": ("quotes_follow", "quotes_frozen_once_sent"),
    "stripe_events": ("stripe_events_kept",),
    "till_closings": ("till_closings_append_only",),
    "till_movements": ("till_movements_append_only",),
    "vat_rates": ("vat_rates_frozen_once_used",),
}
# What adds sessions up day by day, for reports.
GUARDS_OF_DAYS = {
    "session_days": ("session_days_kept",),
    "sessions": ("sessions_days_added", "sessions_days_changed", "sessions_days_emptied", "sessions_days_removed"),
    "studio_profile": ("studio_profile_days_of_zone",),
}
WANTED = ", ".join(f"('{kept}', '{guard}')" for kept, guards in (GUARDS | GUARDS_OF_DAYS).items() for guard in guards)

CHECKS = (
    Check(
        "L2",
        _("Rows of %(table)s can be rewritten: %(guard)s does not stand guard."),
        """
        WITH wanted (kept, guard) AS (VALUES every_guard)
        SELECT w.kept AS table, w.guard FROM wanted w LEFT JOIN pg_trigger g
            ON g.tgname = w.guard AND g.tgrelid = to_regclass(w.kept) AND g.tgenabled IN ('O', 'A')
        WHERE g.oid IS NULL ORDER BY 1, 2
        """.replace("every_guard", WANTED),
    ),
)
