"""What stands below a quote's facts: its lines, and what was sent of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from billing.admin.line_form import shortest
from billing.models import Quote, QuoteItem, QuoteStatus, QuoteVersion, Service, VatRate, VersionOutcome
from billing.selectors import terms
from billing.services import quotes
from billing.services.quotes import QuoteLine
from sessions_app.models import SessionStatus, StudioSession
from studio.accounts.requests import actor_of
from studio.admin_tools import LineTextarea, ReadOnlyAdmin, StudioTabularInline
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import NOTHING, badge, money, when, zone_label

LAST = Decimal("Infinity")
GROUP = 16
OUTCOME_TONES = {
    VersionOutcome.OPEN: "info",
    VersionOutcome.ACCEPTED: "success",
    VersionOutcome.REJECTED: "danger",
    VersionOutcome.EXPIRED: "warning",
    VersionOutcome.REPLACED: "muted",
}


def in_groups(fingerprint: str) -> str:
    """Return a fingerprint in groups that can stand on lines of their own."""
    return " ".join(fingerprint[at : at + GROUP] for at in range(0, len(fingerprint), GROUP)) or NOTHING


class LineForm(StudioModelForm):
    """A line; what is left empty beside a service is as the catalogue has it."""

    own_rate: ClassVar[VatRate | None] = None  # of the client, where they have one

    place = forms.IntegerField(
        label=_("no."), required=False, min_value=0, max_value=99_999, widget=UnfoldAdminIntegerFieldWidget
    )

    class Meta:
        model = QuoteItem
        fields = (
            *("service", "description", "quantity", "unit", "unit_price", "discount", "vat_rate"),
            "session",
        )
        widgets = {"description": LineTextarea}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            item = cast("QuoteItem", self.instance)
            self.fields["place"].initial = item.position
            self.initial["quantity"] = shortest(item.quantity)
        for name in {"description", "unit_price", "vat_rate", "discount"} & set(self.fields):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Fill in from the catalogue what was left empty."""
        cleaned = super().clean() or self.cleaned_data
        service: Service | None = cleaned.get("service")
        if cleaned.get("vat_rate") is None and "vat_rate" not in self.errors:
            cleaned["vat_rate"] = self._usual_rate(service)
        if service is not None:
            given = {"description": service.name, "unit_price": service.unit_price}
            cleaned.update({name: value for name, value in given.items() if cleaned.get(name) in {None, ""}})
            if "unit" not in self.changed_data and not self.instance.pk:
                cleaned["unit"] = service.unit
            if "quantity" not in self.changed_data and not self.instance.pk:
                cleaned["quantity"] = service.default_quantity
        if cleaned.get("discount") is None:
            cleaned["discount"] = Decimal(0)
        for name in ("description", "unit_price", "vat_rate"):
            if cleaned.get(name) in {None, ""} and name not in self.errors:
                self.add_error(name, ValidationError(gettext("Fill this in, or choose a service."), "required"))
        return cleaned

    def _usual_rate(self, service: Service | None) -> VatRate | None:
        """Return the client's own rate where they have one, else that of the service, else the studio's."""
        return self.own_rate or (service.vat_rate if service else VatRate.objects.filter(is_default=True).first())

    def _post_clean(self) -> None:
        """Leave the row to the service, which computes what it comes to and has the last word."""

    def to_line(self) -> QuoteLine:
        """Return the line that the form says."""
        said = self.cleaned_data
        return QuoteLine(
            description=said["description"],
            unit_price=said["unit_price"],
            vat_rate=said["vat_rate"],
            quantity=said["quantity"],
            unit=said["unit"],
            discount=said["discount"],
            service=said["service"],
            session=said["session"],
        )


