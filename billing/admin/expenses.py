"""Expenses, with their receipts."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from billing.models import Expense, ExpenseStatus, PaymentMethod
from billing.services import expenses
from sessions_app.admin.served import ServedAdmin, actor_of
from sessions_app.admin.waiting_pages import WhyForm
from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, LineTextarea
from studio.admin_tools.model_admin import StudioModelForm
from studio.office import serving
from studio.showing import NOTHING, badge, day, money

TONES = {
    ExpenseStatus.PENDING: "warning",
    ExpenseStatus.PAID: "success",
    ExpenseStatus.CANCELLED: "muted",
}
FACTS = (
    ("description", "category"),
    ("vendor", "reference"),
    ("spent_on", "amount", "tax_amount", "currency"),
    ("project", "equipment"),
    ("receipt_file", "is_recurring"),
    "notes",
)


class ExpenseForm(StudioModelForm):
    """What was spent, and its receipt."""

    receipt_file = forms.FileField(
        label=_("Receipt"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "application/pdf,image/*"}),
        help_text=_("A PDF or a picture."),
    )

    class Meta:
        model = Expense
        fields = "__all__"
        widgets = {"notes": LineTextarea}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "spent_on" in self.fields and not self.instance.pk:
            self.fields["spent_on"].initial = timezone.localdate()


class PayForm(ActionForm):
    """When and by what."""

    paid_on = forms.DateField(label=_("Paid on"), widget=UnfoldAdminDateWidget)
    method = forms.ChoiceField(label=_("Paid by"), choices=PaymentMethod, widget=UnfoldAdminSelectWidget)


class PayPage(ActionPage):
    """Says that an expense is paid."""

    name = "pay"
    label = _("Paid")
    submit = _("Mark as paid")
    icon = "payments"
    form_class = PayForm

    def is_offered(self, obj: Expense) -> bool:
        """Offer it for what is to be paid."""
        return obj.status == ExpenseStatus.PENDING

    def initial(self, request: HttpRequest, obj: Expense) -> dict[str, Any]:
        """Propose a transfer of today."""
        return {"paid_on": timezone.localdate(), "method": PaymentMethod.TRANSFER}

    def act(self, request: HttpRequest, obj: Expense, form: ActionForm) -> str:
        """Say so."""
        paid = expenses.pay_expense(
            expense=obj,
            paid_on=form.cleaned_data["paid_on"],
            method=PaymentMethod(form.cleaned_data["method"]),
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("%(expense)s is paid.") % {"expense": paid}


class CancelPage(ActionPage):
    """Says that an expense was none."""

    name = "cancel"
    label = _("Cancel")
    submit = _("Cancel the expense")
    icon = "block"
    is_dangerous = True
    form_class = WhyForm
    question = _("The expense counts nowhere any more; it stays on record.")

    def is_offered(self, obj: Expense) -> bool:
        """Offer it for what is to be paid."""
        return obj.status == ExpenseStatus.PENDING

    def act(self, request: HttpRequest, obj: Expense, form: ActionForm) -> str:
        """Say so."""
        given = {"reason": form.cleaned_data["reason"], "actor": actor_of(request), "now": timezone.now()}
        return gettext("%(expense)s is cancelled.") % {"expense": expenses.cancel_expense(expense=obj, **given)}


class ReopenPage(ActionPage):
    """Says that an expense is to be paid after all."""

    name = "reopen"
    label = _("To be paid after all")
    icon = "undo"
    form_class = WhyForm

    def is_offered(self, obj: Expense) -> bool:
        """Offer it for what is paid or cancelled."""
        return obj.status != ExpenseStatus.PENDING

    def act(self, request: HttpRequest, obj: Expense, form: ActionForm) -> str:
        """Say so."""
        given = {"reason": form.cleaned_data["reason"], "actor": actor_of(request), "now": timezone.now()}
        return gettext("%(expense)s is to be paid.") % {"expense": expenses.reopen_expense(expense=obj, **given)}


@admin.register(Expense, site=studio_site)
class ExpenseAdmin(ServedAdmin):
    """What the studio spends; each stays on record."""

    menu = MenuEntry(MenuGroup.MONEY, "shopping_cart", 50)
    form = ExpenseForm
    list_display = ("description", "vendor", "dated", "category", "sum_shown", "state", "kept")
    list_select_related = ("receipt",)
    list_filter = ("status", "category", "spent_on")
    search_fields = ("description", "vendor", "reference")
    ordering = ("-spent_on", "-pk")
    autocomplete_fields = ("project", "equipment")
    action_pages = (PayPage, CancelPage, ReopenPage)
    linked_lookups = ("project__id__exact",)

    class Media:
        css = {"all": ("admin_theme/money_lists.css",)}

    @admin.display(description=_("date"), ordering="spent_on")
    def dated(self, expense: Expense) -> str:
        """Show the day."""
        return day(expense.spent_on)

    @admin.display(description=_("amount"), ordering="amount")
    def sum_shown(self, expense: Expense) -> str:
        """Show how much, VAT included."""
        return money(expense.amount, expense.currency)

    @admin.display(description=_("status"), ordering="status")
    def state(self, expense: Expense) -> str:
        """Show whether it is paid."""
        status = ExpenseStatus(expense.status)
        return badge(status.label, TONES[status])

    @admin.display(description=_("receipt"))
    def kept(self, expense: Expense) -> str:
        """Link to the receipt."""
        if expense.receipt is None:
            return NOTHING
        address = reverse("admin:billing_expense_receipt", args=[expense.pk])
        return format_html('<a href="{}">{}</a>', address, expense.receipt.name)

    def get_fieldsets(self, request: HttpRequest, obj: Expense | None = None) -> Any:
        """Ask for the facts; show of one that is there whether it is paid, and its receipt."""
        if obj is None:
            return ((None, {"fields": FACTS}),)
        return ((None, {"fields": FACTS}), (_("State"), {"fields": (("state", "paid_on", "payment_method", "kept"),)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Expense | None = None) -> Any:
        """Keep what the acts say."""
        return ("state", "paid_on", "payment_method", "kept") if obj is not None else ()

    def get_urls(self) -> list[Any]:
        """Add the receipt's bytes."""
        view = self.admin_site.file_view(self.receipt_view)
        return [path("<path:object_id>/receipt/", view, name="billing_expense_receipt"), *super().get_urls()]

    def receipt_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer the receipt of an expense that the person may see."""
        expense = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if expense is None or expense.receipt is None:
            raise Http404
        return serving.file_response(request, expense.receipt, as_download=False)

    def has_delete_permission(self, request: HttpRequest, obj: Expense | None = None) -> bool:
        """Refuse: it is cancelled, and stays on record."""
        return False

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Expense:
        """Write an expense down."""
        return expenses.add_expense(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Expense, given: dict[str, Any], now: datetime) -> None:
        """Change an expense."""
        expenses.change_expense(expense=obj, actor=actor_of(request), now=now, **given)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the receipt, too."""
        super().save_model(request, obj, form, change)
        if upload := form.cleaned_data.get("receipt_file"):
            expenses.attach_receipt(expense=obj, upload=upload, actor=actor_of(request), now=timezone.now())
