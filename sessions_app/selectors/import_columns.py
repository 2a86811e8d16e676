"""What the columns of a list of clients may hold: guessed from their heads, and read into a client's facts."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.models import Client, ClientKind, Platform
from studio.spreadsheet import without_guard

NOT_TAKEN = ""
NAMES = ("prefix", "first_name", "middle_name", "last_name", "suffix")
PLATFORM = "platform_"
LABELS: Mapping[str, Any] = {
    "name": gettext_lazy("Name"),
    "prefix": gettext_lazy("Title"),
    "first_name": gettext_lazy("First name"),
    "middle_name": gettext_lazy("Middle name"),
    "last_name": gettext_lazy("Last name"),
    "suffix": gettext_lazy("Suffix"),
    "artist_name": gettext_lazy("Artist name"),
    "kind": gettext_lazy("Kind: person or company"),
    "email": gettext_lazy("E-mail"),
    "further_email": gettext_lazy("Further e-mail"),
    "phone": gettext_lazy("Phone"),
    "further_phone": gettext_lazy("Further phone"),
    "street": gettext_lazy("Street"),
    "postal_code": gettext_lazy("Postal code"),
    "city": gettext_lazy("City"),
    "region": gettext_lazy("Region"),
    "country": gettext_lazy("Country"),
    "birthday": gettext_lazy("Birthday"),
    "genres": gettext_lazy("Genres"),
    "instruments": gettext_lazy("Instruments"),
    "record_label": gettext_lazy("Label"),
    "manager_contact": gettext_lazy("Manager"),
    "rights_society": gettext_lazy("Rights society"),
    "currency": gettext_lazy("Currency"),
    "default_deposit_percent": gettext_lazy("Deposit in percent"),
    "is_vip": gettext_lazy("VIP"),
    "notes": gettext_lazy("Notes"),
    **{f"{PLATFORM}{platform.value}": platform.label for platform in Platform},
}
# Heads as people write them, folded; the former system's French ones among them.
HEADS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "nom complet", "full name", "display name", "client", "raison sociale", "company", "societe"),
    "prefix": ("prefix", "civilite", "salutation"),
    "first_name": ("first name", "firstname", "given name", "prenom", "vorname"),
    "middle_name": ("middle name", "deuxieme prenom"),
    "last_name": ("last name", "lastname", "surname", "family name", "nom", "nom de famille", "nachname"),
    "suffix": ("suffix", "suffixe"),
    "artist_name": ("artist name", "artist", "stage name", "nom d artiste", "artiste", "nickname"),
    "kind": ("kind", "type", "client type", "type de client"),
    "email": ("email", "e mail", "mail", "email address", "courriel", "adresse email", "e mail address"),
    "further_email": ("email 2", "second email", "further e mail", "autre email", "other email"),
    "phone": ("phone", "telephone", "tel", "mobile", "phone number", "portable", "cell"),
    "further_phone": ("phone 2", "second phone", "further phone", "autre telephone", "other phone"),
    "street": ("street", "address", "adresse", "rue"),
    "postal_code": ("postal code", "postcode", "zip", "zip code", "code postal", "cp", "plz"),
    "city": ("city", "town", "ville", "stadt", "ort"),
    "region": ("region", "state", "province", "departement"),
    "country": ("country", "pays", "land"),
    "birthday": ("birthday", "date of birth", "birth date", "date de naissance", "anniversaire", "dob"),
    "genres": ("genres", "genre", "style", "styles"),
    "instruments": ("instruments", "instrument"),
    "record_label": ("label", "record label", "maison de disques"),
    "manager_contact": ("manager", "manager contact"),
    "rights_society": ("rights society", "performance rights society", "pro", "sacem", "societe de droits"),
    "currency": ("currency", "devise"),
    "default_deposit_percent": ("deposit in percent", "deposit", "deposit percent", "acompte"),
    "is_vip": ("vip", "is vip"),
    "notes": ("notes", "note", "comment", "comments", "remarks", "commentaires", "remarques"),
    "platform_website": ("website", "web site", "site web", "url", "site"),
    "platform_apple_music": ("apple music",),
    "platform_amazon_music": ("amazon music",),
}
YES = frozenset({"1", "yes", "y", "true", "oui", "o", "x", "vip"})
NO = frozenset({"", "0", "no", "n", "false", "non"})
COMPANIES = frozenset({"company", "band", "group", "organisation", "organization", "societe", "groupe", "entreprise"})
PEOPLE = frozenset({"", "individual", "person", "personne", "particulier", "artist", "artiste", "individuel"})
DAY = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})")
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
FIRST_YEAR, LAST_YEAR = 1880, 2100
LISTED = re.compile(r"[,;/|\n]")
CURRENCY = re.compile(r"[A-Z]{3}")
WHOLE = Decimal(100)
NO_CONTROL = frozenset("\n\r\t")


class BadRow(ValueError):
    """What is in a row cannot become a client; `str(error)` says why."""


def folded(text: str) -> str:
    """Return a head without accents, capitals and punctuation."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.lower()).split())


