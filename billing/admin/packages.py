"""Prepaid packages, and what became of their hours."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.models import Package, PackageEntry, PackageEntryKind, VatRate
from billing.services import packages
from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, LineTextarea, ReadOnlyAdmin, StudioTabularInline
from studio.admin_tools.model_admin import StudioModelForm
from studio.admin_tools.numbers import DecimalField
from studio.showing import NOTHING, badge, day, money, when, zone_label

MOST_HOURS = Decimal("99999.99")
ENTRY_TONES = {
    PackageEntryKind.BOUGHT: "success",
    PackageEntryKind.USED: "info",
    PackageEntryKind.RETURNED: "neutral",
    PackageEntryKind.EXPIRED: "warning",
    PackageEntryKind.ADJUSTED: "muted",
}


def hours_field(**given: Any) -> DecimalField:
    """Return a box for hours."""
    return DecimalField(
        label=_("Hours"),
        max_value=MOST_HOURS,
        decimal_places=2,
        max_digits=10,
        **given,
    )


class PackageForm(StudioModelForm):
    """The facts of a package, and how many hours a new one has."""

    hours = hours_field(min_value=Decimal("0.01"))

    class Meta:
        model = Package
        fields = "__all__"
        widgets = {"notes": LineTextarea}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields.pop("hours", None)
        elif "bought_on" in self.fields:
            self.fields["bought_on"].initial = timezone.localdate()
        if "vat_rate" in self.fields:
            rates = VatRate.objects.offered().order_by("-is_default", "-rate", "pk")
            cast("forms.ModelChoiceField[VatRate]", self.fields["vat_rate"]).queryset = rates


class AdjustForm(ActionForm):
    """How many hours, and why."""

    hours = hours_field(min_value=-MOST_HOURS, help_text=_("Below 0 takes some away."))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class AdjustPage(ActionPage):
    """Adds hours, or takes some away, for a reason."""

    name = "adjust"
    label = _("Adjust the hours")
    icon = "exposure"
    permission = "adjust"
    form_class = AdjustForm

    def act(self, request: HttpRequest, obj: Package, form: ActionForm) -> str:
        """Adjust them."""
        given = form.cleaned_data
        entry = packages.adjust_hours(
            package=obj,
            hours=given["hours"],
            reason=given["reason"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("Now %(hours)s hours are left.") % {"hours": entry.package.hours_left}


class SellPage(ActionPage):
    """Writes the invoice of a package."""

    name = "sell"
    label = _("Write the invoice")
    icon = "receipt_long"
    question = _("The draft of an invoice of this package, at its price.")
    made = ""

    def is_offered(self, obj: Package) -> bool:
        """Offer it once."""
        return obj.sale_id is None and bool(obj.price)

    def act(self, request: HttpRequest, obj: Package, form: ActionForm) -> str:
        """Write it."""
        draft = packages.sell_package(package=obj, actor=actor_of(request), now=timezone.now())
        self.made = reverse("admin:billing_invoice_change", args=[draft.pk])
        return gettext("The draft of the invoice is there: %(total)s.") % {"total": money(draft.total, draft.currency)}

    def back(self, obj: Package) -> str:
        """Go to the draft, or back to the package."""
        return self.made or super().back(obj)


class EntryInline(ReadOnlyAdmin, StudioTabularInline):
    """The moves of hours, newest first."""

    model = PackageEntry
    fields = ("moved", "what", "hours", "invoice", "why")
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = _("Moves of hours")
    show_change_link = False
    show_title = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PackageEntry]:
        """Return the moves with their documents."""
        return super().get_queryset(request).select_related("invoice")

    @admin.display(description=zone_label(_("when")))
    def moved(self, entry: PackageEntry) -> str:
        """Show when, and by whom."""
        return ", ".join(filter(None, [when(entry.at), entry.actor_label]))

    @admin.display(description=_("kind"))
    def what(self, entry: PackageEntry) -> str:
        """Show what was done."""
        kind = PackageEntryKind(entry.kind)
        return badge(kind.label, ENTRY_TONES[kind])

    @admin.display(description=_("reason"))
    def why(self, entry: PackageEntry) -> str:
        """Show why, where somebody said so."""
        return entry.reason or NOTHING


class Usable(SimpleListFilter):
    """Whether hours can be used."""

    title = _("hours")
    parameter_name = "usable"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Offer those with hours, and those without."""
        return [("yes", _("to be used")), ("no", _("used up or expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is asked for."""
        usable = Package.objects.usable(timezone.localdate()).values("pk")
        if self.value() == "yes":
            return queryset.filter(pk__in=usable)
        return queryset.exclude(pk__in=usable) if self.value() == "no" else queryset


@admin.register(Package, site=studio_site)
class PackageAdmin(ServedAdmin):
    """Hours that clients have bought ahead."""

    menu = MenuEntry(MenuGroup.MONEY, "hourglass_bottom", 45)
    form = PackageForm
    list_display = ("name", "client", "left", "bought", "until", "sale")
    list_select_related = ("client", "sale")
    list_filter = (Usable, "bought_on")
    search_fields = ("name", "client__name")
    ordering = ("-pk",)
    autocomplete_fields = ("client", "service")
    action_pages = (SellPage, AdjustPage)
    linked_lookups = ("client__id__exact",)

    @admin.display(description=_("hours left"), ordering="hours_left")
    def left(self, package: Package) -> str:
        """Show what is left, and whether it can be used."""
        is_over = package.expires_on is not None and package.expires_on < timezone.localdate()
        tone = "muted" if is_over or not package.hours_left else "success"
        return badge(gettext("%(hours)s h") % {"hours": package.hours_left}, tone)

    @admin.display(description=_("bought on"), ordering="bought_on")
    def bought(self, package: Package) -> str:
        """Show the day of its sale."""
        return day(package.bought_on)

    @admin.display(description=_("last day"), ordering="expires_on")
    def until(self, package: Package) -> str:
        """Show the last day on which hours can be used."""
        return day(package.expires_on) if package.expires_on else NOTHING

    def get_fieldsets(self, request: HttpRequest, obj: Package | None = None) -> Any:
        """Ask how many hours of a new one, and show what is left of one that is there."""
        counted = ("hours", "price", "vat_rate") if obj is None else ("hours_left", "price", "vat_rate")
        facts = (("name", "client"), ("service", "bought_on", "expires_on"), counted, "notes")
        return ((None, {"fields": facts if obj is None else (*facts, "sale")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Package | None = None) -> Any:
        """Keep whose it is, and its hours."""
        return ("client", "hours_left", "sale") if obj is not None else ()

    def get_inlines(self, request: HttpRequest, obj: Package | None) -> Any:
        """Show what became of the hours."""
        return (EntryInline,) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Package | None = None) -> bool:
        """Refuse: what was bought stays on record."""
        return False

    def has_adjust_permission(self, request: HttpRequest, obj: Package | None = None) -> bool:
        """Return whether the person adjusts hours."""
        return request.user.has_perm("billing.adjust_packageentry")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Hand the hours of a new one over, too."""
        self_hours = form.cleaned_data.get("hours")
        if change:
            super().save_model(request, obj, form, change)
            return
        names = {field.name for field in self.opts.concrete_fields} & set(form.cleaned_data)
        given: Any = {name: form.cleaned_data[name] for name in names}
        made = packages.add_package(hours=self_hours, actor=actor_of(request), now=timezone.now(), **given)
        obj.__dict__.update(made.__dict__)

    def change(self, request: HttpRequest, obj: Package, given: dict[str, Any], now: datetime) -> None:
        """Change a package."""
        packages.change_package(package=obj, actor=actor_of(request), now=now, **given)
