"""Clients: their facts, and the list of them."""

from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.client_export import ExportActions
from sessions_app.admin.client_parts import parts_of
from sessions_app.admin.duplicates import MERGE, MergePage
from sessions_app.admin.hidden_money import HiddenMoneyAdmin
from sessions_app.admin.served import actor_of
from sessions_app.models import Client, ClientKind, Platform
from sessions_app.models.client import ClientQuerySet
from sessions_app.models.platforms import platform_addresses
from sessions_app.selectors.duplicates import duplicates_of
from sessions_app.services import clients
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import Column, EmailRowsField, LinesField, LineTextarea, RowsField
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge, money, when

KIND = Column("type", _("Kind"))


class PlatformLinksField(RowsField):
    """Addresses on the platforms that are known, each at most once."""

    default_error_messages: ClassVar[dict[str, Any]] = {"twice": _("%(platform)s stands there twice.")}

    def __init__(self, **kwargs: Any) -> None:
        platforms = Column("platform", _("Platform"), choices=tuple(Platform.choices))
        super().__init__(columns=[platforms, Column("address", _("Address"), "url")], **kwargs)

    def rows_of(self, stored: Any) -> list[dict[str, str]]:
        """Return a row for each platform."""
        return [{"platform": name, "address": address} for name, address in (stored or {}).items()]

    def to_python(self, value: Any) -> Any:
        """Return the address by platform."""
        return super().to_python(value if isinstance(value, list) else self.rows_of(value))

    def prepare_value(self, value: Any) -> list[dict[str, str]]:
        """Return what stands in the boxes."""
        return value if isinstance(value, list) else self.rows_of(value)

    def to_stored(self, rows: list[dict[str, str]]) -> dict[str, str]:
        """Return the address by platform."""
        found: dict[str, str] = {}
        for row in rows:
            if row["platform"] in found:
                raise ValidationError(self.error_messages["twice"] % {"platform": row["platform"]}, "twice")
            found[row["platform"]] = row["address"]
        if rows != self.before:
            platform_addresses(found)
        return found


class ClientForm(StudioModelForm):
    """A client's facts, the lists as rows and lines."""

    emails = EmailRowsField(
        columns=[KIND, Column("value", _("Address"), "email")], label=_("Further e-mails"), required=False
    )
    phones = RowsField(columns=[KIND, Column("value", _("Number"), "tel")], label=_("Further phones"), required=False)
    genres = LinesField(label=_("Genres"), required=False, help_text=_("One a line."))
    instruments = LinesField(label=_("Instruments"), required=False, help_text=_("One a line."))
    platform_links = PlatformLinksField(label=_("Platform links"), required=False)
    custom_fields = RowsField(
        columns=[Column("label", _("Name")), Column("type", _("Kind")), Column("value", _("Text"))],
        label=_("Own fields"),
        required=False,
    )

    class Meta:
        model = Client
        fields = "__all__"
        widgets = {"notes": LineTextarea}


