"""Machines."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import badge
from training.admin.empty_machine import EmptyPage
from training.admin.outage_pages import OutagePage
from training.models import Machine
from training.services import machines


class RetirePage(ActionPage):
    """Takes a machine out of use for good."""

    name = "retire"
    label = _("Retire")
    icon = "inventory_2"
    question = _("The machine takes no more bookings and leaves the grid. Its sessions stay.")

    def is_offered(self, obj: Machine) -> bool:
        """Offer it for a machine in use."""
        return obj.retired_at is None

    def act(self, request: HttpRequest, obj: Machine, form: ActionForm) -> str:
        """Retire the machine."""
        machines.retire_machine(machine=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(machine)s is retired.") % {"machine": obj}


class ReinstatePage(ActionPage):
    """Takes a retired machine into use again."""

    name = "reinstate"
    label = _("Take into use again")
    icon = "unarchive"
    question = _("The machine comes back to the grid, switched on.")

    def is_offered(self, obj: Machine) -> bool:
        """Offer it for a retired machine."""
        return obj.retired_at is not None

    def act(self, request: HttpRequest, obj: Machine, form: ActionForm) -> str:
        """Reinstate the machine."""
        machines.reinstate_machine(machine=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(machine)s is in use again.") % {"machine": obj}


@admin.register(Machine, site=studio_site)
class MachineAdmin(ServedAdmin):
    """Machines; one with sessions is retired, not deleted."""

    menu = MenuEntry(MenuGroup.TRAINING, "fitness_center", 60, kinds=TRAINING)
    list_display = ("name", "machine_number", "state")
    list_filter = ("is_available",)
    ordering = ("machine_number",)
    action_pages = (OutagePage, EmptyPage, RetirePage, ReinstatePage)
    fieldsets = ((None, {"fields": (("name", "machine_number"), "is_available")}),)

    @admin.display(description=_("state"), ordering="is_available")
    def state(self, machine: Machine) -> str:
        """Show whether it can be booked."""
        if machine.retired_at is not None:
            return badge(_("retired"), "muted")
        return badge(_("available"), "success") if machine.is_available else badge(_("switched off"), "warning")

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Return none: machines are deleted one at a time."""
        return {}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what would go: the machines alone, since the service refuses those with sessions and says why."""
        return [str(machine) for machine in objs], {self.opts.verbose_name_plural: len(objs)}, set(), []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, and say before that what stands in the way."""
        machine = self.get_object(request, unquote(object_id)) if request.method == "GET" else None
        if machine is not None and (count := machine.sessions.count()):
            messages.warning(request, str(machines.MachineInUse(machine, count)))
        return super().delete_view(request, object_id, extra_context)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Set up a machine."""
        return machines.create_machine(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Machine, given: dict[str, Any], now: datetime) -> None:
        """Change a machine."""
        machines.change_machine(machine=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Machine, now: datetime) -> None:
        """Delete a machine on which nothing took place."""
        machines.delete_machine(machine=obj, actor=actor_of(request), now=now)
