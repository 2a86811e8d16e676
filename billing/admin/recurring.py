"""Recurring invoices, and the periods that are invoiced."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing.admin.line_form import shortest
from billing.models import Interval, RecurringInvoice, RecurringLine, RecurringPeriod, VatRate
from billing.services import recurring_invoices
from billing.services.written_lines import Line
from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, LineTextarea, ReadOnlyAdmin, StudioTabularInline
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import NOTHING, badge, day, days, money


class RecurringForm(StudioModelForm):
    """The facts of an arrangement."""

    class Meta:
        model = RecurringInvoice
        fields = "__all__"
        widgets = {"notes": LineTextarea}


class RecurringLineForm(StudioModelForm):
    """A line that comes again and again."""

    class Meta:
        model = RecurringLine
        fields = ("description", "quantity", "unit", "unit_price", "vat_rate")
        widgets = {"description": LineTextarea}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["quantity"] = shortest(cast("RecurringLine", self.instance).quantity)
        if "vat_rate" in self.fields:
            rates = VatRate.objects.offered().order_by("-is_default", "-rate", "pk")
            cast("forms.ModelChoiceField[VatRate]", self.fields["vat_rate"]).queryset = rates
            self.fields["vat_rate"].initial = rates.filter(is_default=True).first()

    def _post_clean(self) -> None:
        """Leave the row to the service."""

    def to_line(self) -> Line:
        """Return the line that the form says."""
        said = self.cleaned_data
        return Line(
            description=said["description"],
            unit_price=said["unit_price"],
            vat_rate=said["vat_rate"],
            quantity=said.get("quantity") or Decimal(1),
            unit=said["unit"],
            service=cast("RecurringLine", self.instance).service if self.instance.pk else None,
        )


class RecurringLineInline(StudioTabularInline):
    """The lines of the invoices to come, written all at once."""

    model = RecurringLine
    form = RecurringLineForm
    fields = ("description", "quantity", "unit", "unit_price", "vat_rate")
    ordering = ("position",)
    verbose_name = _("line")
    verbose_name_plural = _("Lines")
    show_change_link = False
    show_title = False

    class Media:
        css = {"all": ("admin_theme/written_lines.css",)}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the arrangement writes its lines."""
        return request.user.has_perm("billing.change_recurringinvoice")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the arrangement writes its lines."""
        return request.user.has_perm("billing.change_recurringinvoice")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change the arrangement writes its lines."""
        return request.user.has_perm("billing.change_recurringinvoice")


class PeriodInline(ReadOnlyAdmin, StudioTabularInline):
    """What is invoiced, newest first."""

    model = RecurringPeriod
    fields = ("lasts", "invoice", "sum_shown", "state")
    readonly_fields = fields
    ordering = ("-begins_on",)
    verbose_name_plural = _("Invoiced periods")
    show_change_link = False
    show_title = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecurringPeriod]:
        """Return the periods with their invoices."""
        return super().get_queryset(request).select_related("invoice")

    @admin.display(description=_("period"))
    def lasts(self, period: RecurringPeriod) -> str:
        """Show from when to when."""
        return days(period.begins_on, period.last_on)

    @admin.display(description=_("total"))
    def sum_shown(self, period: RecurringPeriod) -> str:
        """Show what it came to."""
        return money(period.invoice.total, period.invoice.currency) if period.invoice else NOTHING

    @admin.display(description=_("status"))
    def state(self, period: RecurringPeriod) -> str:
        """Show how far its invoice is, or that it was let off."""
        return period.invoice.get_status_display() if period.invoice else gettext("let off")


