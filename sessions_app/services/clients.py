"""Clients and the notes on them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from sessions_app.models import Client, ClientNote
from sessions_app.models.platforms import platform_addresses
from sessions_app.services import contacts, facts, linked_clients
from sessions_app.signals import client_changed
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import money


class ClientHasHistory(DomainError):
    """Sessions or projects are kept under this client."""


class OwesInCurrency(DomainError):
    """Something is owed in the currency that a client has."""


class EmptyNote(DomainError):
    """A note says something."""

    status_code = 400


class ClientFacts(TypedDict, total=False):
    """Facts of a client; what is left out is not changed."""

    kind: str
    name: str
    prefix: str
    first_name: str
    middle_name: str
    last_name: str
    suffix: str
    artist_name: str
    email: str
    phone: str
    emails: list[dict[str, str]]
    phones: list[dict[str, str]]
    street: str
    postal_code: str
    city: str
    region: str
    country: str
    birthday: date | None
    genres: list[str]
    instruments: list[str]
    platform_links: dict[str, str]
    record_label: str
    manager_contact: str
    rights_society: str
    notes: str
    custom_fields: list[dict[str, str]]
    currency: str
    default_deposit_percent: Decimal | None
    is_vip: bool
    is_active: bool


def draft_client(given: ClientFacts) -> Client:
    """Return a client with these facts, each of them checked; nothing is saved.

    raises: facts.BadFacts
    """
    client = Client()
    _insist_on_links(given)
    facts.set_facts(client, {"name": "", **given})
    return client


@taking_turns()
def create_client(*, actor: User | None, now: datetime, **given: Unpack[ClientFacts]) -> Client:
    """Write down a client and return it.

    raises: facts.BadFacts
    """
    client = draft_client(given)
    with facts.saving(client):
        client.save(force_insert=True)
    audit.record(verb="create", subject=client, actor=actor, now=now, changes={"name": (None, client.name)})
    return client


@taking_turns()
def change_client(*, client: Client, actor: User | None, now: datetime, **given: Unpack[ClientFacts]) -> Client:
    """Change the facts given and return the client.

    A company keeps its kind as long as it has members, a person as long as they belong to one.
    raises: facts.BadFacts, OwesInCurrency, contacts.NotACompany, contacts.NotAPerson
    """
    changed = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        _insist_on_settled(changed, changes)
        _insist_on_links(given if "platform_links" in changes else {})
        with facts.saving(changed, **contacts.wrong_kinds()):
            changed.save(update_fields=list(changes))
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
        client_changed.send(sender=Client, client=changed, changes=changes, actor=actor, now=now)
    return changed


def _insist_on_settled(client: Client, changes: Mapping[str, tuple[object, object]]) -> None:
    if "currency" in changes and client.balance_due:
        was = str(changes["currency"][0])
        told = {"client": client, "amount": money(abs(client.balance_due), was), "currency": client.currency}
        raise OwesInCurrency(
            _("%(client)s has a balance of %(amount)s, which cannot become one in %(currency)s. Settle it first.")
            % told
        )


def _insist_on_links(given: ClientFacts) -> None:
    try:
        platform_addresses(given.get("platform_links", {}))
    except ValidationError as error:
        raise facts.BadFacts(" ".join(error.messages)) from error


@taking_turns()
def delete_client(*, client: Client, actor: User | None, now: datetime) -> None:
    """Delete a client of whom nothing but notes is kept.

    raises: ClientHasHistory
    """
    gone = Client.objects.select_for_update().get(pk=client.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    try:
        gone.delete()
    except ProtectedError as error:
        sentence = _(
            "%(client)s has sessions, projects, documents, a membership or merged duplicates and cannot be deleted. "
            "Archive the client instead."
        )
        raise ClientHasHistory(sentence % {"client": gone}) from error


@taking_turns()
def add_note(*, client: Client, body: str, actor: User | None, now: datetime) -> ClientNote:
    """Add a note to a client and return it; the author's name stays when the account goes.

    raises: EmptyNote, linked_clients.MergedAway
    """
    if not body.strip():
        raise EmptyNote(_("Write something first."))
    label = actor.label if actor else ""
    note = ClientNote(client=client, body=body.strip(), author=actor, author_label=label)
    with facts.saving(note):
        note.save(force_insert=True)
    linked_clients.require_unmerged(client)
    audit.record(verb="create", subject=note, actor=actor, now=now)
    return note
