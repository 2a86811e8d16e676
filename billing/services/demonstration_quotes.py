"""Quotes in every state, prepaid hours, expenses and contracts, for the demonstration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from billing.models import (
    Contract,
    ContractKind,
    Expense,
    ExpenseCategory,
    Interval,
    PaymentMethod,
    Quote,
    QuoteVersion,
    ServiceUnit,
)
from billing.selectors import terms
from billing.services import (
    contracts,
    expenses,
    packages,
    quote_answers,
    quote_conversions,
    quote_expiry,
    quote_sending,
    quotes,
    recurring_invoices,
)
from billing.services.quote_answers import Signer
from billing.services.quotes import QuoteLine
from billing.services.written_lines import Line
from sessions_app.models import Client, Project, Room, StudioSession
from sessions_app.services import holds
from sessions_app.services.notices import Tell
from studio.clock import local_day
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.office.services import profile as house

SELLER = {"street": "12 rue des Ateliers", "postal_code": "75011", "city": "Paris"}
TERMS = "30 % at the order, the rest within 30 days of the invoice. Files are delivered once all is paid."
FEW = timedelta(days=3)
LONG_AGO = timedelta(days=45)
AGREEMENT = (
    "The studio gives the room with its equipment at the hours agreed. The client pays month by month, in advance."
)
RECEIPT = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

type Wanted = tuple[str, str, str, str]
HOURS, PIECES, DAYS = ServiceUnit.HOUR, ServiceUnit.PIECE, ServiceUnit.DAY
WORK: Sequence[tuple[str, Sequence[Wanted]]] = (
    ("Debut album", [("Recording with an engineer", HOURS, "24", "75"), ("Mixing, per song", PIECES, "10", "320")]),
    ("Single and B-side", [("Recording", HOURS, "8", "75"), ("Mastering, per song", PIECES, "2", "90")]),
    ("Podcast, twelve episodes", [("Editing, per episode", PIECES, "12", "110"), ("Jingle", PIECES, "1", "400")]),
    ("String overdubs", [("Studio A with an engineer", DAYS, "1", "650"), ("Grand piano tuned", PIECES, "1", "95")]),
    ("Live session on film", [("Studio A", DAYS, "2", "650"), ("Sound for film, mixed", PIECES, "1", "780")]),
    ("Remaster of the first EP", [("Mastering, per song", PIECES, "5", "90")]),
)
SPENT = (
    ("Two-inch tape, 4 reels", ExpenseCategory.SUPPLIES, "RecordingTheMasters", "1116.00", "186.00", 9),
    ("Rent of the building", ExpenseCategory.RENT, "SCI des Ateliers", "3600.00", "600.00", 20),
    ("Plug-in licences", ExpenseCategory.SOFTWARE, "Soundtoys", "499.00", "0.00", 6),
    ("Piano tuning", ExpenseCategory.MAINTENANCE, "Atelier Moreau", "114.00", "19.00", 2),
    ("Hire of a U 47", ExpenseCategory.EQUIPMENT, "Audio Rent", "180.00", "30.00", 1),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the demonstration stands."""

    now: datetime
    today: date


@transaction.atomic
def fill_studio(*, now: datetime) -> str:
    """Write quotes, packages and expenses, unless there are quotes of ours; return in words what was made."""
    clients = list(Client.objects.filter(is_active=True, merged_into__isnull=True).order_by("pk")[: len(WORK)])
    if Quote.objects.filter(former_series="").exists() or not clients:
        return ""
    profile = current_profile()
    if not profile.street:
        house.update_profile(facts=SELLER, actor=None, now=now)
    at = Moment(now, local_day(now, profile.zone))
    fates: Sequence[Callable[[Quote, Moment], object]] = (_accept, _send, _decline, _send, _expire, _leave)
    for number, ((title, work), fate) in enumerate(zip(WORK, fates, strict=True)):
        fate(_draft(clients[number % len(clients)], title, work, at, fate=fate), at)
    _sell_hours(clients[0], at)
    _spend(at)
    _agree(clients, at)
    return f"{Quote.objects.count()} quotes, {Expense.objects.count()} expenses, {Contract.objects.count()} contracts."


def _draft(
    client: Client, title: str, work: Sequence[Wanted], at: Moment, *, fate: Callable[[Quote, Moment], object]
) -> Quote:
    rate = terms.usual_rate(client)
    slot = _slot(client, title, at) if fate in {_accept, _send} else None
    lines = [
        QuoteLine(
            description=described,
            unit=unit,
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            vat_rate=rate,
            session=None if place else slot,
        )
        for place, (described, unit, quantity, price) in enumerate(work)
    ]
    began = at.now - LONG_AGO if fate is _expire else at.now - FEW
    return quotes.create_quote(client=client, title=title, lines=lines, terms=TERMS, actor=None, now=began)