class StateFilter(admin.SimpleListFilter):
    """Who is worked for now, who is archived, who was merged into another."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states on offer."""
        return [("active", _("Active")), ("vip", _("VIP")), ("archived", _("Archived")), ("merged", _("Merged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        """Keep the clients of the state; the merged stand in no other list."""
        chosen = {
            "active": Q(is_active=True),
            "vip": Q(is_active=True, is_vip=True),
            "archived": Q(is_active=False, merged_into__isnull=True),
            "merged": Q(merged_into__isnull=False),
        }
        return queryset.filter(chosen.get(self.value() or "", Q(merged_into__isnull=True)))


@admin.register(Client, site=studio_site)
class ClientAdmin(ExportActions, HiddenMoneyAdmin):
    """Clients."""

    menu = MenuEntry(MenuGroup.PEOPLE, "groups", 10)
    form = ClientForm
    money_fields = frozenset({"currency", "default_deposit_percent", "balance", "balance_due"})
    list_display = ("name", "artist_name", "kind", "email", "phone", "balance", "state")
    list_filter = (StateFilter, "kind")

    class Media:
        css = {"all": ("admin_theme/clients.css",)}

    # What the search looks at is the model's business; here it stands for having one.
    search_fields = ("name", "artist_name", "email", "phone")
    search_help_text = _("Names, e-mail, phone, genres and instruments; accents do not matter.")
    ordering = ("name", "pk")
    readonly_fields = ("balance", "known_since", "merged")
    actions = ("export_csv", "export_xlsx")
    action_pages = (MergePage,)
    change_form_outer_before_template = "sessions_app/admin/_possible_duplicates.html"
    fieldsets = (
        (None, {"fields": ("name", ("kind", "artist_name"), ("email", "phone"), ("is_active", "is_vip"))}),
        (
            _("Person"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("prefix", "first_name", "middle_name"),
                    ("last_name", "suffix", "birthday"),
                ),
            },
        ),
        (
            _("Further contact and address"),
            {
                "classes": ("collapse",),
                "fields": (("emails", "phones"), "street", ("postal_code", "city"), ("region", "country")),
            },
        ),
        (
            _("Music"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("genres", "instruments"),
                    "platform_links",
                    ("record_label", "manager_contact", "rights_society"),
                ),
            },
        ),
        (_("Money"), {"fields": (("currency", "default_deposit_percent", "balance"),)}),
        (_("More"), {"fields": ("notes", "custom_fields", "known_since")}),
    )

    @admin.display(description=_("balance due"), ordering="balance_due")
    def balance(self, client: Client) -> str:
        """Show what the client owes."""
        return money(client.balance_due, client.currency) if client.balance_due else "-"

    @admin.display(description=_("client since"))
    def known_since(self, client: Client) -> str:
        """Show when the client was written down."""
        return when(client.created_at) if client.pk else "-"

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, client: Client) -> str:
        """Show whether the client is active, and a VIP."""
        if not client.is_active:
            return badge(_("archived"), "muted")
        return badge(_("VIP"), "info") if client.is_vip else badge(_("active"), "success")

    @admin.display(description=_("merged into"))
    def merged(self, client: Client) -> str:
        """Show the client that this one was merged into, as a link."""
        if client.merged_into is None:
            return "-"
        address = reverse("admin:sessions_app_client_change", args=[client.merged_into_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', address, client.merged_into)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Say above the facts who may be the same."""
        client = context.get("original")
        if client is not None and request.user.has_perm(MERGE):
            context |= {"possible_duplicates": duplicates_of(client)}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple[type[Any], ...]:
        """Return what stands below: members or companies, contacts, remarks."""
        return parts_of(obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Say first of all of a merged client where everything has gone."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.merged_into_id is None:
            return fieldsets
        return ((None, {"fields": ("merged",)}), *fieldsets)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by whatever is known; boxes of forms offer no archived client, nothing else a merged one."""
        asked = request.resolver_match.url_name if request.resolver_match else ""
        if asked == "autocomplete":
            queryset = self._offered(request, queryset.filter(is_active=True))
        elif asked == "search":
            queryset = queryset.filter(merged_into__isnull=True)
        found: QuerySet[Any] = cast("ClientQuerySet", queryset).searched(search_term)
        return found, False

    @staticmethod
    def _offered(request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep who can stand on either side of a membership."""
        if request.GET.get("model_name") == "companymember":
            side = request.GET.get("field_name")
            kind = ClientKind.COMPANY if side == "company" else ClientKind.INDIVIDUAL
            return queryset.filter(kind=kind)
        return queryset

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Write down a client."""
        return clients.create_client(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Client, given: dict[str, Any], now: datetime) -> None:
        """Change a client."""
        clients.change_client(client=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Client, now: datetime) -> None:
        """Delete a client of whom nothing is kept."""
        clients.delete_client(client=obj, actor=actor_of(request), now=now)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Hand the parts to their services."""
        inlines = {inline.model: inline for inline in self.get_inline_instances(request, form.instance)}
        inlines[formset.model].write(request, form.instance, formset, timezone.now())