class LineInline(StudioTabularInline):
    """The lines of a draft, written all at once."""

    model = QuoteItem
    form = LineForm
    extra = 0
    show_change_link = False
    show_title = False
    fields = ("place", "service", "description", "quantity", "unit", "unit_price", "discount", "vat_rate", "session")
    readonly_fields = ("quantity_shown", "amount_shown")
    ordering = ("position",)
    verbose_name = _("line")
    verbose_name_plural = _("Lines")
    autocomplete_fields = ("service",)

    class Media:
        css = {"all": ("admin_theme/written_lines.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuoteItem]:
        """Return the lines with what they name."""
        return super().get_queryset(request).select_related("service", "vat_rate", "session", "quote")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the rates of new lines, and the slots that are on hold for the client."""
        if db_field.name == "vat_rate":
            kwargs["queryset"] = VatRate.objects.offered().order_by("-is_default", "-rate", "pk")
            kwargs["empty_label"] = gettext("as usual")
        if db_field.name == "session":
            kwargs["queryset"] = self._held(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the buttons beside what is chosen: a line has no room for them."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the numbers where nobody can change them: the lines stand in their order, each with its sum."""
        if self.has_change_permission(request, obj):
            return self.fields
        shown = {"quantity": "quantity_shown"}
        return (*(shown.get(name, name) for name in self.fields[1:]), "amount_shown")

    @admin.display(description=_("quantity"))
    def quantity_shown(self, item: QuoteItem) -> Decimal:
        """Show eight as 8."""
        return shortest(item.quantity)

    @admin.display(description=_("amount"))
    def amount_shown(self, item: QuoteItem) -> str:
        """Show what the line comes to."""
        return money(item.amount, item.quote.currency)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset's class; its lines know the rate that the client has."""
        made = super().get_formset(request, obj, **kwargs)
        made.form.own_rate = terms.details_of(obj.client).vat_rate if obj is not None else None
        return made

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the quote writes its lines."""
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the quote writes its lines, while it is a draft."""
        is_open = obj is None or obj.status == QuoteStatus.DRAFT
        return is_open and request.user.has_perm("billing.change_quote")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the quote writes its lines."""
        return self.has_change_permission(request, obj)

    def write(self, request: HttpRequest, quote: Quote, formset: Any, now: datetime) -> None:
        """Hand all lines to the service, in the order of their numbers."""
        if not formset.has_changed():
            return
        gone = set(formset.deleted_forms)
        said = [form for form in formset.forms if form not in gone and (form.instance.pk or form.has_changed())]
        said.sort(key=lambda form: LAST if (place := form.cleaned_data.get("place")) is None else place)
        lines = [form.to_line() for form in said]
        seen = {form.instance.pk for form in formset.initial_forms}
        quotes.write_lines(quote=quote, lines=lines, seen=seen, actor=actor_of(request), now=now)

    @staticmethod
    def _held(request: HttpRequest) -> QuerySet[StudioSession]:
        match = request.resolver_match
        key = match.kwargs.get("object_id", "") if match else ""
        held = StudioSession.objects.filter(status=SessionStatus.HOLD).order_by("starts_at", "pk")
        return held.filter(client__in=Quote.objects.filter(pk=key).values("client")) if key.isdigit() else held.none()


class VersionInline(ReadOnlyAdmin, StudioTabularInline):
    """What was sent, newest first, and what the client said to it."""

    model = QuoteVersion
    fields = ("named", "sent", "sum_shown", "state", "answer", "fingerprint")
    readonly_fields = fields
    ordering = ("-number",)
    verbose_name_plural = _("Versions")
    show_change_link = False
    show_title = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuoteVersion]:
        """Return the versions without what was printed."""
        return super().get_queryset(request).defer("snapshot")

    @admin.display(description=_("version"))
    def named(self, version: QuoteVersion) -> SafeString:
        """Show which, with the link to its file and to where it was sent."""
        link = reverse("admin:billing_quoteversion_change", args=[version.pk])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, version.number)

    @admin.display(description=zone_label(_("sent")))
    def sent(self, version: QuoteVersion) -> str:
        """Show when, and by whom."""
        return ", ".join(filter(None, [when(version.sent_at), version.sent_by_label]))

    @admin.display(description=_("total"))
    def sum_shown(self, version: QuoteVersion) -> str:
        """Show what it came to."""
        return money(version.total, version.currency)

    @admin.display(description=_("fingerprint"))
    def fingerprint(self, version: QuoteVersion) -> str:
        """Show what was sent."""
        return in_groups(version.content_hash)

    @admin.display(description=_("answer"))
    def state(self, version: QuoteVersion) -> str:
        """Show what became of it."""
        outcome = VersionOutcome(version.outcome)
        return badge(outcome.label, OUTCOME_TONES[outcome])

    @admin.display(description=_("by"))
    def answer(self, version: QuoteVersion) -> str:
        """Show who answered, when, from where, and who took it down."""
        if not version.signer_name or version.ended_at is None:
            return NOTHING
        how = version.recorded_by_label or version.signer_address or ""
        told = ", ".join(filter(None, [version.signer_name, when(version.ended_at), how]))
        return f"{told}: {version.remark}" if version.remark else told
