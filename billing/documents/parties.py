"""Who a document is from and who it is for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from billing.documents.figures import Figures


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a document.

    lines: below the name: the address; of a client the numbers too
    reach: how to get in touch
    law: what stands at the foot of each page
    """

    name: str
    lines: Sequence[str]
    reach: Sequence[str] = ()
    law: Sequence[str] = ()


def seller_of(snapshot: Mapping[str, Any], figures: Figures) -> Party:
    """Return the studio, as the law wants it named."""
    seller = snapshot["seller"]
    abroad = _country_of(snapshot["buyer"], seller, figures) if snapshot["buyer"] else ""
    country = figures.country(seller["country"]) if abroad else ""
    place = f"{seller['postal_code']} {seller['city']}"
    return Party(
        name=seller["legal_name"] or seller["name"],
        lines=_given(*seller["street"].splitlines(), place, country),
        reach=_given(seller["email"], seller["phone"], seller["website"].removeprefix("https://").rstrip("/")),
        law=_given(
            seller["legal_form"],
            seller["street"],
            place,
            country,
            _labelled(_("Register no."), seller["registration_number"]),
            _labelled(_("VAT no."), seller["vat_number"]),
        ),
    )


def buyer_of(snapshot: Mapping[str, Any], figures: Figures) -> Party:
    """Return the client; of a walk-in nothing is known."""
    buyer = snapshot["buyer"]
    if not buyer:
        return Party("", ())
    name = buyer["legal_name"] or buyer["name"]
    also = buyer["name"] if buyer["name"] != name else buyer.get("artist_name", "")
    return Party(
        name=name,
        lines=_given(
            also if also != name else "",
            *buyer["street"].splitlines(),
            f"{buyer['postal_code']} {buyer['city']}",
            _country_of(buyer, snapshot["seller"], figures),
            _labelled(_("Register no."), buyer["registration_number"]),
            _labelled(_("VAT no."), buyer["vat_number"]),
        ),
    )


def _country_of(buyer: Mapping[str, Any], seller: Mapping[str, Any], figures: Figures) -> str:
    """Return the client's country, where it is not the studio's."""
    code = buyer["country_code"]
    if not code:
        return str(buyer["country"])
    return "" if code == seller["country"] else figures.country(code)


def _labelled(label: str, value: str) -> str:
    return f"{label} {value}" if value else ""


def _given(*texts: str) -> list[str]:
    stripped: Iterable[str] = (text.strip() for text in texts)
    return [text for text in stripped if text]
