"""Letting prepaid hours pay for a line of a draft: a page of the invoice."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from billing.admin.draft_acts import DraftPage
from billing.models import Invoice, InvoiceItem, InvoiceStatus, Package, ServiceUnit
from billing.services import packages
from studio.accounts.requests import actor_of
from studio.admin_tools import ActionForm
from studio.admin_tools.numbers import DecimalField
from studio.showing import money


class LineChoice(forms.ModelChoiceField[InvoiceItem]):
    """A line, with what it costs."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what it is for and what it costs."""
        return f"{obj.position}. {obj.description} ({money(obj.amount, obj.invoice.currency)})"


class PackageChoice(forms.ModelChoiceField[Package]):
    """A package, with what is left of it."""

    def label_from_instance(self, obj: Any) -> str:
        """Return its name and what is left."""
        return gettext("%(package)s, %(hours)s h left") % {"package": obj, "hours": obj.hours_left}


class DrawForm(ActionForm):
    """Which line, out of which package, how many hours."""

    item = LineChoice(InvoiceItem.objects.none(), label=_("Line"), widget=UnfoldAdminSelectWidget)
    package = PackageChoice(Package.objects.none(), label=_("Package"), widget=UnfoldAdminSelectWidget)
    hours = DecimalField(
        label=_("Hours"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        help_text=_("The line loses its share of them. Empty: all that are left of the line."),
    )


class DrawPage(DraftPage):
    """Lets prepaid hours pay for a line of a draft."""

    name = "prepaid"
    label = _("Use prepaid hours")
    icon = "hourglass_bottom"
    form_class = DrawForm
    question = _("A line below takes off what the package pays for. Its hours are used when the invoice is issued.")

    def may(self, request: HttpRequest, obj: Invoice | None) -> bool:
        """Ask for the right to issue invoices."""
        return request.user.has_perm("billing.issue_invoice")

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it for drafts of clients with hours."""
        return obj.status == InvoiceStatus.DRAFT and not obj.is_test and self._usable(obj).exists()

    def form(self, request: HttpRequest, obj: Invoice) -> ActionForm:
        """Offer the draft's lines, and the client's packages."""
        form = super().form(request, obj)
        counts = Q(unit=ServiceUnit.HOUR) | Q(sources__session__isnull=False) | Q(sources__time_entry__isnull=False)
        charged = obj.items.select_related("invoice").filter(counts, amount__gt=0).distinct().order_by("position")
        for name, rows in (("item", charged), ("package", self._usable(obj))):
            cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = rows
        return form

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Draw them."""
        given = form.cleaned_data
        made = packages.draw_down(
            item=given["item"],
            package=given["package"],
            hours=given["hours"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("%(line)s: %(sum)s.") % {"line": made, "sum": money(made.amount, obj.currency)}

    @staticmethod
    def _usable(invoice: Invoice) -> Any:
        usable = Package.objects.usable(timezone.localdate())
        return usable.filter(client=invoice.client_id, currency=invoice.currency).order_by("expires_on", "pk")