def _slot(client: Client, title: str, at: Moment) -> StudioSession | None:
    """Return a slot that is held for a client, in the first hours that are free in two weeks."""
    first = at.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=14)
    for room in Room.objects.filter(is_active=True).order_by("pk"):
        for hours in range(24 * 7):
            starts = first + timedelta(hours=hours)
            try:
                return holds.place_hold(
                    title=title,
                    room=room,
                    client=client,
                    starts_at=starts,
                    ends_at=starts + timedelta(hours=8),
                    expires_at=at.now + FEW,
                    tell=Tell.NOBODY,
                    actor=None,
                    now=at.now - FEW,
                )
            except DomainError:
                continue
    return None


def _send(quote: Quote, at: Moment, *, before: timedelta = FEW) -> QuoteVersion:
    return quote_sending.send_quote(quote=quote, actor=None, now=at.now - before, tell=Tell.NOBODY)


def _accept(quote: Quote, at: Moment) -> None:
    version = _send(quote, at)
    signer = Signer(quote.client.name, "203.0.113.7", "Firefox")
    accepted = quote_answers.accept_quote(
        version=version, fingerprint=version.content_hash, signer=signer, actor=None, now=at.now
    )
    quote_conversions.convert_to_project(quote=accepted, actor=None, now=at.now)


def _decline(quote: Quote, at: Moment) -> None:
    signer, remark = Signer(quote.client.name, "203.0.113.9", "Safari"), "We edit it ourselves this year."
    quote_answers.reject_quote(version=_send(quote, at), signer=signer, remark=remark, actor=None, now=at.now)


def _expire(quote: Quote, at: Moment) -> None:
    quote_expiry.expire_quote(quote=_send(quote, at, before=LONG_AGO).quote, now=at.now)


def _leave(_quote: Quote, _at: Moment) -> None:
    """Leave a draft as it is."""


def _sell_hours(client: Client, at: Moment) -> None:
    packages.add_package(
        client=client,
        name="20 hours of mixing",
        hours=Decimal(20),
        price=Decimal(1100),
        bought_on=at.today - timedelta(days=30),
        expires_on=at.today + timedelta(days=335),
        actor=None,
        now=at.now,
    )


def _agree(clients: Sequence[Client], at: Moment) -> None:
    """Sign a contract, invoice it month by month, and send another to be signed."""
    first = at.today.replace(day=1) - timedelta(days=60)
    rented = contracts.create_contract(
        client=clients[0],
        title="Room 3 on Tuesdays",
        kind=ContractKind.STUDIO_RENTAL,
        terms=AGREEMENT,
        starts_on=first,
        actor=None,
        now=at.now,
    )
    contracts.sign_contract(
        contract=contracts.send_contract(contract=rented, actor=None, now=at.now),
        signer_name=clients[0].name,
        signed_on=first,
        signed_copy=SimpleUploadedFile("signed.pdf", RECEIPT),
        actor=None,
        now=at.now,
    )
    recurring_invoices.arrange(
        client=clients[0],
        title="Room 3 on Tuesdays",
        contract=rented,
        starts_on=first,
        interval=Interval.MONTH,
        lines=[Line("Room 3, four evenings", Decimal(240), terms.usual_rate(clients[0]))],
        actor=None,
        now=at.now,
    )
    recurring_invoices.invoice_due(now=at.now)
    open_one = contracts.create_contract(
        client=clients[-1],
        title="Production of an album",
        terms=AGREEMENT,
        value=Decimal(9500),
        actor=None,
        now=at.now,
    )
    contracts.send_contract(contract=open_one, actor=None, now=at.now)


def _spend(at: Moment) -> None:
    project = Project.objects.current().order_by("pk").last()
    for number, (described, category, vendor, amount, tax, ago) in enumerate(SPENT):
        made = expenses.add_expense(
            description=described,
            category=category,
            vendor=vendor,
            amount=Decimal(amount),
            tax_amount=Decimal(tax),
            spent_on=at.today - timedelta(days=ago),
            project=project if number % 2 == 0 else None,
            is_recurring=category == ExpenseCategory.RENT,
            actor=None,
            now=at.now,
        )
        upload = SimpleUploadedFile(f"{vendor}.pdf", RECEIPT)
        expenses.attach_receipt(expense=made, upload=upload, actor=None, now=at.now)
        if number % 2:
            expenses.pay_expense(
                expense=made, paid_on=made.spent_on, method=PaymentMethod.TRANSFER, actor=None, now=at.now
            )
