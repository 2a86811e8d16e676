"""The register of equipment."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.models import Equipment, EquipmentStatus, Room
from sessions_app.selectors.crew import crew_of_members
from sessions_app.services import assignments, facts, labels, slots
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError


class EquipmentUsed(DomainError):
    """Sessions remember the piece of equipment."""


class EquipmentFacts(TypedDict, total=False):
    """Facts of a piece of equipment; what is left out is not changed."""

    name: str
    category: str
    brand: str
    model: str
    serial_number: str
    room: Room | None
    location: str
    description: str
    specifications: str
    notes: str
    status: str
    condition: str
    last_maintenance_on: date | None
    next_maintenance_on: date | None
    is_active: bool
    daily_rate: Decimal | None
    purchased_on: date | None
    purchase_price: Decimal | None
    warranty_ends_on: date | None


@taking_turns()
def create_equipment(*, actor: User | None, now: datetime, **given: Unpack[EquipmentFacts]) -> Equipment:
    """Write down a piece of equipment and return it.

    raises: facts.BadFacts
    """
    item = Equipment()
    facts.set_facts(item, {"name": "", **given})
    with facts.saving(item):
        item.save(force_insert=True)
    audit.record(verb="create", subject=item, actor=actor, now=now, changes={"name": (None, item.name)})
    return item


@taking_turns()
def change_equipment(
    *, equipment: Equipment, actor: User | None, now: datetime, **given: Unpack[EquipmentFacts]
) -> Equipment:
    """Change the facts given and return the piece of equipment.

    What sessions to come need can be neither broken nor gone: they would miss it without a word.
    raises: facts.BadFacts, assignments.StillAssigned, studio.db.TryAgain
    """
    slots.lock_rooms(now=now, crew=crew_of_members([equipment]))
    changed = Equipment.objects.select_for_update().get(pk=equipment.pk)
    changes = facts.set_facts(changed, given)
    if not changes:
        return changed
    is_usable = changed.is_active and changed.status == EquipmentStatus.OPERATIONAL
    if not is_usable and not changes.keys().isdisjoint({"is_active", "status"}):
        assignments.free_member(
            member=changed, starts_at=now, ends_at=None, released=(), actor=actor, now=now, reason=""
        )
    with facts.saving(changed):
        changed.save(update_fields=list(changes))
    labels.relabel_equipment(equipment=changed)
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def delete_equipment(*, equipment: Equipment, actor: User | None, now: datetime) -> None:
    """Delete a piece of equipment that was never in a session; its maintenance log goes with it.

    raises: EquipmentUsed, saying how many sessions there are
    """
    gone = Equipment.objects.select_for_update().get(pk=equipment.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (str(gone), None)})
    try:
        gone.delete()
    except ProtectedError as error:
        count = gone.assignments.count()
        reason = ngettext("It was in %(count)d session.", "It was in %(count)d sessions.", count) % {"count": count}
        advice = _("Switch it off instead of deleting it.")
        raise EquipmentUsed(f"{reason} {advice}") from error
