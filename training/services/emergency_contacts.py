"""Whom to call for a member."""

from datetime import datetime
from typing import TypedDict, Unpack

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from training.models import EmergencyContact, Member


class EmergencyContactFacts(TypedDict, total=False):
    """Facts of an emergency contact; what is left out is not changed."""

    name: str
    relationship: str
    phone: str
    is_primary: bool


@taking_turns()
def add_emergency_contact(
    *, member: Member, actor: User | None, now: datetime, **given: Unpack[EmergencyContactFacts]
) -> EmergencyContact:
    """Write down whom to call and return the contact; one called first takes another's place.

    raises: facts.BadFacts
    """
    contact = EmergencyContact(member=member)
    facts.set_facts(contact, {"name": "", "phone": "", **given})
    _save(contact, None)
    changes = {"name": (None, str(contact)), "member": (None, member)}
    audit.record(verb="create", subject=contact, actor=actor, now=now, changes=changes)
    return contact


@taking_turns()
def change_emergency_contact(
    *, contact: EmergencyContact, actor: User | None, now: datetime, **given: Unpack[EmergencyContactFacts]
) -> EmergencyContact:
    """Change the facts given and return the contact; one called first takes another's place.

    raises: facts.BadFacts
    """
    changed = EmergencyContact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        _save(changed, list(changes))
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def remove_emergency_contact(*, contact: EmergencyContact, actor: User | None, now: datetime) -> None:
    """Strike a contact off."""
    gone = EmergencyContact.objects.select_for_update().get(pk=contact.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (str(gone), None)})
    gone.delete()


def _save(contact: EmergencyContact, fields: list[str] | None) -> None:
    """Save a contact; whoever was called first gives way to one who is now.

    fields: what has changed; None for a new row
    """
    with facts.saving(contact):
        if contact.is_primary and (fields is None or "is_primary" in fields):
            others = EmergencyContact.objects.filter(member=contact.member_id, is_primary=True)
            others.exclude(pk=contact.pk).update(is_primary=False)
        if fields is None:
            contact.save(force_insert=True)
        else:
            contact.save(update_fields=fields)
