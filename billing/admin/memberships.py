"""Plans as they are sold: each with its invoice, and with what is paid of it at once."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from billing.admin.money_forms import OnceForm, amount_field, method_field, reference_field
from billing.admin.receiving import RECEIVE
from billing.models import Invoice, InvoiceSource, InvoiceStatus, PaymentMethod
from billing.selectors.instalments import Due, schedules
from billing.services import memberships
from billing.services.memberships import Checkout, Sold
from sessions_app.admin.served import actor_of
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm, ActionPage
from studio.not_sent import NOT_SENT
from studio.office.selectors.profile import current_profile
from studio.showing import NOTHING, badge, day, money
from training.admin.subscription_forms import GrantForm, PlanChoice
from training.admin.subscription_pages import CancelPage, GrantPage, RenewPage, UpgradePage, said_of, said_of_upgrade
from training.admin.subscriptions import SubscriptionAdmin
from training.models import Subscription, SubscriptionStatus

ISSUE, CREDIT = "billing.issue_invoice", "billing.credit_invoice"
ISSUED, DRAFT = "issued", "draft"
OF_MONEY = ("document", "paid", "method", "reference")


class CheckoutForm(OnceForm):
    """Whether the invoice is issued now, and what is paid of it."""

    document = forms.ChoiceField(
        label=_("Invoice"),
        choices=[(ISSUED, _("issued now")), (DRAFT, _("a draft, to be looked at"))],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    paid = amount_field(_("Paid now"), required=False, help_text=_("All of it or a part; empty: nothing yet."))
    method = method_field(_("Paid by"), required=False, initial=PaymentMethod.CARD)
    reference = reference_field()
    form_key = forms.UUIDField(
        widget=forms.HiddenInput, required=False, initial=OnceForm.base_fields["form_key"].initial
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile = current_profile()
        is_complete = bool(profile.street and profile.city and profile.postal_code)
        self.fields["document"].initial = ISSUED if is_complete else DRAFT

    def checkout(self) -> Checkout:
        """Return how it is paid for."""
        given = self.cleaned_data
        return Checkout(
            is_issued=given.get("document") == ISSUED,
            paid=given.get("paid") or Decimal(0),
            method=given.get("method") or PaymentMethod.CARD,
            reference=given.get("reference", ""),
            form_key=given.get("form_key"),
        )

    def fieldsets(self) -> Any:
        """Return what the act asks for, then the money."""
        others = [name for name in self.fields if name not in (*OF_MONEY, "form_key")]
        return [*([(None, {"fields": others})] if others else []), *self.money_fieldset()]

    def money_fieldset(self) -> Any:
        """Return the questions about money, for whoever may be asked."""
        if "document" not in self.fields:
            return []
        return [(_("Invoice and payment"), {"fields": [("document", "paid"), ("method", "reference")]})]


class SellForm(CheckoutForm, GrantForm):
    """Which plan a member gets from when, and how it is paid for."""

    def fieldsets(self) -> Any:
        """Return who gets what, then the money."""
        return [*GrantForm.fieldsets(self), *self.money_fieldset()]


class FollowForm(CheckoutForm, PlanChoice):
    """Which plan follows, and how it is paid for."""


class _Selling:
    """Mixed in before a page that makes a subscription: it is sold, not only given."""

    sold: Sold

    def form(self, request: HttpRequest, obj: Subscription | None) -> ActionForm:
        """Return the form; whoever may not issue or take money is not asked about it."""
        parent: Any = super()
        form: ActionForm = parent.form(request, obj)
        if not request.user.has_perms([ISSUE, RECEIVE]):
            for name in OF_MONEY:
                form.fields.pop(name)
        return form

    def told(self, sentence: str) -> str:
        """Return what is true now, the money with it."""
        invoice = self.sold.invoice
        if invoice is None:
            return sentence
        if self.sold.payment is None:
            told = gettext("%(invoice)s over %(sum)s is written.")
            named = {"invoice": capfirst(str(invoice)), "sum": money(invoice.payable_now, invoice.currency)}
        else:
            told = gettext("%(paid)s are paid of %(invoice)s.")
            named = {"invoice": str(invoice), "paid": money(self.sold.payment.amount, invoice.currency)}
        return f"{sentence} {told % named}"


class SellPage(_Selling, GrantPage):
    """Sells a member a plan."""

    form_class = SellForm

    def act(self, request: HttpRequest, obj: Subscription | None, form: Any) -> str:
        """Sell it."""
        given = form.cleaned_data
        self.sold = memberships.sell_plan(
            member=given["member"],
            plan=given["plan"],
            starts_on=given["starts_on"],
            signup_fee=NOT_SENT if given["signup_fee"] is None else given["signup_fee"],
            notes=given["notes"],
            checkout=form.checkout(),
            actor=actor_of(request),
            now=timezone.now(),
        )
        self.granted = self.sold.subscription
        return self.told(said_of(self.granted))


class SellRenewalPage(_Selling, RenewPage):
    """Follows a subscription up, and charges for it."""

    form_class = FollowForm

    def act(self, request: HttpRequest, obj: Subscription, form: Any) -> str:
        """Renew it."""
        self.sold = memberships.sell_renewal(
            subscription=obj,
            plan=form.cleaned_data["plan"],
            checkout=form.checkout(),
            actor=actor_of(request),
            now=timezone.now(),
        )
        self.followed_by = self.sold.subscription
        return self.told(said_of(self.followed_by))


class SellUpgradePage(_Selling, UpgradePage):
    """Replaces a subscription by another plan, and charges the difference."""

    form_class = FollowForm

    def act(self, request: HttpRequest, obj: Subscription, form: Any) -> str:
        """Upgrade it."""
        self.sold = memberships.sell_upgrade(
            subscription=obj,
            plan=form.cleaned_data["plan"],
            checkout=form.checkout(),
            actor=actor_of(request),
            now=timezone.now(),
        )
        self.followed_by = self.sold.subscription
        return self.told(said_of_upgrade(self.followed_by))


class CancelSoldPage(CancelPage):
    """Ends a subscription, and says what becomes of its money."""

    def context(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> dict[str, Any]:
        """Say what its documents ask, and that they go on doing so."""
        said = super().context(request, obj, form)
        told = gettext("%(document)s charges for it: %(paid)s are paid, %(left)s are still to be paid.")
        sums = [
            told
            % {
                "document": each,
                "paid": money(each.paid_total, each.currency),
                "left": money(each.remaining_balance, each.currency),
            }
            for each in charging_for(obj)
        ]
        rest = [gettext("That stays so: a credit note takes back what is not owed.")] if sums else []
        return {**said, "question": " ".join([said["question"], *sums, *rest])}

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Cancel it, and lead to the credit note of what is not owed."""
        told = super().act(request, obj, form)
        documents = [each for each in charging_for(obj) if each.status != InvoiceStatus.CREDITED]
        may = request.user.has_perm(CREDIT)
        door = "admin:billing_invoice_credit" if may else "admin:billing_invoice_change"
        label = gettext("Credit what is not owed of %(document)s") if may else gettext("Look at %(document)s")
        links = [(reverse(door, args=[each.pk]), label % {"document": each}) for each in documents]
        return format_html("{} {}", told, format_html_join(" ", '<a href="{}">{}</a>', links)) if links else told


