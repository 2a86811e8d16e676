"""What a document shows: its snapshot turned into labelled texts, in the language that is active.

A snapshot is what `selectors.snapshots` writes down at the issue, or the like: `document`, `seller`, `buyer`, `lines`,
`taxes` and `deductions`, sums as text; `instalments` where it is paid in parts. A quote is one of kind "quote", with
`valid_until`; a receipt one of kind "receipt", with `amount`, `method`, `settles`, the documents that the money was put
against, and what was `left_over`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from billing.documents.figures import Figures, language_of
from billing.documents.in_words import amount_in_words
from billing.documents.legal import ASKING, legal_notes
from billing.documents.parties import Party, buyer_of, seller_of
from billing.models import InvoiceKind, PaymentMethod, PriceMode, ServiceUnit, VatCategory

type Snapshot = Mapping[str, Any]
QUOTE, RECEIPT = "quote", "receipt"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Fact:
    """A value and what it is."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table.

    slot: when and where the work is to be done, or nothing
    discount: a sentence, or nothing
    """

    description: str
    slot: str
    quantity: str
    price: str
    discount: str
    rate: str
    amount: str


@dataclass(frozen=True, slots=True)
class Tax:
    """The VAT at one rate; of a deposit, which one."""

    of: str
    rate: str
    base: str
    tax: str
    total: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Where money is sent.

    asked: how much of it, by when and with which words
    parts: each with its day, where it is paid in parts
    """

    asked: str
    parts: Sequence[Fact]
    holder: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Content:
    """All that a page shows.

    main: the sum that matters most
    words: the same in words, or nothing
    mark: what is written across each page, or nothing
    """

    kind: str
    language: str
    title: str
    number: str
    mark: str
    seller: Party
    buyer: Party
    facts: Sequence[Fact]
    opening: str
    price_heading: str
    lines: Sequence[Line]
    taxes: Sequence[Tax]
    deposits: Sequence[Tax]
    sums: Sequence[Fact]
    main: Fact
    words: str
    asked_now: Fact | None
    transfer: Transfer | None
    settles: Sequence[Fact]
    notes: str
    legal: Sequence[str]
    footer: str


def content_of(snapshot: Snapshot) -> Content:
    """Return what a document shows. The caller has made its language the active one."""
    document, seller = snapshot["document"], snapshot["seller"]
    figures = Figures(language_of(document["language"]), document["currency"])
    kind, main = document["kind"], _main_amount(document)
    return Content(
        kind=kind,
        language=figures.language,
        title=title_of(kind),
        number=document["invoice_number"],
        mark=_("TEST") if document.get("is_test") else "",
        seller=seller_of(snapshot, figures),
        buyer=buyer_of(snapshot, figures),
        facts=_facts(snapshot, figures),
        opening=_opening(document, figures),
        price_heading=_price_heading(document),
        lines=[_line(line, figures, document.get("time_zone", "")) for line in snapshot["lines"]],
        taxes=[_tax(tax, figures) for tax in snapshot["taxes"]],
        deposits=[_tax(part, figures) for part in snapshot["deductions"]],
        sums=_sums(snapshot, figures),
        main=Fact(_main_label(kind), figures.money(main)),
        words=_words(main, figures) if seller["amount_in_words"] else "",
        asked_now=_asked_now(document, figures),
        transfer=_transfer(snapshot, figures),
        settles=_settles(snapshot, figures),
        notes="\n\n".join(filter(None, (document.get("notes", ""), document.get("terms", "")))),
        legal=legal_notes(snapshot),
        footer=seller["footer_text"],
    )


def title_of(kind: str) -> str:
    """Return what a document of a kind is called."""
    return {
        InvoiceKind.INVOICE: _("Invoice"),
        InvoiceKind.DEPOSIT: _("Deposit invoice"),
        InvoiceKind.CREDIT_NOTE: _("Credit note"),
        InvoiceKind.CORRECTED: _("Corrected invoice"),
        QUOTE: _("Quote"),
        RECEIPT: _("Receipt"),
    }[kind]


