"""What every admin class here is built from."""

from studio.admin_tools.action_pages import ActionForm, ActionPage
from studio.admin_tools.confirming import confirmed_action
from studio.admin_tools.fields import LinesField, LineTextarea, PairsField, offer_choices
from studio.admin_tools.inlines import AppendOnlyInline, StudioTabularInline
from studio.admin_tools.model_admin import ReadOnlyAdmin, StudioModelAdmin
from studio.admin_tools.rows import Column, EmailRowsField, RowsField, RowsWidget
from studio.showing import badge, money, when, zone_label, zone_name

__all__ = [
    "ActionForm",
    "ActionPage",
    "AppendOnlyInline",
    "Column",
    "EmailRowsField",
    "LineTextarea",
    "LinesField",
    "PairsField",
    "ReadOnlyAdmin",
    "RowsField",
    "RowsWidget",
    "StudioModelAdmin",
    "StudioTabularInline",
    "badge",
    "confirmed_action",
    "money",
    "offer_choices",
    "when",
    "zone_label",
    "zone_name",
]
