"""Tables of this app."""

from billing.models.account_number import AccountNumber
from billing.models.billing_details import BillingDetails
from billing.models.cash_move import CashMove, CashMoveKind
from billing.models.contract import Contract, ContractKind, ContractStatus
from billing.models.document_mail import DocumentMail
from billing.models.expense import Expense, ExpenseCategory, ExpenseStatus
from billing.models.instalment import Instalment
from billing.models.invoice import NOT_COUNTED, OPEN_STATUSES, Invoice, InvoiceKind, InvoiceStatus, PriceMode
from billing.models.invoice_item import MOST_LINES, InvoiceDeduction, InvoiceItem, InvoiceSource, InvoiceTax
from billing.models.late_offer import LateOffer
from billing.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction, PostingKind
from billing.models.ledger_day import LedgerDay
from billing.models.number_series import TEST_PREFIX, NumberSeries, SeriesKind
from billing.models.of_document import Document, OfDocument
from billing.models.package import Package, PackageEntry, PackageEntryKind
from billing.models.payment import Allocation, Direction, Payment, PaymentKind, PaymentMethod, PaymentState
from billing.models.payment_attempt import (
    LIVING,
    AttemptState,
    LateOutcome,
    PaymentAttempt,
    Purpose,
    RefundAttempt,
    RefundState,
)
from billing.models.printed import PASSING, Printed, PrintProblem
from billing.models.quote import LONGEST_VALIDITY, Quote, QuoteStatus
from billing.models.quote_item import QuoteItem
from billing.models.quote_version import QuoteVersion, VersionOutcome
from billing.models.receipt_paper import ReceiptPaper
from billing.models.recurring_invoice import (
    MONTHS,
    Interval,
    RecurringInvoice,
    RecurringLine,
    RecurringPeriod,
)
from billing.models.reminder import InvoiceReminder, ReminderLetter, ReminderPause
from billing.models.reminder_policy import ReminderLevel, ReminderPolicy, ReminderText, Step
from billing.models.reprint import Reprint
from billing.models.service import Service, ServiceUnit
from billing.models.session_deposit import SessionDeposit
from billing.models.stripe_event import EventState, StripeEvent
from billing.models.till import PaymentReceipt, TillClosing, TillMovement
from billing.models.vat_rate import NEEDS_REASON, VatCategory, VatRate

__all__ = [
    "LIVING",
    "LONGEST_VALIDITY",
    "MONTHS",
    "MOST_LINES",
    "NEEDS_REASON",
    "NOT_COUNTED",
    "OPEN_STATUSES",
    "PASSING",
    "TEST_PREFIX",
    "AccountNumber",
    "Allocation",
    "AttemptState",
    "BillingDetails",
    "CashMove",
    "CashMoveKind",
    "Contract",
    "ContractKind",
    "ContractStatus",
    "Direction",
    "Document",
    "DocumentMail",
    "EventState",
    "Expense",
    "ExpenseCategory",
    "ExpenseStatus",
    "Instalment",
    "Interval",
    "Invoice",
    "InvoiceDeduction",
    "InvoiceItem",
    "InvoiceKind",
    "InvoiceReminder",
    "InvoiceSource",
    "InvoiceStatus",
    "InvoiceTax",
    "LateOffer",
    "LateOutcome",
    "LedgerAccount",
    "LedgerDay",
    "LedgerEntry",
    "LedgerTransaction",
    "NumberSeries",
    "OfDocument",
    "Package",
    "PackageEntry",
    "PackageEntryKind",
    "Payment",
    "PaymentAttempt",
    "PaymentKind",
    "PaymentMethod",
    "PaymentReceipt",
    "PaymentState",
    "PostingKind",
    "PriceMode",
    "PrintProblem",
    "Printed",
    "Purpose",
    "Quote",
    "QuoteItem",
    "QuoteStatus",
    "QuoteVersion",
    "ReceiptPaper",
    "RecurringInvoice",
    "RecurringLine",
    "RecurringPeriod",
    "RefundAttempt",
    "RefundState",
    "ReminderLetter",
    "ReminderLevel",
    "ReminderPause",
    "ReminderPolicy",
    "ReminderText",
    "Reprint",
    "SeriesKind",
    "Service",
    "ServiceUnit",
    "SessionDeposit",
    "Step",
    "StripeEvent",
    "TillClosing",
    "TillMovement",
    "VatCategory",
    "VatRate",
    "VersionOutcome",
]