def guessed(heads: Sequence[str]) -> list[str]:
    """Return what each column holds by its head, each fact once; NOT_TAKEN for a head that says nothing."""
    by_head = {folded(str(label)): field for field, label in LABELS.items()}
    by_head |= {head: field for field, known in HEADS.items() for head in known}
    found: list[str] = []
    for head in heads:
        field = by_head.get(folded(head), NOT_TAKEN)
        found.append(field if field not in found else NOT_TAKEN)
    if "last_name" in found and "name" not in found and "first_name" not in found:
        found[found.index("last_name")] = "name"
    return found


def facts_of(cells: Sequence[str], fields: Sequence[str]) -> dict[str, Any]:
    """Return the facts of a client that a row gives; what it leaves empty is not among them.

    fields: what each column holds, as `guessed` returns it
    raises: BadRow
    """
    if any(cell.strip() for cell in cells[len(fields) :]):
        raise BadRow(_("The row has more cells than the list has heads."))
    facts: dict[str, Any] = {}
    for cell, field in zip(cells, fields, strict=False):
        if field != NOT_TAKEN and cell.strip():
            _insist_on_signs(cell, field)
            _take(facts, field, without_guard(cell.strip()))
    if not facts.get("name"):
        facts["name"] = " ".join(facts[part] for part in NAMES if part in facts) or facts.get("artist_name", "")
    if not facts["name"]:
        raise BadRow(_("The row names nobody."))
    _insist_on_lengths(facts)
    return facts


def _insist_on_signs(cell: str, field: str) -> None:
    for sign in cell:
        if (unicodedata.category(sign) == "Cc" and sign not in NO_CONTROL) or unicodedata.category(sign) == "Cs":
            raise BadRow(_("%(field)s: a sign that no text has stands in it.") % {"field": LABELS[field]})


def _insist_on_lengths(facts: Mapping[str, Any]) -> None:
    for field, value in facts.items():
        longest = getattr(Client._meta.get_field(field), "max_length", None)
        if longest and isinstance(value, str) and len(value) > longest:
            told = {"field": LABELS[field], "limit": longest}
            raise BadRow(_("%(field)s: it may have %(limit)d characters.") % told)


def _take(facts: dict[str, Any], field: str, text: str) -> None:
    if field.startswith(PLATFORM):
        facts.setdefault("platform_links", {})[field.removeprefix(PLATFORM)] = text
    elif field == "further_email":
        facts["emails"] = [{"type": "", "value": _email(field, part)} for part in _list(field, text)]
    elif field == "further_phone":
        facts["phones"] = [{"type": "", "value": part} for part in re.split(r"[,;|\n]\s*", text) if part]
    else:
        facts[field] = READERS.get(field, _text)(field, text)


def _text(field: str, text: str) -> str:
    return text if field == "notes" else " ".join(text.split())


def _email(field: str, text: str) -> str:
    address = text.removeprefix("mailto:").strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadRow(_('%(field)s: "%(text)s" is no e-mail address.') % _told(field, text)) from error
    return address


def _kind(field: str, text: str) -> str:
    word = folded(text)
    if word in COMPANIES:
        return ClientKind.COMPANY
    if word in PEOPLE:
        return ClientKind.INDIVIDUAL
    raise BadRow(_('%(field)s: "%(text)s" is neither a person nor a company.') % _told(field, text))


def _day(field: str, text: str) -> date:
    found = ISO_DAY.fullmatch(text) or DAY.fullmatch(text)
    parts = [int(part) for part in found.groups()] if found else []
    if found and found.re is DAY:
        parts.reverse()
    with suppress(ValueError, TypeError):
        day = date(*parts)
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    sentence = _('%(field)s: "%(text)s" is no date. Write it as 1990-12-31 or 31/12/1990.')
    raise BadRow(sentence % _told(field, text))


def _list(_field: str, text: str) -> list[str]:
    return [part.strip() for part in LISTED.split(text) if part.strip()]


def _currency(field: str, text: str) -> str:
    code = text.upper()
    if not CURRENCY.fullmatch(code):
        raise BadRow(_('%(field)s: "%(text)s" is no currency; one has three letters.') % _told(field, text))
    return code


def _percent(field: str, text: str) -> Decimal:
    with suppress(InvalidOperation):
        percent = Decimal(text.removesuffix("%").strip().replace(",", "."))
        if percent.is_finite() and 0 <= percent <= WHOLE and percent == round(percent, 2):
            return percent
    raise BadRow(_('%(field)s: "%(text)s" is not from 0 to 100.') % _told(field, text))


def _yes(field: str, text: str) -> bool:
    word = folded(text)
    if word not in YES | NO:
        raise BadRow(_('%(field)s: "%(text)s" is neither yes nor no.') % _told(field, text))
    return word in YES


def _told(field: str, text: str) -> dict[str, Any]:
    return {"field": LABELS[field], "text": text[:80]}


READERS = cast(
    "Mapping[str, Callable[[str, str], Any]]",
    {
        "email": _email,
        "kind": _kind,
        "birthday": _day,
        "genres": _list,
        "instruments": _list,
        "currency": _currency,
        "default_deposit_percent": _percent,
        "is_vip": _yes,
    },
)
