"""Taking equipment out of service for a while, and the log of it."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import Equipment, EquipmentService, ServiceKind, SessionAssignment
from sessions_app.selectors.availability import AHEAD, YEARS_AHEAD
from sessions_app.selectors.crew import crew_of_members
from sessions_app.services import assignments, facts, slots
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile


class InMaintenanceAlready(DomainError):
    """Two entries of a log overlap."""


class NotInMaintenance(DomainError):
    """The equipment is not in maintenance."""


class TooFarAhead(DomainError):
    """A time lies where nobody plans."""

    status_code = 400


@taking_turns()
def send_to_maintenance(
    *,
    equipment: Equipment,
    starts_at: datetime,
    actor: User | None,
    now: datetime,
    ends_at: datetime | None = None,
    kind: str = ServiceKind.MAINTENANCE,
    done_by: str = "",
    cost: Decimal | None = None,
    notes: str = "",
    released: Collection[SessionAssignment] = (),
) -> EquipmentService:
    """Take a piece of equipment out of service from a time on, and return the entry of its log.

    ends_at: None until somebody takes it back; a past one writes down what is over
    released: its assignments in that time that were looked at: it is taken off them
    raises: assignments.StillAssigned with those that were not; InMaintenanceAlready, TooFarAhead, facts.BadFacts,
        studio.db.TryAgain
    """
    _require_planned(starts_at, ends_at, now)
    entry = EquipmentService(equipment=equipment, starts_at=starts_at, ends_at=ends_at)
    facts.set_facts(entry, {"kind": kind, "done_by": done_by, "cost": cost, "notes": notes})
    slots.lock_rooms(now=now, crew=crew_of_members([equipment]))
    _save(entry)
    _free(entry, released, actor, now)
    changes = {"starts_at": (None, starts_at), "ends_at": (None, ends_at), "kind": (None, kind)}
    audit.record(verb="send", subject=equipment, actor=actor, now=now, changes=changes)
    return entry


@taking_turns()
def take_back(
    *,
    equipment: Equipment,
    actor: User | None,
    now: datetime,
    cost: Decimal | Unsent | None = NOT_SENT,
    notes: str | Unsent = NOT_SENT,
    next_maintenance_on: date | Unsent | None = NOT_SENT,
) -> EquipmentService:
    """Take a piece of equipment back into service now, and return the entry of its log that ends.

    raises: NotInMaintenance, facts.BadFacts
    """
    item = Equipment.objects.select_for_update().get(pk=equipment.pk)
    entry = EquipmentService.objects.under_way(now).filter(equipment=item).first()
    if entry is None:
        raise NotInMaintenance(_("%(what)s is not in maintenance.") % {"what": item})
    given = {"cost": cost, "notes": notes}
    sent: dict[str, object] = {field: value for field, value in given.items() if value is not NOT_SENT}
    changes = facts.set_facts(entry, {**sent, "ends_at": now})
    _save(entry, list(changes))
    dates: dict[str, object] = {"last_maintenance_on": local_day(now, current_profile().zone)}
    if next_maintenance_on is not NOT_SENT:
        dates["next_maintenance_on"] = next_maintenance_on
    if changed := facts.set_facts(item, dates):
        item.save(update_fields=list(changed))
    audit.record(verb="return", subject=item, actor=actor, now=now, changes=changes | changed)
    return entry


@taking_turns()
def change_maintenance(
    *,
    entry: EquipmentService,
    actor: User | None,
    now: datetime,
    starts_at: datetime | Unsent = NOT_SENT,
    ends_at: datetime | Unsent | None = NOT_SENT,
    kind: str | Unsent = NOT_SENT,
    done_by: str | Unsent = NOT_SENT,
    cost: Decimal | Unsent | None = NOT_SENT,
    notes: str | Unsent = NOT_SENT,
) -> EquipmentService:
    """Correct an entry of the log, or plan it anew, and return it.

    raises: assignments.StillAssigned, InMaintenanceAlready, TooFarAhead, facts.BadFacts, studio.db.TryAgain
    """
    asked = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "kind": kind,
        "done_by": done_by,
        "cost": cost,
        "notes": notes,
    }
    slots.lock_rooms(now=now, crew=crew_of_members([entry.equipment]))
    changed = EquipmentService.objects.select_for_update().get(pk=entry.pk)
    changes = facts.set_facts(changed, {field: value for field, value in asked.items() if value is not NOT_SENT})
    if not changes:
        return changed
    _require_planned(changed.starts_at, changed.ends_at, now)
    _save(changed, list(changes))
    if not changes.keys().isdisjoint({"starts_at", "ends_at"}):
        _free(changed, (), actor, now)
    audit.record(verb="change", subject=changed.equipment, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def remove_maintenance(*, entry: EquipmentService, actor: User | None, now: datetime) -> None:
    """Strike an entry from the log; twice is once."""
    gone = EquipmentService.objects.select_for_update().filter(pk=entry.pk).first()
    if gone is None:
        return
    changes = {"starts_at": (gone.starts_at, None), "ends_at": (gone.ends_at, None)}
    audit.record(verb="change", subject=gone.equipment, actor=actor, now=now, changes=changes)
    gone.delete()


def _require_planned(starts_at: datetime, ends_at: datetime | None, now: datetime) -> None:
    if max(starts_at, ends_at or starts_at) > now + AHEAD:
        raise TooFarAhead(_("Maintenance is planned %(years)d years ahead at most.") % {"years": YEARS_AHEAD})


def _save(entry: EquipmentService, update_fields: list[str] | None = None) -> None:
    what = {"what": entry.equipment}
    already = InMaintenanceAlready(_("%(what)s is in maintenance at that time already.") % what)
    with facts.saving(entry, equipment_services_one_at_a_time=already):
        entry.save(update_fields=update_fields)


def _free(entry: EquipmentService, released: Collection[SessionAssignment], actor: User | None, now: datetime) -> None:
    """Take the equipment off what was agreed to; pass when nothing else needs it meanwhile."""
    assignments.free_member(
        member=entry.equipment,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        released=released,
        actor=actor,
        now=now,
        reason=_("In maintenance"),
    )
