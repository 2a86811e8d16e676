"""People who act for a client, and people who belong to a company or band."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sessions_app.models import Client, ClientContact, CompanyMember
from sessions_app.services import facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError


class NotACompany(DomainError):
    """Somebody belongs to a company or a band only, never to a person."""

    status_code = 400


class NotAPerson(DomainError):
    """A company belongs to nobody here."""

    status_code = 400


class ContactFacts(TypedDict, total=False):
    """Facts of a contact; what is left out is not changed."""

    first_name: str
    last_name: str
    title: str
    email: str
    phone: str
    is_primary: bool


class MemberFacts(TypedDict, total=False):
    """Facts of a membership; what is left out is not changed."""

    role: str
    is_primary: bool


@taking_turns()
def add_contact(*, client: Client, actor: User | None, now: datetime, **given: Unpack[ContactFacts]) -> ClientContact:
    """Write down whom to talk to at a client and return the contact; one asked first takes another's place.

    raises: facts.BadFacts
    """
    contact = ClientContact(client=client)
    facts.set_facts(contact, {"first_name": "", "last_name": "", **given})
    _save(contact, ClientContact.objects.filter(client=client), None)
    linked_clients.require_unmerged(client)
    changes = {"name": (None, str(contact)), "client": (None, client)}
    audit.record(verb="create", subject=contact, actor=actor, now=now, changes=changes)
    return contact


@taking_turns()
def change_contact(
    *, contact: ClientContact, actor: User | None, now: datetime, **given: Unpack[ContactFacts]
) -> ClientContact:
    """Change the facts given and return the contact; one asked first takes another's place.

    raises: facts.BadFacts
    """
    changed = ClientContact.objects.select_for_update().get(pk=contact.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        _save(changed, ClientContact.objects.filter(client=changed.client_id), list(changes))
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def remove_contact(*, contact: ClientContact, actor: User | None, now: datetime) -> None:
    """Strike a contact off."""
    gone = ClientContact.objects.select_for_update().get(pk=contact.pk)
    changes = {"name": (str(gone), None), "client": (gone.client_id, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()


@taking_turns()
def add_member(
    *, company: Client, member: Client, actor: User | None, now: datetime, **given: Unpack[MemberFacts]
) -> CompanyMember:
    """Let a person belong to a company or band and return the membership.

    raises: NotACompany, NotAPerson, facts.BadFacts when the person belongs to it already
    """
    membership = CompanyMember(company=company, member=member)
    facts.set_facts(membership, given)
    _save(membership, CompanyMember.objects.filter(company=company), None)
    for client in (company, member):
        linked_clients.require_unmerged(client)
    changes = {"member": (None, str(member)), "role": (None, membership.role)}
    audit.record(verb="change", subject=company, actor=actor, now=now, changes=changes)
    return membership


@taking_turns()
def change_member(
    *, membership: CompanyMember, actor: User | None, now: datetime, **given: Unpack[MemberFacts]
) -> CompanyMember:
    """Change what somebody does at a company, and whether they are asked first; return the membership.

    raises: facts.BadFacts
    """
    changed = CompanyMember.objects.select_for_update(of=("self",)).select_related("company").get(pk=membership.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        _save(changed, CompanyMember.objects.filter(company=changed.company_id), list(changes))
        audit.record(verb="change", subject=changed.company, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def remove_member(*, membership: CompanyMember, actor: User | None, now: datetime) -> None:
    """Let somebody no longer belong to a company."""
    rows = CompanyMember.objects.select_for_update(of=("self",)).select_related("company", "member")
    gone = rows.get(pk=membership.pk)
    changes = {"member": (str(gone.member), None), "role": (gone.role, None)}
    audit.record(verb="change", subject=gone.company, actor=actor, now=now, changes=changes)
    gone.delete()


def wrong_kinds() -> dict[str, DomainError]:
    """Return the refusals of the two keys that hold the kinds of both sides of a membership."""
    return {
        "company_members_company_kind": NotACompany(
            _("Only a company or a band has members. Change the kind of the client first.")
        ),
        "company_members_member_kind": NotAPerson(_("Only a person belongs to a company or a band.")),
    }


def _save[Row: (ClientContact, CompanyMember)](row: Row, siblings: QuerySet[Row], fields: list[str] | None) -> None:
    """Save a row; whoever was asked first gives way to one who is now.

    fields: what has changed; None for a new row
    """
    with facts.saving(row, **wrong_kinds()):
        if row.is_primary and (fields is None or "is_primary" in fields):
            siblings.exclude(pk=row.pk).filter(is_primary=True).update(is_primary=False)
        if fields is None:
            row.save(force_insert=True)
        else:
            row.save(update_fields=fields)
