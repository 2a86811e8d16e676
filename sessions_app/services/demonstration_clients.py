"""A band with its members, a company with whom to call, somebody written down twice, and a list that was taken in."""

from datetime import datetime

from sessions_app.models import Client, ClientKind
from sessions_app.services import client_imports, clients, contacts

MEMBERS = (("Ann", "Alder", "voice, guitar"), ("Ben", "Birch", "drums"), ("Cyd", "Cedar", "bass"))
LIST = """Name;First name;E-mail;Phone;City;Birthday;Genres
Fern;Finn;finn@lowtide.example;06 40 50 60 70;Nantes;31/12/1990;dub, jazz
Alder;Ann;ann@lowtide.example;;Lyon;;
Gorse;Gil;not an address;;Brest;;
"""


def introduce_clients(*, now: datetime) -> None:
    """Write down what the pages of clients are for; not for the second time."""
    if Client.objects.filter(name="Low Tide").exists():
        return
    band = clients.create_client(
        kind=ClientKind.COMPANY,
        name="Low Tide",
        email="hello@lowtide.example",
        genres=["indie", "dub"],
        platform_links={"bandcamp": "https://lowtide.bandcamp.com/", "website": "https://lowtide.example/"},
        actor=None,
        now=now,
    )
    for number, (first, last, role) in enumerate(MEMBERS):
        email = f"{first.lower()}@lowtide.example"
        person = clients.create_client(
            name=f"{first} {last}", first_name=first, last_name=last, email=email, actor=None, now=now
        )
        contacts.add_member(company=band, member=person, role=role, is_primary=not number, actor=None, now=now)
    _label(now)
    double = clients.create_client(name="Anne Alder", phone="+33 6 12 34 56 78", city="Lyon", actor=None, now=now)
    clients.add_note(client=double, body="Rang about a day in spring. Plays left-handed.", actor=None, now=now)
    made = client_imports.start_import(name="newsletter.csv", data=LIST.encode(), actor=None, now=now)
    fields = [column["field"] for column in made.columns]
    client_imports.name_columns(client_import=made, fields=fields, actor=None, now=now)


def _label(now: datetime) -> None:
    label = clients.create_client(
        kind=ClientKind.COMPANY,
        name="Grand Large Records",
        email="office@grandlarge.example",
        city="Marseille",
        is_vip=True,
        actor=None,
        now=now,
    )
    contacts.add_contact(
        client=label,
        first_name="Lina",
        last_name="Perrin",
        title="booking",
        email="lina@grandlarge.example",
        phone="04 91 00 00 00",
        is_primary=True,
        actor=None,
        now=now,
    )
    contacts.add_contact(client=label, first_name="Theo", last_name="Costa", title="invoices", actor=None, now=now)