def asked_first(snapshot: Snapshot) -> Decimal:
    """Return what is to be paid now: the first part or the deposit where there is one, all of it elsewhere."""
    document, parts = snapshot["document"], snapshot.get("instalments")
    return Decimal(parts[0]["amount"] if parts else document.get("deposit_amount") or document["payable"])


def _main_amount(document: Mapping[str, Any]) -> Decimal:
    if document["kind"] == RECEIPT:
        return Decimal(document["amount"])
    return Decimal(document["payable"])


def _main_label(kind: str) -> str:
    return {
        InvoiceKind.CREDIT_NOTE: _("Credited"),
        QUOTE: _("Total with VAT"),
        RECEIPT: _("Received"),
    }.get(kind, _("To pay"))


def _facts(snapshot: Snapshot, figures: Figures) -> list[Fact]:
    document = snapshot["document"]
    day = _day_of(document)
    is_due = document["kind"] in ASKING and not snapshot.get("instalments")
    reference = document.get("refers_to")
    found = [
        Fact(_("Date"), figures.day(day("issued_on"))),
        Fact(_("Due date"), figures.day(day("due_on")) if is_due else ""),
        Fact(_("Version"), _version(document)),
        Fact(_("Valid until"), figures.day(day("valid_until"))),
        Fact(_("Date of supply"), figures.days(day("supplied_from"), day("supplied_to"))),
        Fact(_("Your order"), document.get("purchase_order", "")),
        Fact(_("Project"), document.get("project_label", "") or document.get("title", "")),
        Fact(_("Refers to"), _dated(reference, figures) if reference else ""),
        Fact(_("Paid by"), _method(document)),
        Fact(_("Reference"), document.get("reference", "")),
    ]
    return [fact for fact in found if fact.value]


def _version(document: Mapping[str, Any]) -> str:
    """Return which version of a quote it is, from the second on."""
    number = document.get("version", 1)
    return str(number) if number > 1 else ""


def _opening(document: Mapping[str, Any], figures: Figures) -> str:
    """Return the sentence above the table."""
    if document["kind"] == InvoiceKind.CREDIT_NOTE and document["refers_to"]:
        said = {"number": _dated(document["refers_to"], figures), "reason": document["reason"]}
        return _("We credit you the following of %(number)s. Reason: %(reason)s") % said
    return str(document.get("reason", ""))


def _price_heading(document: Mapping[str, Any]) -> str:
    is_net = document.get("price_mode", PriceMode.NET) == PriceMode.NET
    return _("Amount excl. VAT") if is_net else _("Amount incl. VAT")


def _line(line: Mapping[str, Any], figures: Figures, zone: str) -> Line:
    discount = Decimal(line["discount"])
    quantity = Decimal(line["quantity"])
    unit = ServiceUnit(line["unit"]).beside(quantity)
    return Line(
        description=line["description"],
        slot=_slot(line.get("slot"), figures, zone),
        quantity=f"{figures.quantity(quantity)}\u00a0{unit}" if unit else figures.quantity(quantity),
        price=figures.amount(Decimal(line["unit_price"])),
        discount=_("Discount %(amount)s") % {"amount": figures.money(-discount)} if discount else "",
        rate=figures.percent(Decimal(line["vat_percent"])),
        amount=figures.amount(Decimal(line["amount"])),
    )


def _slot(slot: Mapping[str, Any] | None, figures: Figures, zone: str) -> str:
    """Return when and where; nothing where it is not said by which clock."""
    if not slot or not zone:
        return ""
    starts, ends = (datetime.fromisoformat(slot[name]).astimezone(ZoneInfo(zone)) for name in ("starts_at", "ends_at"))
    return ", ".join(filter(None, [figures.period(starts, ends), slot["room"]]))


def _tax(tax: Mapping[str, Any], figures: Figures) -> Tax:
    base, amount, rate = Decimal(tax["base"]), Decimal(tax["tax"]), figures.percent(Decimal(tax["rate"]))
    category = VatCategory(tax["category"])
    return Tax(
        of=_dated(tax, figures) if "number" in tax else "",
        rate=rate if category == VatCategory.STANDARD else f"{rate} ({category.label})",
        base=figures.amount(base),
        tax=figures.amount(amount),
        total=figures.amount(base + amount + Decimal(tax.get("rounding", 0))),
    )


