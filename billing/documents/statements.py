"""The account of a client as a page and as a PDF: snapshot in, bytes out. No queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from billing.documents.content import Fact, title_of
from billing.documents.figures import Figures, language_of
from billing.documents.parties import Party, buyer_of, seller_of
from billing.documents.press import LIMITS, the_press
from billing.documents.printing import identifier_of, printable, require_printable
from billing.models import PaymentMethod, PostingKind

type Snapshot = Mapping[str, Any]
KIND = "statement"
TEMPLATE = "documents/statement.html"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the account; one of asked and settled says nothing."""

    day: str
    what: str
    asked: str
    settled: str
    balance: str


@dataclass(frozen=True, slots=True)
class Open:
    """A document of which something is open at the end."""

    what: str
    due: str
    rest: str


@dataclass(frozen=True, slots=True)
class Content:
    """All that a page shows."""

    kind: str
    language: str
    title: str
    number: str
    mark: str
    seller: Party
    buyer: Party
    facts: Sequence[Fact]
    opening: str
    before: str
    rows: Sequence[Row]
    closing: str
    open: Sequence[Open]
    credit: str
    notes: str
    legal: Sequence[str]
    footer: str


def print_statement(snapshot: Snapshot, *, logo: bytes = b"") -> bytes:
    """Return the account of a client as PDF; the same snapshot makes the same bytes.

    snapshot: `document` with language, currency, first, last, opening, closing and credit; `lines`, `open`, `seller`
        and `buyer`; sums as text
    raises: press.NotPrinted
    """
    require_printable(snapshot)
    parts = {"page": page_of(snapshot, has_logo=bool(logo)).encode()} | ({"logo": logo} if logo else {})
    return the_press().print(parts, identifier=identifier_of(snapshot), limits=LIMITS)


def page_of(snapshot: Snapshot, *, has_logo: bool = False) -> str:
    """Return the page, in the client's language."""
    with translation.override(language_of(snapshot["document"]["language"])):
        context = {"page": _content(printable(snapshot)), "studio": snapshot["seller"]["name"], "has_logo": has_logo}
        return render_to_string(TEMPLATE, context)


def _content(snapshot: Snapshot) -> Content:
    document = snapshot["document"]
    figures = Figures(language_of(document["language"]), document["currency"])
    first, last = (date.fromisoformat(document[name]) for name in ("first", "last"))
    credit = Decimal(document["credit"])
    return Content(
        kind=KIND,
        language=figures.language,
        title=_("Statement of account"),
        number=figures.days(first, last),
        mark="",
        seller=seller_of(snapshot, figures),
        buyer=buyer_of(snapshot, figures),
        facts=(),
        opening="",
        before=figures.money(Decimal(document["opening"])),
        rows=[_row(line, figures) for line in snapshot["lines"]],
        closing=figures.money(Decimal(document["closing"])),
        open=[_open(each, figures) for each in snapshot["open"]],
        credit=figures.money(-credit) if credit else "",
        notes="",
        legal=(),
        footer=snapshot["seller"]["footer_text"],
    )


def _row(line: Mapping[str, Any], figures: Figures) -> Row:
    amount = Decimal(line["amount"])
    return Row(
        day=figures.day(date.fromisoformat(line["on"])),
        what=what_moved(line),
        asked=figures.amount(amount) if amount > 0 else "",
        settled=figures.amount(-amount) if amount < 0 else "",
        balance=figures.amount(Decimal(line["balance"])),
    )


def what_moved(line: Mapping[str, Any]) -> str:
    """Return what a line of the account is about, in the language that is active."""
    if line["number"]:
        return f"{title_of(line['document_kind'])} {line['number']}"
    named = {
        PostingKind.PAYMENT: _("Payment"),
        PostingKind.REFUND: _("Paid back"),
        PostingKind.DISPUTE: _("Taken back by the bank"),
        PostingKind.OPENING: _("Taken over"),
    }
    kind = PostingKind(line["kind"])
    method = str(PaymentMethod(line["method"]).label) if line["method"] else ""
    return ", ".join(filter(None, [str(named.get(kind, kind.label)), method, line["reference"]]))


def _open(each: Mapping[str, Any], figures: Figures) -> Open:
    due = date.fromisoformat(each["due_on"]) if each["due_on"] else None
    return Open(f"{title_of(each['kind'])} {each['number']}", figures.day(due), figures.amount(Decimal(each["open"])))
