"""Documents in the demonstration's recording studio: paid, partly paid, overdue, credited, a deposit, drafts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F

from billing.models import (
    AccountNumber,
    Invoice,
    LedgerAccount,
    PaymentMethod,
    ReminderPolicy,
    Service,
    ServiceUnit,
    VatRate,
)
from billing.selectors import pay_links
from billing.selectors.ladder import ladders
from billing.selectors.unbilled import sessions_to_bill
from billing.services import (
    catalogue,
    credit_notes,
    deposit_drafts,
    deposits,
    drafts,
    issuing,
    payments,
    posting_numbers,
    reminders,
    work_lines,
)
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
SOME, ALL, NOTHING = Decimal("0.4"), Decimal(1), Decimal(0)
# Days ago, how much of it is paid since, and how many of which service; of none: sessions. The last are of this month
# on whichever day it is.
ISSUED: Sequence[tuple[int, Decimal, Mapping[int, str]]] = (
    *((176, ALL, {0: "3", 1: "3"}), (161, ALL, {2: "6"}), (149, ALL, {0: "1", 3: "2"}), (140, NOTHING, {1: "4"})),
    *((128, ALL, {0: "4"}), (117, ALL, {2: "11.5", 3: "1"}), (103, ALL, {0: "2", 1: "2"}), (92, SOME, {0: "3"})),
    *((85, ALL, {1: "9"}), (74, ALL, {}), (66, NOTHING, {2: "8"}), (58, ALL, {0: "5", 1: "5"}), (47, SOME, {})),
    *((44, ALL, {0: "2", 2: "4"}), (38, NOTHING, {}), (29, ALL, {0: "3", 1: "3"}), (22, ALL, {3: "2"})),
    *((13, SOME, {0: "4"}), (6, NOTHING, {}), (0, ALL, {0: "2", 1: "2"}), (0, NOTHING, {2: "14"})),
)
MOST_SESSIONS = 4
REMINDED = (70, 55, 40, 25, 11)  # days ago
PAID_AFTER = timedelta(days=9)


def fill_books(*, now: datetime) -> str:
    """Invoice half a year: sessions of the clients who come most often, and other work; return what was made in words.

    Nothing where documents were issued; those of a former system are long past.
    """
    if Invoice.objects.issued().filter(former_series="").exists():
        return ""
    if not current_profile().street:
        update_profile(facts=ADDRESS, actor=None, now=now)
    rate = VatRate.objects.get(is_default=True)
    services = [
        catalogue.create_service(
            name=name, category=group, unit=unit, unit_price=price, vat_rate=rate, actor=None, now=now
        )
        for name, group, unit, price in SERVICES
    ]
    AccountNumber.objects.create(
        ledger_account=LedgerAccount.VAT, vat_percent=rate.rate, number="445711", name=f"VAT {rate.name}"
    )
    *came, last = _clients(1 + sum(not sold for _days_ago, _share, sold in ISSUED))
    others = _others()
    for number, (days_ago, share, sold) in enumerate(ISSUED):
        client = others[number % len(others)] if sold else came.pop(0) if came else last
        lines = [_line(services[place], Decimal(quantity)) for place, quantity in sold.items()]
        _invoice(client, lines, now - timedelta(days=days_ago), share, now)
    _remind(now)
    _credit_a_part(now)
    _deposit(last, rate, now)
    _part_first(next((each for each in others if each.email), others[0]), services, now)
    posting_numbers.number_postings()
    return f"{Invoice.objects.filter(former_series='').count()} invoices, deposits, credit notes and drafts."


def address_to_pay(*, now: datetime) -> str:
    """Return the address of a document that can be paid online, one that asks a deposit first before others; or ""."""
    open_ones = Invoice.objects.unpaid().select_related("client")
    document = open_ones.order_by(F("deposit_amount").desc(nulls_last=True), "-pk").first()
    return pay_links.address_of(document, today=local_day(now, current_profile().zone)) if document else ""


def _clients(count: int) -> list[Client]:
    held = StudioSession.objects.filter(status=SessionStatus.COMPLETED, total__gt=0, invoiced_at__isnull=True)
    most = held.exclude(client=None).values("client").annotate(sessions=Count("pk")).order_by("-sessions", "client")
    return list(Client.objects.filter(pk__in=[row["client"] for row in most[:count]]).order_by("pk"))


def _others() -> list[Client]:
    """Return some more clients, whose work is sold by the piece."""
    return list(Client.objects.filter(is_active=True, merged_into__isnull=True).order_by("-pk")[:7])


def _line(service: Service, quantity: Decimal) -> NewLine:
    return NewLine(
        service.name, service.unit_price, service.vat_rate, quantity=quantity, unit=service.unit, service=service
    )


def _invoice(client: Client, lines: Sequence[NewLine], at: datetime, share: Decimal, now: datetime) -> None:
    """Issue a document over some lines, or over sessions where there are none, and let a share of it be paid."""
    draft = drafts.create_draft(client=client, lines=lines, purchase_order="PO-2041", actor=None, now=at)
    if not lines:
        held = [each.session for each in sessions_to_bill(client) if each.session.status == SessionStatus.COMPLETED]
        keys = [session.pk for session in held[:MOST_SESSIONS]]
        work_lines.charge_work(invoice=draft, sessions=keys, entries=[], actor=None, now=at)
    document = issuing.issue_invoice(invoice=draft, actor=None, now=at)
    if paid := quantise(document.payable * share, document.currency):
        later = min(at + PAID_AFTER, now)
        on = local_day(later, current_profile().zone)
        method = PaymentMethod.CARD if (document.number or 0) % 3 else PaymentMethod.TRANSFER
        receipt = Receipt(paid, document.currency, on, method=method, reference=document.invoice_number)
        payments.receive_payment(client=client, receipt=receipt, against=[document], actor=None, now=later)


def _remind(now: datetime) -> None:
    """Let each reminder be sent by somebody, as those that were due now and then have been."""
    ReminderPolicy.objects.create()
    for days_ago in REMINDED:
        at = now - timedelta(days=days_ago)
        for ladder in ladders(local_day(at, current_profile().zone)):
            reminders.remind_client(client=ladder.client, now=at)


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


def _part_first(client: Client, services: Sequence[Service], now: datetime) -> None:
    """Issue a document of which a part is due first, for somebody to pay online."""
    lines = [_line(services[0], Decimal(2)), _line(services[1], Decimal(2))]
    draft = drafts.create_draft(client=client, lines=lines, deposit_amount=Decimal(300), actor=None, now=now)
    issuing.issue_invoice(invoice=draft, actor=None, now=now)
