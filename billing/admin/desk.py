"""The cash desk: what is sold, to whom, paid how; and the receipts it gave."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from billing.admin.money_forms import OnceForm, amount_field, client_field, method_field, reference_field
from billing.admin.printed import PaperPages
from billing.models import Payment, PaymentMethod, PaymentReceipt, Service, VatRate
from billing.selectors.desk import OnSale, Wanted, on_sale, price_at, rate_for, sum_of
from billing.services import cash_desk
from billing.services.cash_desk import Buyer, DeskSale
from billing.services.drafts import NewLine
from sessions_app.admin.served import actor_of
from sessions_app.models import Client
from studio.admin_sites import AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin
from studio.admin_tools.numbers import DecimalField
from studio.office.selectors.profile import current_profile
from studio.showing import day, money

SELL = "billing.add_paymentreceipt"
QUANTITY = "quantity-"  # and the key of a service
MOST = Decimal(9999)


class DeskForm(OnceForm):
    """Who buys what, and how it is paid.

    cleaned_data: `lines`, what is sold
    """

    client = client_field(required=False)
    name = forms.CharField(
        label=_("Or somebody new"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The name becomes a client."),
    )
    is_nameless = forms.BooleanField(
        label=_("Nobody in particular"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("E.g. for a bottle of water: all of them are one client."),
    )
    free_text = forms.CharField(
        label=_("Something else"), max_length=255, required=False, widget=UnfoldAdminTextInputWidget
    )
    free_price = amount_field(_("Its price"), required=False, help_text=_("With VAT."))
    free_rate = forms.ModelChoiceField(
        VatRate.objects.offered().order_by("-is_default", "-rate", "pk"),
        label=_("Its VAT"),
        required=False,
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )
    method = method_field(_("Paid by"), initial=PaymentMethod.CARD)
    reference = reference_field()
    given = amount_field(_("Cash given"), required=False, help_text=_("What is handed back stands below."))

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["free_rate"].initial = VatRate.objects.filter(is_default=True).first()
        self.offered: Sequence[OnSale] = on_sale(current_profile().currency)

    def fieldsets(self) -> Any:
        """Return who, what beside the catalogue, and how it is paid."""
        return [
            (None, {"fields": [("client", "name"), "is_nameless"]}),
            (_("Not in the catalogue"), {"fields": [("free_text", "free_price", "free_rate")]}),
            (_("Payment"), {"fields": [("method", "given"), "reference"]}),
        ]

    @property
    def groups(self) -> list[tuple[str, list[tuple[OnSale, str, str]]]]:
        """The catalogue by group, each service with the name of its box and what was typed there."""
        data = self.data or {}
        rows = [(each, name := f"{QUANTITY}{each.service.pk}", data.get(name, "")) for each in self.offered]
        return [(name, list(found)) for name, found in groupby(rows, key=lambda row: row[0].service.category)]

    def clean(self) -> dict[str, Any]:
        """Read what is sold."""
        cleaned = dict(super().clean() or {})
        client = cleaned.get("client")
        lines = [_line(each.service, quantity, client) for each in self.offered if (quantity := self._quantity(each))]
        if cleaned.get("free_text") and cleaned.get("free_price") and cleaned.get("free_rate"):
            rate = rate_for(client, cleaned["free_rate"])
            lines.append(NewLine(cleaned["free_text"], cleaned["free_price"], rate))
        elif cleaned.get("free_text") or cleaned.get("free_price"):
            self.add_error("free_text", _("Say what it is, and what it costs."))
        return cleaned | {"lines": lines}

    def _quantity(self, each: OnSale) -> Decimal | None:
        field = DecimalField(required=False, min_value=Decimal(0), max_value=MOST, max_digits=7, decimal_places=3)
        try:
            return field.clean(self.data.get(f"{QUANTITY}{each.service.pk}", ""))
        except ValidationError as refusal:
            self.add_error(None, f"{each.service}: {' '.join(refusal.messages)}")
            return None


class DeskPage(ActionPage):
    """Sells something that is paid on the spot."""

    name = "sell"
    label = _("Cash desk")
    icon = "point_of_sale"
    form_class = DeskForm
    template = "billing/admin/desk.html"
    sold: DeskSale | None = None

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the right."""
        return request.user.has_perm(SELL)

    def context(self, request: HttpRequest, obj: Any, form: Any) -> dict[str, Any]:
        """Say where the sum comes from, and what it is now."""
        names = [name for _group, rows in form.groups for _each, name, _typed in rows]
        asked = [*names, "client", "free_text", "free_price", "free_rate", "given", "method"]
        shown = _sum(form) if form.is_bound else {}
        return {"asked": asked, "currency": current_profile().currency, **shown}

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Sell it."""
        given = form.cleaned_data
        self.sold = cash_desk.sell_at_desk(
            buyer=Buyer(given["client"], given["name"], given["is_nameless"]),
            lines=given["lines"],
            method=given["method"],
            reference=given["reference"],
            form_key=given["form_key"],
            given=given["given"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        paid = self.sold.payment
        told = gettext("%(invoice)s is issued and paid, %(receipt)s is given.")
        sentences = [told % {"invoice": self.sold.invoice, "receipt": self.sold.receipt}]
        if back := cash_desk.change_of(due=paid.amount, method=paid.method, given=given["given"]):
            sentences.append(gettext("Hand back %(back)s.") % {"back": money(back, paid.currency)})
        return " ".join(sentences)

    def back(self, obj: Any) -> str:
        """Go to the receipt, or to the list of them."""
        if self.sold is None:
            return reverse("admin:billing_paymentreceipt_changelist")
        return super().back(self.sold.receipt)


def desk_view(request: HttpRequest) -> HttpResponse:
    """Show the desk, or sell something."""
    return DeskPage(studio_site.get_model_admin(PaymentReceipt)).answer(request, None)


def sum_view(request: HttpRequest) -> HttpResponse:
    """Answer what stands in the form comes to, as a fragment."""
    form = DeskForm(request.GET)
    form.is_valid()
    context = {"currency": current_profile().currency, **_sum(form)}
    return TemplateResponse(request, "billing/admin/_desk_sum.html", context)


def _sum(form: DeskForm) -> dict[str, Any]:
    cleaned = getattr(form, "cleaned_data", {})
    client, currency = cleaned.get("client"), current_profile().currency
    wanted = [Wanted(line.quantity, line.unit_price, line.vat_rate) for line in cleaned.get("lines", ())]
    totals = sum_of(wanted, client.currency if client else currency)
    change = cash_desk.change_of(
        due=totals.payable, method=cleaned.get("method", ""), given=cleaned.get("given") if totals.payable else None
    )
    owed = {"missing": -change} if change is not None and change < 0 else {"change": change}
    return {"totals": totals, "currency": client.currency if client else currency, **owed}


def _line(service: Service, quantity: Decimal, client: Client | None) -> NewLine:
    rate = rate_for(client, service.vat_rate)
    price = price_at(service, rate, current_profile().currency)
    return NewLine(service.name, price, rate, quantity=quantity, unit=service.unit, service=service)


@admin.register(PaymentReceipt, site=studio_site)
class PaymentReceiptAdmin(ReadOnlyAdmin, PaperPages):
    """Receipts: each as it was handed out, ready to be printed."""

    menu = MenuEntry(MenuGroup.MONEY, "receipt", 50)
    list_display = ("receipt_number", "dated", "client", "amount_shown", "method_shown")
    list_select_related = ("payment__client",)
    send_right = SELL
    list_filter = ("issued_on",)
    search_fields = ("receipt_number", "payment__client__name")
    ordering = ("-issued_on", "-pk")
    change_form_outer_before_template = "billing/admin/receipt.html"
    fields = ("payment_shown", "dated", "actor_label")

    def get_readonly_fields(self, request: HttpRequest, obj: PaymentReceipt | None = None) -> Sequence[str]:
        """Return everything: a receipt stays as it was given."""
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right to sell at the desk."""
        return request.user.has_perm(SELL)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sell something: that is what gives a receipt."""
        return DeskPage(self).answer(request, None)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the receipts with what they are for; what was printed stays behind."""
        return super().get_queryset(request).select_related("payment__client", "paper").defer("snapshot")

    @admin.display(description=_("date"), ordering="issued_on")
    def dated(self, receipt: PaymentReceipt) -> str:
        """Show the day."""
        return day(receipt.issued_on)

    @admin.display(description=_("client"))
    def client(self, receipt: PaymentReceipt) -> str:
        """Show who paid."""
        return str(receipt.payment.client)

    @admin.display(description=_("amount"))
    def amount_shown(self, receipt: PaymentReceipt) -> str:
        """Show how much."""
        return money(receipt.payment.amount, receipt.payment.currency)

    @admin.display(description=_("paid by"))
    def method_shown(self, receipt: PaymentReceipt) -> str:
        """Show by what."""
        return receipt.payment.get_method_display()

    @admin.display(description=_("payment"))
    def payment_shown(self, receipt: PaymentReceipt) -> str | SafeString:
        """Show the payment, with the link."""
        paid: Payment = receipt.payment
        link = reverse("admin:billing_payment_change", args=[paid.pk])
        text = ", ".join(part for part in (money(paid.amount, paid.currency), paid.reference) if part)
        return format_html('<a class="panel-link" href="{}">{}</a>', link, text)


studio_site.register_page(
    AdminPage(
        "cash-desk/",
        "cash-desk",
        desk_view,
        SELL,
        MenuEntry(MenuGroup.MONEY, "point_of_sale", 10, title=_("Cash desk")),
    )
)
studio_site.register_page(AdminPage("cash-desk/sum/", "cash-desk-sum", sum_view, SELL))
