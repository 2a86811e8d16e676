"""Snapshot in, bytes out: the page of a document, and the document as PDF. No queries."""

import logging
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from billing.documents.content import QUOTE, RECEIPT, asked_first, content_of
from billing.documents.figures import language_of
from billing.documents.legal import ASKING
from billing.documents.payment_code import as_svg, payment_code
from billing.documents.press import LIMITS, Limits, NotPrinted, the_press
from billing.models import MOST_LINES, PrintProblem

logger = logging.getLogger(__name__)

# As much as can be laid out in time, on a busy machine too; more than that is no document that somebody reads.
MOST_CHARACTERS, LONGEST_TEXT, MOST_BREAKS, LONGEST_WORD = 300_000, 10_000, 500, 40
TEMPLATES = {QUOTE: "documents/quote.html", RECEIPT: "documents/receipt.html"}
OTHERWISE = "documents/invoice.html"
# What no page can show, and what would show a text otherwise than it is written: orders to change the direction.
CONTROLS = (*range(9), 11, 12, *range(14, 32), *range(127, 160))
DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
WORDS_TOO_LONG, BREAK = re.compile(rf"\S{{{LONGEST_WORD + 1},}}"), "\u200b"
UNPRINTABLE = dict.fromkeys((*CONTROLS, *DIRECTIONS))


def print_snapshot(
    snapshot: Mapping[str, Any], *, identifier: str, logo: bytes = b"", limits: Limits = LIMITS
) -> bytes:
    """Return a document as PDF; the same snapshot makes the same bytes.

    identifier: in hex, written into the file
    logo: an image as it was uploaded; one that cannot be drawn is left out
    raises: NotPrinted
    """
    require_printable(snapshot)
    try:
        parts = {"page": page_of(snapshot, has_logo=bool(logo)).encode()}
        code = _code_of(snapshot)
    except (ArithmeticError, LookupError, ValueError) as exc:
        # Nothing that is issued here: a number that no column holds, or a fact that is missing.
        logger.exception("A document could not be written out.")
        raise NotPrinted(PrintProblem.BROKEN) from exc
    if logo:
        parts["logo"] = logo
    if code:
        parts["code"] = code
    return the_press().print(parts, identifier=identifier, limits=limits)


def page_of(snapshot: Mapping[str, Any], *, has_logo: bool = False) -> str:
    """Return the page of a document, in its language."""
    document = snapshot["document"]
    with translation.override(language_of(document["language"])):
        context = {
            "page": content_of(printable(snapshot)),
            "studio": snapshot["seller"]["name"],
            "has_logo": has_logo,
            "has_code": _code_of(snapshot) is not None,
        }
        return render_to_string(TEMPLATES.get(document["kind"], OTHERWISE), context)


def require_printable(snapshot: Mapping[str, Any]) -> None:
    """Pass when there is not more text than a document can hold.

    raises: NotPrinted
    """
    lengths = [len(text) for text in _texts(snapshot)]
    breaks = max((text.count("\n") for text in _texts(snapshot)), default=0)
    is_long = len(snapshot["lines"]) > MOST_LINES or breaks > MOST_BREAKS
    if is_long or sum(lengths) > MOST_CHARACTERS or max(lengths, default=0) > LONGEST_TEXT:
        raise NotPrinted(PrintProblem.TOO_LARGE)


def identifier_of(snapshot: Mapping[str, Any]) -> str:
    """Return an identifier for a document that has no fingerprint of its own."""
    return sha256(repr(sorted(_texts(snapshot))).encode()).hexdigest()


def _code_of(snapshot: Mapping[str, Any]) -> bytes | None:
    document, seller = snapshot["document"], snapshot["seller"]
    if document["kind"] not in ASKING or document.get("is_test") or Decimal(document["payable"]) <= 0:
        return None
    code = payment_code(
        holder=seller["bank_holder"] or seller["legal_name"] or seller["name"],
        iban=seller["iban"],
        bic=seller["bic"],
        amount=asked_first(snapshot),
        currency=document["currency"],
        reference=document["invoice_number"],
    )
    return as_svg(code) if code else None


def _broken(word: re.Match[str]) -> str:
    """Return a word with an invisible place to break it wherever a line would end; to look for one takes too long."""
    text = word.group()
    return BREAK.join(text[at : at + LONGEST_WORD] for at in range(0, len(text), LONGEST_WORD))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def printable(value: Any) -> Any:
    """Return a snapshot without the characters that no page can show, and with places to break its longest words."""
    if isinstance(value, str):
        return WORDS_TOO_LONG.sub(_broken, value.translate(UNPRINTABLE))
    if isinstance(value, Mapping):
        return {name: printable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [printable(part) for part in value]
    return value