class InvoicePlanPage(_Selling, ActionPage):
    """Writes the invoice of a plan that was given without one."""

    name = "invoice"
    label = _("Write the invoice")
    icon = "receipt_long"
    form_class = CheckoutForm
    question = _("The invoice charges for the plan at the price at which it was given.")

    def may(self, request: HttpRequest, obj: Subscription) -> bool:
        """Ask for the right to issue."""
        return request.user.has_perm(ISSUE)

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it where something is to be paid and no document says so."""
        return (
            obj.owed > 0
            and obj.status != SubscriptionStatus.CANCELLED
            and not obj.paid_amount
            and not InvoiceSource.objects.filter(subscription=obj, released_at__isnull=True).exists()
        )

    def act(self, request: HttpRequest, obj: Subscription, form: Any) -> str:
        """Write it."""
        self.sold = memberships.invoice_plan(
            subscription=obj, checkout=form.checkout(), actor=actor_of(request), now=timezone.now()
        )
        return self.told("").strip()


def _badge(due: Due, currency: str) -> SafeString:
    """Return how an instalment stands: what is left of it where a part is paid."""
    if not due.open:
        return badge(_("paid"), "success")
    told, tone = (_("overdue"), "danger") if due.is_late else (_("open"), "muted")
    left = f"{money(due.open, currency)} {told}" if due.open < due.amount else told
    return badge(left, tone)


def charging_for(subscription: Subscription) -> Sequence[Invoice]:
    """Return the issued documents that charge for a plan.

    queries: 1
    """
    charging = InvoiceSource.objects.filter(subscription=subscription, released_at__isnull=True)
    return list(Invoice.objects.claims().filter(pk__in=charging.values("item__invoice")).order_by("pk"))


INSTEAD: dict[type[ActionPage], type[ActionPage]] = {
    RenewPage: SellRenewalPage,
    UpgradePage: SellUpgradePage,
    CancelPage: CancelSoldPage,
}

studio_site.unregister(Subscription)


@admin.register(Subscription, site=studio_site)
class SoldSubscriptionAdmin(SubscriptionAdmin):
    """Subscriptions with their documents; giving one charges for it."""

    action_pages = (*(INSTEAD.get(page, page) for page in SubscriptionAdmin.action_pages), InvoicePlanPage)
    fieldsets = tuple(
        (name, {**part, "fields": (*part["fields"], ("documents", "instalments"))}) if place == 1 else (name, part)
        for place, (name, part) in enumerate(SubscriptionAdmin.fieldsets)
    )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sell a member a plan: an act and no plain save."""
        return SellPage(self).answer(request, None)

    @admin.display(description=_("still to pay"))
    def owed_shown(self, subscription: Subscription) -> str:
        """Show what is still to be paid; of one that is cancelled, what its documents still ask."""
        is_over = subscription.status == SubscriptionStatus.CANCELLED
        documents = charging_for(subscription) if is_over else ()
        asked = sum((each.remaining_balance for each in documents), Decimal(0))
        return badge(money(asked, subscription.currency), "warning") if asked else super().owed_shown(subscription)

    @admin.display(description=_("instalments"))
    def instalments(self, subscription: Subscription) -> str | SafeString:
        """Show what is due when, where it is paid in parts."""
        charging = InvoiceSource.objects.filter(subscription=subscription, released_at__isnull=True)
        documents = Invoice.objects.filter(pk__in=charging.values("item__invoice"))
        dues = [due for found in schedules(documents, timezone.localdate()).values() for due in found]
        if not dues:
            return NOTHING
        shown = [
            (f"{day(due.due_on)}: {money(due.amount, subscription.currency)}", _badge(due, subscription.currency))
            for due in dues
        ]
        return format_html('<ul class="booked-list">{}</ul>', format_html_join("", "<li>{} {}</li>", shown))

    @admin.display(description=_("documents"))
    def documents(self, subscription: Subscription) -> str | SafeString:
        """Show what charges for it, with the links."""
        charging = InvoiceSource.objects.filter(subscription=subscription).values("item__invoice")
        found = Invoice.objects.filter(pk__in=charging).order_by("pk")
        links = [
            (reverse("admin:billing_invoice_change", args=[each.pk]), each, each.get_status_display()) for each in found
        ]
        if not links:
            return NOTHING
        return format_html("{}", format_html_join(", ", '<a class="panel-link" href="{}">{}</a> ({})', links))
