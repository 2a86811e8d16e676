"""Documents in the demonstration's recording studio: paid, partly paid, overdue, credited, a deposit, drafts."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count

from billing.models import AccountNumber, Invoice, LedgerAccount, ServiceUnit, VatRate
from billing.selectors.unbilled import sessions_to_bill
from billing.services import catalogue, credit_notes, deposit_drafts, deposits, drafts, issuing, payments, work_lines
from billing.services.credit_notes import Part
from billing.services.drafts import NewLine
from billing.services.payments import Receipt
from sessions_app.models import Client, SessionStatus, StudioSession
from studio.clock import local_day
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.office.services.profile import update_profile

ADDRESS = {"street": "1 rue des Archives", "postal_code": "75003", "city": "Paris", "country": "FR"}
# Name, group, unit, price without VAT.
SERVICES = (
    ("Mixing, per title", "Production", ServiceUnit.PIECE, Decimal(450)),
    ("Mastering, per title", "Production", ServiceUnit.PIECE, Decimal(120)),
    ("Assistant", "Crew", ServiceUnit.HOUR, Decimal(38)),
    ("Two-inch tape, one reel", "Material", ServiceUnit.PIECE, Decimal(180)),
)
# Days ago, and how much of it is paid since.
ISSUED = ((74, Decimal(1)), (47, Decimal("0.4")), (38, Decimal(0)), (6, Decimal(0)))
MOST_SESSIONS = 4


def fill_books(*, now: datetime) -> str:
    """Invoice sessions of the clients who come most often; return in words what was made.

    Nothing where there are documents.
    """
    if Invoice.objects.exists():
        return ""
    if not current_profile().street:
        update_profile(facts=ADDRESS, actor=None, now=now)
    rate = VatRate.objects.get(is_default=True)
    for name, group, unit, price in SERVICES:
        catalogue.create_service(
            name=name, category=group, unit=unit, unit_price=price, vat_rate=rate, actor=None, now=now
        )
    AccountNumber.objects.create(
        ledger_account=LedgerAccount.VAT, vat_percent=rate.rate, number="445711", name=f"VAT {rate.name}"
    )
    *clients, last = _clients(len(ISSUED) + 1)
    for client, (days_ago, share) in zip(clients, ISSUED, strict=False):
        _invoice(client, now - timedelta(days=days_ago), share)
    _credit_a_part(now)
    _deposit(last, rate, now)
    return f"{Invoice.objects.count()} invoices, deposits, credit notes and drafts."


def _clients(count: int) -> list[Client]:
    held = StudioSession.objects.filter(status=SessionStatus.COMPLETED, total__gt=0, invoiced_at__isnull=True)
    most = held.exclude(client=None).values("client").annotate(sessions=Count("pk")).order_by("-sessions", "client")
    return list(Client.objects.filter(pk__in=[row["client"] for row in most[:count]]).order_by("pk"))


def _invoice(client: Client, at: datetime, share: Decimal) -> None:
    held = [each.session for each in sessions_to_bill(client) if each.session.status == SessionStatus.COMPLETED]
    draft = drafts.create_draft(client=client, purchase_order="PO-2041", actor=None, now=at)
    keys = [session.pk for session in held[:MOST_SESSIONS]]
    work_lines.charge_work(invoice=draft, sessions=keys, entries=[], actor=None, now=at)
    document = issuing.issue_invoice(invoice=draft, actor=None, now=at)
    if paid := quantise(document.payable * share, document.currency):
        later = at + timedelta(days=3)
        on = local_day(later, current_profile().zone)
        receipt = Receipt(paid, document.currency, on, reference=document.invoice_number)
        payments.receive_payment(client=client, receipt=receipt, against=[document], actor=None, now=later)


def _credit_a_part(now: datetime) -> None:
    document = Invoice.objects.unpaid().order_by("-pk").first()
    item = document.items.order_by("position").first() if document else None
    if document and item:
        part = Part(item, quantise(item.amount / 4, document.currency))
        reason = "The piano was out of tune for an hour."
        credit_notes.credit_in_part(invoice=document, parts=[part], reason=reason, actor=None, now=now)


def _deposit(client: Client, rate: VatRate, now: datetime) -> None:
    """Ask a deposit of a larger work, let it be paid, and let the final invoice, still a draft, take it off."""
    lines = [
        NewLine("Mixing, per title", Decimal(450), rate, quantity=Decimal(8)),
        NewLine("Mastering, per title", Decimal(120), rate, quantity=Decimal(8)),
    ]
    final = drafts.create_draft(client=client, lines=lines, actor=None, now=now)
    asked = deposit_drafts.ask_percent(invoice=final, percent=Decimal(30), actor=None, now=now)
    issued = issuing.issue_invoice(invoice=asked, actor=None, now=now)
    receipt = Receipt(issued.payable, issued.currency, local_day(now, current_profile().zone))
    payments.receive_payment(client=client, receipt=receipt, against=[issued], actor=None, now=now)
    deposits.deduct_deposits(invoice=final, deposits=[issued], actor=None, now=now)
