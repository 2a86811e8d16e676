"""Former equipment."""

from django.utils.translation import gettext as _

from sessions_app.models import (
    Equipment,
    EquipmentCategory,
    EquipmentCondition,
    EquipmentService,
    EquipmentStatus,
)
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

CATEGORIES = {kind.value: kind.value for kind in EquipmentCategory}
CONDITIONS = {kind.value: kind.value for kind in EquipmentCondition}
# Here an open entry of the log says that something is in maintenance.
IN_MAINTENANCE = "maintenance"
STATUSES = {status.value: status.value for status in EquipmentStatus} | {
    IN_MAINTENANCE: EquipmentStatus.OPERATIONAL.value
}


def adopt_equipment(row: FormerRow, run: Run) -> Equipment:
    """Return the equipment that a row of `equipment` becomes; one in maintenance gets an open entry of its log."""
    name = row.text("name", longest=255)
    if not name:
        raise SetAside(_("It has no name."))
    in_maintenance = row.text("status").lower() == IN_MAINTENANCE
    about_maintenance = row.raw_text("maintenance_notes")
    notes = [row.raw_text("notes"), "" if in_maintenance else about_maintenance]
    item = Equipment.objects.create(
        name=name,
        category=_category(row),
        brand=row.text("brand", longest=100),
        model=row.text("model", longest=100),
        serial_number=row.text("serial_number", longest=100),
        room_id=run.linked(row, "room_id", "rooms"),
        location=row.text("location", longest=255),
        description=row.raw_text("description"),
        specifications=row.raw_text("specifications"),
        notes="\n\n".join(filter(None, notes)),
        status=_status(row),
        condition=row.choice("condition", CONDITIONS, default=EquipmentCondition.GOOD),
        last_maintenance_on=row.day("last_maintenance_at"),
        next_maintenance_on=row.day("next_maintenance_at"),
        purchased_on=row.day("purchase_date"),
        purchase_price=row.amount("purchase_price"),
        warranty_ends_on=row.day("warranty_until"),
    )
    if in_maintenance:
        since = min(row.instant("updated_at") or run.now, run.now)
        EquipmentService.objects.create(equipment=item, starts_at=since, notes=about_maintenance)
        row.notes.append(_("It was in maintenance; since when is not known, the last change is taken."))
    return item


def _category(row: FormerRow) -> str:
    """Return the category; a word of somebody's own becomes "other" and is kept besides."""
    word = row.text("category").lower()
    if word and word not in CATEGORIES:
        row.keep("category", _('"%(value)s" is no category here; taken as other.') % {"value": word[:80]})
        return EquipmentCategory.OTHER
    return CATEGORIES.get(word, EquipmentCategory.OTHER.value)


def _status(row: FormerRow) -> str:
    status = row.choice("status", STATUSES, default=EquipmentStatus.OPERATIONAL)
    is_available = row.flag("is_available", default=True)
    if status == EquipmentStatus.OPERATIONAL and not is_available:
        row.keep("is_available", _("It was not available; taken as out of service."))
        return EquipmentStatus.OUT_OF_SERVICE
    return status
