"""Machines: setting up, changing, switching off and on, retiring."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from training.models import Machine

FIRST_MACHINES = 3  # what a training studio opens with: a default, not a limit


class MachineInUse(DomainError):
    """Sessions took or will take place on the machine; carries how many: none where only its outages are on record."""

    def __init__(self, machine: Machine, count: int) -> None:
        self.count = count
        if not count:
            sentence = _("Outages of %(machine)s are on record. Retire it instead of deleting it.")
            super().__init__(sentence % {"machine": machine})
            return
        reason = ngettext(
            "%(count)d session is kept on %(machine)s.", "%(count)d sessions are kept on %(machine)s.", count
        )
        advice = _("Move them to another machine first, or retire this one instead of deleting it.")
        super().__init__(f"{reason % {'count': count, 'machine': machine}} {advice}")


class MachineFacts(TypedDict, total=False):
    """Facts of a machine; what is left out is not changed."""

    machine_number: int
    name: str
    is_available: bool


@transaction.atomic
def seed_machines() -> None:
    """Make the first machines, unless there are any: one that was deleted stays deleted."""
    if Machine.objects.exists():
        return
    Machine.objects.bulk_create(
        Machine(machine_number=number, name=f"Machine {number}") for number in range(1, FIRST_MACHINES + 1)
    )


@taking_turns()
def create_machine(*, actor: User | None, now: datetime, **given: Unpack[MachineFacts]) -> Machine:
    """Set up a machine and return it.

    raises: facts.BadFacts
    """
    machine = Machine()
    facts.set_facts(machine, {"machine_number": None, "name": "", **given})
    with facts.saving(machine):
        machine.save(force_insert=True)
    changes: facts.Changes = {"machine_number": (None, machine.machine_number), "name": (None, machine.name)}
    audit.record(verb="create", subject=machine, actor=actor, now=now, changes=changes)
    return machine


@taking_turns()
def change_machine(*, machine: Machine, actor: User | None, now: datetime, **given: Unpack[MachineFacts]) -> Machine:
    """Change the facts given and return the machine; switched off, it takes no new session and keeps those it has.

    raises: facts.BadFacts
    """
    changed = Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    facts.change_facts(row=changed, given=given, actor=actor, now=now)
    return changed


@taking_turns()
def retire_machine(*, machine: Machine, actor: User | None, now: datetime) -> Machine:
    """Take a machine out of use for good and return it; its sessions stay, twice is once."""
    retired = Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    if retired.retired_at is None:
        changes: facts.Changes = {"retired_at": (None, now), "is_available": (retired.is_available, False)}
        retired.retired_at, retired.is_available = now, False
        retired.save(update_fields=["retired_at", "is_available"])
        audit.record(verb="retire", subject=retired, actor=actor, now=now, changes=changes)
    return retired


@taking_turns()
def reinstate_machine(*, machine: Machine, actor: User | None, now: datetime) -> Machine:
    """Take a retired machine into use again and return it, switched on; twice is once."""
    back = Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    if back.retired_at is not None:
        changes: facts.Changes = {"retired_at": (back.retired_at, None), "is_available": (False, True)}
        back.retired_at, back.is_available = None, True
        back.save(update_fields=["retired_at", "is_available"])
        audit.record(verb="reinstate", subject=back, actor=actor, now=now, changes=changes)
    return back


@taking_turns()
def delete_machine(*, machine: Machine, actor: User | None, now: datetime) -> None:
    """Delete a machine on which nothing ever took place.

    raises: MachineInUse, saying how many sessions there are and what to do
    """
    gone = Machine.objects.select_for_update().get(pk=machine.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    try:
        gone.delete()
    except ProtectedError as error:
        raise MachineInUse(gone, gone.sessions.count()) from error
