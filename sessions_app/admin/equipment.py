"""The register of equipment, and the log of its maintenance."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.hidden_money import HiddenMoneyAdmin
from sessions_app.admin.maintenance_pages import MaintainPage, TakeBackPage
from sessions_app.admin.served import actor_of
from sessions_app.models import Equipment, EquipmentService, EquipmentStatus
from sessions_app.selectors.gear import MOST_SHOWN, gear_overview
from sessions_app.services import equipment, maintenance
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge, day, when, zone_name

STATUS_TONES = {
    EquipmentStatus.OPERATIONAL: "success",
    EquipmentStatus.OUT_OF_SERVICE: "danger",
    EquipmentStatus.RENTED: "info",
}


class StateFilter(SimpleListFilter):
    """By whether it can be used now."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states on offer."""
        return [
            ("usable", _("Can be used")),
            ("maintenance", _("In maintenance")),
            ("due", _("Maintenance is due")),
            ("out_of_service", _("Out of service")),
            ("rented", _("Rented out")),
            ("gone", _("Not in the house any more")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Equipment]) -> QuerySet[Equipment]:
        """Keep the equipment in the state."""
        asked, now = self.value(), timezone.now()
        under_way = EquipmentService.objects.under_way(now).filter(equipment=OuterRef("pk"))
        if asked == "usable":
            return queryset.filter(~Exists(under_way), is_active=True, status=EquipmentStatus.OPERATIONAL)
        if asked == "maintenance":
            return queryset.filter(Exists(under_way), is_active=True)
        if asked == "due":
            return queryset.filter(is_active=True, next_maintenance_on__lte=timezone.localdate(now))
        if asked == "gone":
            return queryset.filter(is_active=False)
        return queryset.filter(is_active=True, status=asked) if asked in EquipmentStatus.values else queryset


class EquipmentForm(StudioModelForm):
    """The facts of a piece of equipment."""

    class Meta:
        model = Equipment
        fields = "__all__"
        widgets = {"description": LineTextarea, "specifications": LineTextarea, "notes": LineTextarea}


@admin.register(Equipment, site=studio_site)
class EquipmentAdmin(HiddenMoneyAdmin):
    """Equipment: facts are edited here, maintenance by the pages behind the buttons."""

    menu = MenuEntry(MenuGroup.HOUSE, "mic", 12, kinds=RECORDING)
    form = EquipmentForm
    money_fields = frozenset({"daily_rate", "purchase_price"})
    list_display = ("name", "category", "make", "serial_number", "room", "state", "next_due")
    list_select_related = ("room",)
    list_filter = (StateFilter, "category", "condition", "room")
    search_fields = ("name", "brand", "model", "serial_number")
    ordering = ("name", "pk")
    action_pages = (MaintainPage, TakeBackPage)
    change_form_outer_after_template = "sessions_app/admin/equipment_log.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    ("category", "brand", "model"),
                    ("serial_number", "room", "location"),
                    ("status", "condition", "is_active"),
                )
            },
        ),
        (_("Use"), {"fields": ("daily_rate", "description", "specifications", "notes")}),
        (_("Care"), {"fields": (("last_maintenance_on", "next_maintenance_on"),)}),
        (_("Purchase"), {"fields": (("purchased_on", "purchase_price", "warranty_ends_on"),)}),
    )

    @admin.display(description=_("make"), ordering="brand")
    def make(self, item: Equipment) -> str:
        """Show brand and model."""
        return f"{item.brand} {item.model}".strip() or "-"

    @admin.display(description=_("state"), ordering="status")
    def state(self, item: Equipment) -> str:
        """Show whether it can be used now."""
        if not item.is_active:
            return badge(_("gone"), "muted")
        if getattr(item, "is_in_maintenance", False):
            return badge(_("in maintenance"), "warning")
        return badge(item.get_status_display(), STATUS_TONES[EquipmentStatus(item.status)])

    @admin.display(description=_("next maintenance"), ordering="next_maintenance_on")
    def next_due(self, item: Equipment) -> str:
        """Show when it should be maintained, and that the day is past."""
        if item.next_maintenance_on is None:
            return "-"
        shown = day(item.next_maintenance_on)
        is_due = item.is_active and item.next_maintenance_on <= timezone.localdate()
        return badge(_("%(day)s, due") % {"day": shown}, "warning") if is_due else shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Equipment]:
        """Return the equipment, each with whether it is in maintenance."""
        under_way = EquipmentService.objects.under_way(timezone.now()).filter(equipment=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_in_maintenance=Exists(under_way))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show below the facts the log and the sessions to come."""
        if item := context.get("original"):
            overview = gear_overview(item, now=timezone.now())
            context |= {"overview": overview, "most": MOST_SHOWN, "zone": zone_name()}
        return super().render_change_form(request, context, *args, **kwargs)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Equipment:
        """Write down a piece of equipment."""
        return equipment.create_equipment(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Equipment, given: dict[str, Any], now: datetime) -> None:
        """Change a piece of equipment."""
        equipment.change_equipment(equipment=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Equipment, now: datetime) -> None:
        """Delete a piece of equipment that was never used."""
        equipment.delete_equipment(equipment=obj, actor=actor_of(request), now=now)


class MaintenanceForm(StudioModelForm):
    """An entry of the log."""

    class Meta:
        model = EquipmentService
        fields = "__all__"
        widgets = {"notes": LineTextarea}


@admin.register(EquipmentService, site=studio_site)
class EquipmentServiceAdmin(HiddenMoneyAdmin):
    """The log of maintenance: entries are begun and ended from the equipment, and corrected here."""

    menu = MenuEntry(MenuGroup.HOUSE, "build", 14, kinds=RECORDING)
    form = MaintenanceForm
    money_fields = frozenset({"cost"})
    list_display = ("item", "kind", "period", "done_by", "cost")
    list_select_related = ("equipment",)
    list_filter = ("kind",)
    linked_lookups = ("equipment__id__exact",)
    ordering = ("-starts_at", "-pk")
    readonly_fields = ("item",)
    fieldsets = ((None, {"fields": ("item", ("kind", "done_by"), ("starts_at", "ends_at"), "cost", "notes")}),)

    @admin.display(description=_("equipment"))
    def item(self, entry: EquipmentService) -> str:
        """Show what was maintained."""
        return str(entry.equipment)

    @admin.display(description=_("when"), ordering="starts_at")
    def period(self, entry: EquipmentService) -> str:
        """Show from when to when."""
        if entry.ends_at is None:
            return badge(gettext("since %(when)s") % {"when": when(entry.starts_at)}, "warning")
        return when(entry.starts_at, entry.ends_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the equipment's own page begins an entry."""
        return False

    def object_title(self, obj: EquipmentService) -> str:
        """Return what was maintained, and since when."""
        return f"{obj.equipment}, {when(obj.starts_at)}"

    def change(self, request: HttpRequest, obj: EquipmentService, given: dict[str, Any], now: datetime) -> None:
        """Correct an entry."""
        maintenance.change_maintenance(entry=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: EquipmentService, now: datetime) -> None:
        """Strike an entry."""
        maintenance.remove_maintenance(entry=obj, actor=actor_of(request), now=now)
