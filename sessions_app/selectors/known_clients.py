"""Whether somebody in a list is a client already: the same address, the same number, or the same name and no other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from sessions_app.models import Client, ClientKind
from sessions_app.models.client_keys import FEWEST_DIGITS, PHONE_DIGITS, PhoneKey
from studio.db import Folded


def phone_key(phone: str) -> str:
    """Return the end of a telephone number by which it is known; empty for one too short to tell."""
    digits = "".join(sign for sign in phone if sign in "0123456789")
    return digits[-PHONE_DIGITS:] if len(digits) >= FEWEST_DIGITS else ""


def folded_names(names: Iterable[str]) -> dict[str, str]:
    """Return each name as the database compares it; queries: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n, upper(extensions.immutable_unaccent(n)) FROM unnest(%s::text[]) n", [sorted(set(names))]
        )
        return dict(cursor.fetchall())


class KnownClients:
    """The clients that some rows may double; somebody added while the rows are gone through is known from then on."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], *, among: Iterable[Client] | None = None) -> None:
        """Ask for whom the rows may double.

        among: these instead of the studio's clients
        queries: 5, however many rows
        """
        self.names = folded_names(str(facts["name"]) for facts in rows)
        self.by_email: dict[str, Client] = {}
        self.by_phone: dict[str, Client] = {}
        self.by_name: dict[str, list[Client]] = {}
        found = {client.pk: client for client in among} if among is not None else self._asked(rows)
        self.names |= folded_names(client.name for client in found.values())
        for pk in sorted(found):
            self.add(found[pk])

    def _asked(self, rows: Sequence[Mapping[str, Any]]) -> dict[int, Client]:
        emails = {facts["email"].lower() for facts in rows if facts.get("email")}
        phones = {key for facts in rows if (key := phone_key(facts.get("phone", "")))}
        keyed = Client.objects.present().alias(
            email_key=Lower("email"), phone_key=PhoneKey("phone"), name_key=Folded(F("name"))
        )
        found: dict[int, Client] = {}
        # One question each: an OR would read the table from end to end.
        for given in (
            Q(email_key__in=emails) & ~Q(email=""),
            Q(phone_key__in=phones) & ~Q(phone=""),
            Q(name_key__in=set(self.names.values())),
        ):
            found |= {client.pk: client for client in keyed.filter(given)}
        return found

    def add(self, client: Client) -> None:
        """Know somebody from now on; the name is one of those that were asked about."""
        if client.email:
            self.by_email.setdefault(client.email.lower(), client)
        if key := phone_key(client.phone):
            self.by_phone.setdefault(key, client)
        self.by_name.setdefault(self.names[client.name], []).append(client)

    def find(self, facts: Mapping[str, Any]) -> tuple[Client, str] | None:
        """Return whom a row doubles, and why; None for somebody new."""
        if found := self.by_email.get(facts.get("email", "").lower()):
            return found, _("same e-mail address")
        if found := self.by_phone.get(phone_key(facts.get("phone", ""))):
            return found, _("same telephone number")
        for client in self.by_name.get(self.names[facts["name"]], []):
            if not _contradict(client, facts):
                return client, _("same name")
        return None


def _contradict(client: Client, facts: Mapping[str, Any]) -> bool:
    """Return whether what is known of both tells two bearers of one name apart."""
    if client.kind != facts.get("kind", ClientKind.INDIVIDUAL):
        return True
    email, phone = facts.get("email", ""), facts.get("phone", "")
    return bool(
        (email and client.email and email.lower() != client.email.lower())
        or (phone and client.phone and phone_key(phone) != phone_key(client.phone))
    )
