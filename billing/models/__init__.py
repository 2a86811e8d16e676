"""Tables of this app."""

from billing.models.billing_details import BillingDetails
from billing.models.instalment import Instalment
from billing.models.invoice import OPEN_STATUSES, Invoice, InvoiceKind, InvoiceStatus, PriceMode
from billing.models.invoice_item import MOST_LINES, InvoiceDeduction, InvoiceItem, InvoiceSource, InvoiceTax
from billing.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction, PostingKind
from billing.models.number_series import PATTERN, NumberSeries, SeriesKind
from billing.models.payment import Allocation, Direction, Payment, PaymentKind, PaymentMethod, PaymentState
from billing.models.service import Service, ServiceUnit
from billing.models.till import PaymentReceipt, TillClosing, TillMovement
from billing.models.vat_rate import NEEDS_REASON, VatCategory, VatRate

__all__ = [
    "MOST_LINES",
    "NEEDS_REASON",
    "OPEN_STATUSES",
    "PATTERN",
    "Allocation",
    "BillingDetails",
    "Direction",
    "Instalment",
    "Invoice",
    "InvoiceDeduction",
    "InvoiceItem",
    "InvoiceKind",
    "InvoiceSource",
    "InvoiceStatus",
    "InvoiceTax",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "NumberSeries",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "PaymentReceipt",
    "PaymentState",
    "PostingKind",
    "PriceMode",
    "SeriesKind",
    "Service",
    "ServiceUnit",
    "TillClosing",
    "TillMovement",
    "VatCategory",
    "VatRate",
]
