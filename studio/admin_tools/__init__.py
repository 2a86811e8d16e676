"""What every admin class here is built from."""

from studio.admin_tools.action_pages import ActionForm, ActionPage
from studio.admin_tools.confirming import confirmed_action
from studio.admin_tools.fields import EmailRowsField, LinesField, LineTextarea, PairsField, RowsField
from studio.admin_tools.model_admin import AppendOnlyInline, ReadOnlyAdmin, StudioModelAdmin, StudioTabularInline
from studio.showing import badge, money, when, zone_label, zone_name

__all__ = [
    "ActionForm",
    "ActionPage",
    "AppendOnlyInline",
    "EmailRowsField",
    "LineTextarea",
    "LinesField",
    "PairsField",
    "ReadOnlyAdmin",
    "RowsField",
    "StudioModelAdmin",
    "StudioTabularInline",
    "badge",
    "confirmed_action",
    "money",
    "when",
    "zone_label",
    "zone_name",
]
