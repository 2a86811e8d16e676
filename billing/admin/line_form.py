"""What is typed to write a line of a draft."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from billing.models import Invoice, InvoiceItem, PriceMode, Service, ServiceUnit, VatRate
from billing.selectors.draft_sums import TypedLine
from billing.selectors.taxes import with_vat
from billing.selectors.terms import details_of, usual_rate
from billing.services.drafts import NewLine
from studio.admin_tools.numbers import DecimalField

LONGEST = 4000
MOST_SERVICES = 500
NOTHING = Decimal(0)


def amount_field(label: Any, places: int = 2, **given: Any) -> DecimalField:
    """Return a box for an amount or a quantity."""
    return DecimalField(label=label, max_digits=12, decimal_places=places, **given)


class LineForm(forms.Form):
    """A line: written by hand, or begun from the catalogue."""

    service = forms.ModelChoiceField(
        Service.objects.none(),
        label=_("From the catalogue"),
        required=False,
        empty_label=_("Written by hand"),
        widget=UnfoldAdminSelectWidget,
    )
    description = forms.CharField(
        label=_("Description"), max_length=LONGEST, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )
    quantity = amount_field(_("Quantity"), 3, initial=1, help_text=_("Below 0 takes off."))
    unit = forms.ChoiceField(
        label=_("Unit"), choices=ServiceUnit.choices, initial=ServiceUnit.PIECE, widget=UnfoldAdminSelectWidget
    )
    unit_price = amount_field(_("Price"), min_value=0)
    vat_rate = forms.ModelChoiceField(
        VatRate.objects.none(), label=_("VAT"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    discount = amount_field(_("Discount"), min_value=0, required=False, help_text=_("Taken off the line."))

    def __init__(
        self, draft: Invoice, data: Any = None, *, item: InvoiceItem | None = None, service: Service | None = None
    ) -> None:
        super().__init__(data, initial=self._initial(draft, item, service), auto_id="line-%s")
        offered = Q(is_active=True) | Q(pk=item.service_id if item else None)
        choices: Any = self.fields
        choices["service"].queryset = Service.objects.filter(offered).order_by("position", "name", "pk")
        kept = Q(archived_at__isnull=True) | Q(pk=item.vat_rate_id if item else None)
        choices["vat_rate"].queryset = VatRate.objects.filter(kept).order_by("-is_default", "-rate", "pk")
        price = _("Price, without VAT") if draft.price_mode == PriceMode.NET else _("Price, with VAT")
        self.fields["unit_price"].label = price
        self.fields["service"].widget.attrs |= {
            "hx-get": reverse("admin:billing_invoice_fill", args=[draft.pk]),
            "hx-target": "#line-boxes",
            "hx-include": "#line",
            "hx-params": "service,item",
        }

    def line(self) -> NewLine:
        """Return what is typed as a line to be written."""
        given = self.cleaned_data
        return NewLine(
            description=given["description"],
            unit_price=given["unit_price"],
            vat_rate=given["vat_rate"],
            quantity=given["quantity"],
            unit=given["unit"],
            discount=given["discount"] or NOTHING,
            service=given["service"],
        )

    def typed(self) -> TypedLine:
        """Return what counts of what is typed."""
        given = self.cleaned_data
        return TypedLine(given["quantity"], given["unit_price"], given["discount"] or NOTHING, given["vat_rate"])

    @staticmethod
    def _initial(draft: Invoice, item: InvoiceItem | None, service: Service | None) -> dict[str, Any]:
        """Return what the boxes say at first: the line that is changed, what the catalogue says, or nearly nothing."""
        if item is not None and service is None:
            names = ("service", "description", "unit", "unit_price", "vat_rate")
            said = {name: getattr(item, name) for name in names}
            return said | {"quantity": shortest(item.quantity), "discount": item.discount or None}
        if service is None:
            return {"vat_rate": usual_rate(draft.client).pk}
        rate = details_of(draft.client).vat_rate or service.vat_rate
        is_net = draft.price_mode == PriceMode.NET
        return {
            "service": service.pk,
            "description": "\n".join(filter(None, [service.name, service.description])),
            "quantity": shortest(service.default_quantity),
            "unit": service.unit,
            "unit_price": service.unit_price if is_net else with_vat(service.unit_price, rate.rate, draft.currency),
            "vat_rate": rate.pk,
        }


def shortest(quantity: Decimal) -> Decimal:
    """Return a quantity without the zeros behind it."""
    whole = quantity.to_integral_value()
    return whole if whole == quantity else quantity.normalize()
