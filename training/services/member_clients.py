"""The client behind each member: made with the member, and called by the same name as long as nobody says otherwise."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from django.utils.translation import gettext as _

from sessions_app.models import Client, ClientKind
from sessions_app.services import clients, linked_clients
from sessions_app.services.facts import Changes
from studio.accounts.models import User
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from training.models import Member

# What a member and the client behind it both say: field of the member -> field of the client.
SHARED: Mapping[str, str] = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "phone": "phone",
    "date_of_birth": "birthday",
}
NAMES = frozenset({"first_name", "last_name"})


class IsAClient(DomainError):
    """Somebody with this e-mail address is a client already, and no member.

    client: who it is
    """

    def __init__(self, client: Client) -> None:
        sentence = _("%(client)s is a client with this e-mail address already. Choose that client to make a member.")
        super().__init__(sentence % {"client": client})
        self.client = client


class NotAPerson(DomainError):
    """A company is no member."""

    status_code = 400


def create_client_of(*, member: Member, actor: User | None, now: datetime) -> Client:
    """Write down the client of a new member and return it.

    raises: IsAClient, facts.BadFacts
    """
    if known := Client.objects.present().sharing(email=member.email, phone="").order_by("pk").first():
        raise IsAClient(known)
    given = {theirs: getattr(member, ours) for ours, theirs in SHARED.items()}
    given |= {"name": member.name, "currency": current_profile().currency}
    return clients.create_client(actor=actor, now=now, **cast("clients.ClientFacts", given))


def facts_of(client: Client) -> dict[str, object]:
    """Return what a client says of somebody who becomes a member."""
    first, _blank, last = client.name.partition(" ")
    names = {"first_name": client.first_name or first, "last_name": client.last_name or last}
    return {ours: getattr(client, theirs) for ours, theirs in SHARED.items()} | names


def require_person(client: Client) -> None:
    """Pass when a client can be a member.

    raises: NotAPerson, linked_clients.MergedAway
    """
    linked_clients.require_unmerged(client)
    if client.kind != ClientKind.INDIVIDUAL:
        raise NotAPerson(_("%(client)s is a company. Only a person can be a member.") % {"client": client})


def let_client_follow(*, member: Member, changes: Changes, actor: User | None, now: datetime) -> None:
    """Change what the client of a member still said as the member did.

    changes: of the member, field -> (old, new)
    An invoice that goes to another address, or another name, stays as it is.
    """
    client = Client.objects.get(pk=member.client_id)
    given: dict[str, object] = {
        SHARED[field]: new for field, (old, new) in changes.items() if field in SHARED and _same(client, field, old)
    }
    if changes.keys() & NAMES:
        before = (changes.get(name, (getattr(member, name), None))[0] for name in ("first_name", "last_name"))
        if client.name == " ".join(map(str, before)).strip():
            given["name"] = member.name
    if given:
        clients.change_client(client=client, actor=actor, now=now, **cast("clients.ClientFacts", given))


def followed_facts(*, member: Member, changes: Mapping[str, tuple[object, object]]) -> dict[str, object]:
    """Return what changes on a member whose client was changed: what both said the same; a member keeps an e-mail.

    changes: of the client, field -> (old, new)
    """
    found: dict[str, object] = {}
    for ours, theirs in SHARED.items():
        old, new = changes.get(theirs, (None, None))
        is_needed = ours in {*NAMES, "email"}
        if theirs in changes and _alike(getattr(member, ours), old) and (new or not is_needed):
            found[ours] = new
    return found


def _same(client: Client, field: str, value: object) -> bool:
    return _alike(getattr(client, SHARED[field]), value)


def _alike(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return one == other