def _sums(snapshot: Snapshot, figures: Figures) -> list[Fact]:
    document = snapshot["document"]
    if document["kind"] == RECEIPT:
        return []
    found = [
        Fact(_("Total excl. VAT"), figures.money(Decimal(document["subtotal"]))),
        Fact(_("VAT"), figures.money(Decimal(document["tax_amount"]))),
    ]
    rounding, deducted = Decimal(document.get("rounding", 0)), Decimal(document.get("deducted_total", 0))
    if rounding or deducted:
        found.append(Fact(_("Total incl. VAT"), figures.money(Decimal(document["total"]))))
    if rounding:
        found.append(Fact(_("Rounding"), figures.money(rounding)))
    if deducted:
        found.append(Fact(_("Deposits invoiced before"), figures.money(-deducted)))
    return found


def _words(amount: Decimal, figures: Figures) -> str:
    words = amount_in_words(amount, figures.currency, figures.language)
    return _("In words: %(words)s.") % {"words": words} if words else ""


def _transfer(snapshot: Snapshot, figures: Figures) -> Transfer | None:
    """Return how a document that asks for money is paid; the code stands beside it."""
    document, seller = snapshot["document"], snapshot["seller"]
    if document["kind"] not in ASKING or Decimal(document["payable"]) <= 0:
        return None
    iban = "".join(seller["iban"].split())
    parts = [
        Fact(figures.day(_day_of(part)("due_on")), figures.money(Decimal(part["amount"])))
        for part in snapshot.get("instalments", ())
    ]
    said = {
        "amount": figures.money(asked_first(snapshot)),
        "day": figures.day(_day_of(document)("due_on")),
        "number": document["invoice_number"],
    }
    return Transfer(
        asked=_how_to_pay(has_account=bool(iban), is_in_parts=bool(parts)) % said,
        parts=parts,
        holder=(seller["bank_holder"] or seller["legal_name"] or seller["name"]) if iban else "",
        iban="\u00a0".join(iban[at : at + 4] for at in range(0, len(iban), 4)),
        bic=seller["bic"] if iban else "",
    )


def _how_to_pay(*, has_account: bool, is_in_parts: bool) -> str:
    if is_in_parts and has_account:
        return _("Please transfer each part by its day and quote %(number)s.")
    if is_in_parts:
        return _("Please pay each part by its day and quote %(number)s.")
    if has_account:
        return _("Please transfer %(amount)s by %(day)s and quote %(number)s.")
    return _("Please pay %(amount)s by %(day)s and quote %(number)s.")


def _asked_now(document: Mapping[str, Any], figures: Figures) -> Fact | None:
    """Return the part that is to be paid before the rest."""
    deposit, kind = Decimal(document.get("deposit_amount") or 0), document["kind"]
    if not deposit or kind not in {*ASKING, QUOTE}:
        return None
    return Fact(_("Deposit at acceptance") if kind == QUOTE else _("Deposit due first"), figures.money(deposit))


def _settles(snapshot: Snapshot, figures: Figures) -> list[Fact]:
    found = [
        Fact(_dated(each, figures), figures.money(Decimal(each["amount"]))) for each in snapshot.get("settles", ())
    ]
    if left := Decimal(snapshot.get("left_over", 0)):
        found.append(Fact(_("Kept for you"), figures.money(left)))
    return found


def _method(document: Mapping[str, Any]) -> str:
    method = document.get("method", "")
    return str(PaymentMethod(method).label) if method in PaymentMethod.values else str(method)


def _dated(reference: Mapping[str, Any], figures: Figures) -> str:
    """Return the number and the day of another document."""
    on = _day_of(reference)("issued_on")
    if on is None:
        return str(reference["number"])
    return _("%(number)s of %(day)s") % {"number": reference["number"], "day": figures.day(on)}


def _day_of(facts: Mapping[str, Any]) -> Any:
    def day(name: str) -> date | None:
        text = facts.get(name)
        return date.fromisoformat(text) if text else None

    return day