class InvoicePage(ActionPage):
    """Invoices the next period now."""

    name = "invoice"
    label = _("Invoice the next period")
    icon = "receipt_long"
    made = ""

    def is_offered(self, obj: RecurringInvoice) -> bool:
        """Offer it once that period has begun."""
        return RecurringInvoice.objects.due(timezone.localdate()).filter(pk=obj.pk).exists()

    def context(self, request: HttpRequest, obj: RecurringInvoice, form: ActionForm) -> dict[str, Any]:
        """Say which period it is, what it comes to, and how many wait behind it."""
        due = recurring_invoices.periods_due(obj, timezone.localdate())
        if not due:
            return {}
        sum_ = money(recurring_invoices.totals_of_period(obj).payable, obj.client.currency)
        told = [gettext("%(period)s would be invoiced, over %(sum)s.") % {"period": _lasts(due[0]), "sum": sum_}]
        if behind := due[1:]:
            more = ngettext(
                "%(count)d further period has begun and waits: %(last)s.",
                "%(count)d further periods have begun and wait, up to %(last)s.",
                len(behind),
            )
            told.append(more % {"count": len(behind), "last": _lasts(behind[-1])})
        if obj.issues_itself:
            told.append(gettext("It would be issued at once."))
        return {"question": " ".join(told)}

    def act(self, request: HttpRequest, obj: RecurringInvoice, form: ActionForm) -> str:
        """Invoice it."""
        now = timezone.now()
        period = recurring_invoices.invoice_next_period(recurring=obj, actor=actor_of(request), now=now)
        if period.invoice is not None:
            self.made = reverse("admin:billing_invoice_change", args=[period.invoice.pk])
        return gettext("%(period)s is invoiced.") % {"period": days(period.begins_on, period.last_on)}

    def back(self, obj: RecurringInvoice) -> str:
        """Go to the invoice, or back to the arrangement."""
        return self.made or super().back(obj)


def _lasts(period: RecurringPeriod) -> str:
    return days(period.begins_on, period.last_on)


@admin.register(RecurringInvoice, site=studio_site)
class RecurringInvoiceAdmin(ServedAdmin):
    """What is invoiced again and again."""

    menu = MenuEntry(MenuGroup.MONEY, "event_repeat", 40)
    form = RecurringForm
    list_display = ("title", "client", "interval", "next_shown", "contract", "state")
    list_select_related = ("client", "contract")
    list_filter = ("is_active", "interval")
    search_fields = ("title", "client__name")
    ordering = ("next_on", "pk")
    autocomplete_fields = ("client", "contract")
    action_pages = (InvoicePage,)
    linked_lookups = ("client__id__exact",)
    fields = (
        ("title", "client"),
        ("interval", "starts_on", "ends_on"),
        "contract",
        ("issues_itself", "is_active"),
        "notes",
    )
    inlines = (RecurringLineInline, PeriodInline)

    @admin.display(description=_("next period from"), ordering="next_on")
    def next_shown(self, recurring: RecurringInvoice) -> str:
        """Show when the next period begins."""
        return day(recurring.next_on) if self._goes_on(recurring) else NOTHING

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, recurring: RecurringInvoice) -> str:
        """Show whether it goes on."""
        return badge(_("active"), "success") if self._goes_on(recurring) else badge(_("over"), "muted")

    def get_readonly_fields(self, request: HttpRequest, obj: RecurringInvoice | None = None) -> Any:
        """Keep whom it is for and when its periods begin."""
        return ("client", "interval", "starts_on") if obj is not None else ()

    def get_inlines(self, request: HttpRequest, obj: RecurringInvoice | None) -> Any:
        """Show the periods of one that is there."""
        return self.inlines if obj is not None else (RecurringLineInline,)

    def has_delete_permission(self, request: HttpRequest, obj: RecurringInvoice | None = None) -> bool:
        """Refuse: it is switched off, and stays on record."""
        return False

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> RecurringInvoice:
        """Arrange it."""
        given["interval"] = Interval(given["interval"])
        return recurring_invoices.arrange(lines=(), actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: RecurringInvoice, given: dict[str, Any], now: datetime) -> None:
        """Change it."""
        recurring_invoices.change_arrangement(recurring=obj, actor=actor_of(request), now=now, **given)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Hand the lines to their service, all at once."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if formset.model is not RecurringLine or not formset.has_changed():
            return
        gone = set(formset.deleted_forms)
        said = [each for each in formset.forms if each not in gone and (each.instance.pk or each.has_changed())]
        lines = [each.to_line() for each in said]
        recurring_invoices.write_lines(
            recurring=form.instance, lines=lines, actor=actor_of(request), now=timezone.now()
        )

    @staticmethod
    def _goes_on(recurring: RecurringInvoice) -> bool:
        return recurring.is_active and (recurring.ends_on is None or recurring.next_on <= recurring.ends_on)
