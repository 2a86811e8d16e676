"""The audit trail: to read, to search, to take along."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import FieldTextFilter

from studio.accounts.models import AuditEvent
from studio.accounts.taking_along import table_file
from studio.admin_sites import MenuEntry, MenuGroup, platform_site, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, badge, when
from studio.showing import stored_moment
from studio.trail import VERBS

MOST_EXPORTED = 100_000
COLUMNS = (
    "at",
    "actor_label",
    "verb",
    "object_type",
    "object_id",
    "object_label",
    "changes",
    "reason",
    "account_id",
    "account_session_id",
    "request_id",
)


class ActorFilter(admin.SimpleListFilter):
    """Who did it: somebody who is still there, a deleted account, or the product by itself."""

    title = _("by")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds of actor."""
        return [
            ("deleted", gettext("deleted user")),
            ("present", gettext("present user")),
            ("product", gettext("the product itself")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Return the acts of the chosen kind."""
        if self.value() == "present":
            return queryset.filter(account__isnull=False)
        nobody = queryset.filter(account__isnull=True)
        if self.value() == "deleted":
            return nobody.exclude(actor_label="")
        return nobody.filter(actor_label="") if self.value() == "product" else queryset


class AuditEventAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Who did what to which thing; nothing in it can be changed, here or anywhere."""

    menu = MenuEntry(MenuGroup.RECORDS, "receipt_long", order=10, title=_("Audit trail"))
    list_display = ("at_shown", "actor_shown", "act", "object_label", "kind_shown", "reason")
    list_filter = (ActorFilter, ("verb", FieldTextFilter), ("object_type", FieldTextFilter))
    linked_lookups = ("verb__icontains", "object_type__icontains", "object_type", "object_id", "account__id__exact")
    search_fields = ("actor_label", "object_label")
    ordering = ("-at", "-pk")
    fields = (
        "at_shown",
        "actor_shown",
        "act",
        "object_label",
        "kind_shown",
        "object_id",
        "changes_shown",
        "reason",
        "account_session",
        "request_id",
    )
    list_filter_submit = True
    actions = ("export",)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may take the trail along: whoever may read it."""
        return bool(self.has_view_permission(request))

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> FileResponse | None:
        """Answer a file with the chosen events, the newest first."""
        rows = list(queryset.order_by("-at", "-pk").values_list(*COLUMNS)[: MOST_EXPORTED + 1])
        if len(rows) > MOST_EXPORTED:
            told = gettext("These are more than %(n)d rows. Narrow the list down by a filter first.")
            self.message_user(request, told % {"n": MOST_EXPORTED}, messages.ERROR)
            return None
        exported = (_exported(row) for row in rows)
        return table_file(request, name="audit-trail", kind="csv", head=COLUMNS, rows=exported, of=AuditEvent)

    @admin.display(description=_("at"), ordering="at")
    def at_shown(self, event: AuditEvent) -> str:
        """Return when it was done."""
        return when(event.at)

    @admin.display(description=_("by"), ordering="actor_label")
    def actor_shown(self, event: AuditEvent) -> Any:
        """Return who did it, as they were called; a deleted account is marked."""
        if not event.actor_label:
            return gettext("the product itself")
        if event.account_id is None:
            return format_html_join(" ", "{}", ((event.actor_label,), (badge(_("deleted"), "warning"),)))
        return event.actor_label

    @admin.display(description=_("act"), ordering="verb")
    def act(self, event: AuditEvent) -> str:
        """Return the act as people read it."""
        return str(VERBS.get(event.verb, event.verb))

    @admin.display(description=_("kind of thing"))
    def kind_shown(self, event: AuditEvent) -> str:
        """Return the model's name without its app."""
        return event.object_type.partition(".")[2] or event.object_type

    @admin.display(description=_("changes"))
    def changes_shown(self, event: AuditEvent) -> SafeString | str:
        """Return each field with its old and its new value."""
        rows = ((name, _text(old), _text(new)) for name, (old, new) in event.changes.items())
        return format_html_join("", "<p><b>{}</b>: {} &rarr; {}</p>", rows) or "-"


def _text(value: Any) -> str:
    if value in (None, ""):
        return "-"
    return (stored_moment(value) or value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _exported(row: tuple[Any, ...]) -> list[object]:
    facts = dict(zip(COLUMNS, row, strict=True))
    facts["at"] = facts["at"].isoformat()
    facts["changes"] = json.dumps(facts["changes"], ensure_ascii=False) if facts["changes"] else ""
    return [facts[name] for name in COLUMNS]


for site in (studio_site, platform_site):
    site.register(AuditEvent, AuditEventAdmin)
