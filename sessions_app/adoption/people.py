"""Former clients, whom to talk to, the notes on them, and talents."""

from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import (
    Client,
    ClientContact,
    ClientKind,
    ClientNote,
    CompanyMember,
    Musician,
    TalentType,
)
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

CLIENT_KINDS = {kind.value: kind.value for kind in ClientKind}
TALENT_TYPES = {kind.value: kind.value for kind in TalentType}
CURRENCY_LETTERS = 3
WHOLE = Decimal(100)
# Columns are <name>_url.
LINKS = (
    "spotify",
    "apple_music",
    "youtube",
    "soundcloud",
    "bandcamp",
    "deezer",
    "tidal",
    "amazon_music",
    "audiomack",
    "beatport",
)


def adopt_client(row: FormerRow, run: Run) -> Client:
    """Return the client that a row of `clients` becomes.

    Two with the same e-mail address stay two: merging is for people, with undo.
    """
    return Client.objects.create(
        kind=row.choice("type", CLIENT_KINDS, default=ClientKind.INDIVIDUAL),
        name=_name(row),
        prefix=row.text("prefix", longest=20),
        first_name=row.text("first_name", longest=100),
        middle_name=row.text("middle_name", longest=100),
        last_name=row.text("last_name", longest=100),
        suffix=row.text("suffix", longest=20),
        artist_name=row.text("artist_name", longest=255),
        email=row.email("email"),
        phone=row.text("phone", longest=50),
        emails=row.items("emails"),
        phones=row.items("phones"),
        street=_street(row),
        postal_code=row.text("postal_code", longest=20),
        city=row.text("city", longest=100),
        region=row.text("region", longest=100),
        country=row.text("country", longest=100),
        birthday=row.day("birthday"),
        genres=row.items("genres"),
        instruments=row.items("instruments"),
        platform_links=_links(row),
        record_label=row.text("record_label", longest=255),
        manager_contact=row.text("manager_contact", longest=255),
        rights_society=row.text("performance_rights_society", longest=100),
        notes=row.raw_text("notes"),
        custom_fields=row.items("custom_fields"),
        currency=_currency(row, run),
        default_deposit_percent=_percent(row),
        is_vip=row.flag("is_vip", default=False),
        is_active=row.flag("is_active", default=True),
    )


def adopt_note(row: FormerRow, run: Run) -> ClientNote:
    """Return the note that a row of `client_notes` becomes.

    Its author was a number in a database that is not part of the source, and is kept as such.
    """
    author = row.raw_text("created_by")
    return ClientNote.objects.create(
        client_id=run.required(row, "client_id", "clients"),
        author_label=_("former user %(number)s") % {"number": author} if author else "",
        body=row.raw_text("note"),
    )


def adopt_contact(row: FormerRow, run: Run) -> ClientContact:
    """Return the contact that a row of `client_contacts` becomes; of several asked first, the first is."""
    client_id = run.required(row, "client_id", "clients")
    names = {name: row.text(name, longest=100) for name in ("first_name", "last_name")}
    if not any(names.values()):
        raise SetAside(_("It has no name."))
    is_primary = row.flag("is_primary", default=False)
    if is_primary and ClientContact.objects.filter(client_id=client_id, is_primary=True).exists():
        row.keep("is_primary", _("Somebody else is asked first already."))
        is_primary = False
    return ClientContact.objects.create(
        client_id=client_id,
        **names,
        title=row.text("title", longest=100),
        email=row.email("email"),
        phone=row.text("phone", longest=50),
        is_primary=is_primary,
    )


def adopt_member(row: FormerRow, run: Run) -> CompanyMember:
    """Return the membership that a row of `company_members` becomes; of several asked first, the first is."""
    company_id = int(run.required(row, "company_client_id", "clients"))
    member_id = int(run.required(row, "member_client_id", "clients"))
    kinds = dict(Client.objects.filter(pk__in=[company_id, member_id]).values_list("pk", "kind"))
    if kinds.get(company_id) != ClientKind.COMPANY or kinds.get(member_id) != ClientKind.INDIVIDUAL:
        raise SetAside(_("A person belongs to a company; here it is otherwise."))
    members = CompanyMember.objects.filter(company_id=company_id)
    if members.filter(member_id=member_id).exists():
        raise SetAside(_("This person belongs to it already."))
    is_primary = row.flag("is_primary", default=False)
    if is_primary and members.filter(is_primary=True).exists():
        row.keep("is_primary", _("Somebody else is asked first already."))
        is_primary = False
    role = row.text("role", longest=255)
    return CompanyMember.objects.create(company_id=company_id, member_id=member_id, role=role, is_primary=is_primary)


def adopt_talent(row: FormerRow, _run: Run) -> Musician:
    """Return the talent that a row of `musicians` becomes; without a type a musician."""
    return Musician.objects.create(
        talent_type=row.choice("talent_type", TALENT_TYPES, default=TalentType.MUSICIAN),
        name=_name(row),
        stage_name=row.text("stage_name", longest=255),
        email=row.email("email"),
        phone=row.text("phone", longest=50),
        biography=row.raw_text("bio"),
        primary_instrument=row.text("primary_instrument", longest=100),
        instruments=row.items("instruments"),
        genres=row.items("genres"),
        links=_links(row),
        hourly_rate=row.amount("hourly_rate"),
        notes=row.raw_text("notes"),
        is_active=row.flag("is_active", default=True),
    )


def _name(row: FormerRow) -> str:
    name = row.text("name", longest=255)
    if not name:
        raise SetAside(_("It has no name."))
    return name


def _street(row: FormerRow) -> str:
    """Return the street, from the free-text address where there is no street of its own."""
    if street := row.text("street", longest=255):
        return street
    return row.text("address", longest=255)


def _links(row: FormerRow) -> dict[str, str]:
    found = {name: row.text(f"{name}_url") for name in LINKS} | {"website": row.text("website")}
    return {name: address for name, address in found.items() if address}


def _currency(row: FormerRow, run: Run) -> str:
    currency = row.text("currency").upper()
    if len(currency) == CURRENCY_LETTERS and currency.isascii() and currency.isalpha():
        return currency
    if currency:
        row.keep("currency", _('"%(value)s" is no currency; the studio\'s is taken.') % {"value": currency[:80]})
    return run.currency


def _percent(row: FormerRow) -> Decimal | None:
    """Return the client's own deposit; one out of range means the studio's, and is kept besides."""
    percent = row.number("default_deposit_percent")
    if percent is None or 0 <= percent <= WHOLE:
        return percent
    row.keep("default_deposit_percent", _("A deposit of %(value)s percent is none.") % {"value": percent})
    return None
