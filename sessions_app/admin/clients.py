"""Clients and the notes on them."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import ServedAdmin, actor_of
from sessions_app.models import Client, ClientNote
from sessions_app.services import clients
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import AppendOnlyInline, EmailRowsField, LinesField, LineTextarea, PairsField, RowsField
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge, money, when, zone_label


class ClientForm(StudioModelForm):
    """A client's facts, the lists as lines."""

    emails = EmailRowsField(
        keys=("type", "value"), shape=_("kind | address"), label=_("Further e-mails"), required=False
    )
    phones = RowsField(keys=("type", "value"), shape=_("kind | number"), label=_("Further phones"), required=False)
    genres = LinesField(label=_("Genres"), required=False, help_text=_("One a line."))
    instruments = LinesField(label=_("Instruments"), required=False, help_text=_("One a line."))
    platform_links = PairsField(
        label=_("Platform links"), required=False, help_text=_("One a line, as: platform: address")
    )
    custom_fields = RowsField(
        keys=("label", "type", "value"), shape=_("name | kind | text"), label=_("Own fields"), required=False
    )

    class Meta:
        model = Client
        fields = "__all__"
        widgets = {"notes": LineTextarea}


class NoteInline(AppendOnlyInline):
    """Remarks, newest first; added and never rewritten."""

    model = ClientNote
    fields = ("body", "author_label", "written")
    readonly_fields = ("author_label", "written")
    ordering = ("-created_at", "-pk")
    verbose_name = _("remark")
    verbose_name_plural = _("Remarks")
    per_page = 20

    @admin.display(description=zone_label(_("written")))
    def written(self, note: ClientNote) -> str:
        """Show when it was written down."""
        return when(note.created_at) if note.pk else "-"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give a note a box of its own height."""
        if db_field.name == "body":
            kwargs["widget"] = LineTextarea
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Client, site=studio_site)
class ClientAdmin(ServedAdmin):
    """Clients."""

    menu = MenuEntry(MenuGroup.PEOPLE, "groups", 10)
    form = ClientForm
    list_display = ("name", "artist_name", "kind", "email", "phone", "balance", "state")
    list_filter = ("kind", "is_active", "is_vip")
    search_fields = ("name", "artist_name", "email")
    ordering = ("name", "pk")
    inlines = (NoteInline,)
    readonly_fields = ("balance", "known_since")
    fieldsets = (
        (None, {"fields": ("name", ("kind", "artist_name"), ("email", "phone"), ("is_active", "is_vip"))}),
        (
            _("Person"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("prefix", "first_name", "middle_name"),
                    ("last_name", "suffix", "birthday"),
                    ("emails", "phones"),
                ),
            },
        ),
        (
            _("Address"),
            {"classes": ("collapse",), "fields": ("street", ("postal_code", "city"), ("region", "country"))},
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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Offer archived clients in the list, not in the boxes of forms."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = queryset.filter(is_active=True)
        return super().get_search_results(request, queryset, search_term)

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
        """Add the new notes, each under the name of who is signed in."""
        formset.save(commit=False)
        for note in formset.new_objects:
            clients.add_note(client=form.instance, body=note.body, actor=actor_of(request), now=timezone.now())
