"""Homes for both former systems' documents and money."""

from billing.adoption.catalogue import adopt_service, adopt_vat_rate
from billing.adoption.contracts import adopt_contract
from billing.adoption.credit_notes import adopt_credit_note
from billing.adoption.expenses import adopt_expense
from billing.adoption.invoices import adopt_invoice
from billing.adoption.lines import adopt_invoice_line, adopt_quote_line
from billing.adoption.member_payments import adopt_member_payment, rank_payment
from billing.adoption.packages import adopt_package
from billing.adoption.payments import adopt_payment, adopt_transaction, rank_transaction
from billing.adoption.quotes import adopt_quote
from studio.tenancy.adoption.adopters import register


def register_adopters() -> None:
    """Tell the framework which former tables this app has a home for.

    `invoices` was a table of both systems: there a payment waits for its invoice, here an invoice for its payment.
    """
    register(table="vat_rates", adopt=adopt_vat_rate)
    register(table="service_catalog", adopt=adopt_service, after=("vat_rates",))
    register(table="quotes", adopt=adopt_quote, after=("clients", "projects", "vat_rates"))
    register(table="quote_items", adopt=adopt_quote_line, after=("quotes",))
    register(table="subscription_payments", adopt=adopt_member_payment, rank=rank_payment, after=PAID_FOR)
    register(
        table="invoices",
        adopt=adopt_invoice,
        after=("clients", "projects", "vat_rates", "quotes", "subscription_payments"),
    )
    register(table="invoice_items", adopt=adopt_invoice_line, after=("invoices",))
    register(table="credit_notes", adopt=adopt_credit_note, after=("clients", "invoices"))
    register(table="payments", adopt=adopt_payment, after=("clients", "invoices", "credit_notes"))
    register(
        table="payment_transactions", adopt=adopt_transaction, rank=rank_transaction, after=("clients", "payments")
    )
    register(table="client_packages", adopt=adopt_package, after=("clients",))
    register(table="contracts", adopt=adopt_contract, after=("clients", "projects"))
    register(table="expenses", adopt=adopt_expense, after=("projects", "equipment"))


PAID_FOR = ("members", "member_subscriptions")
