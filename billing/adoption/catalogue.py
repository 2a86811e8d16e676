"""Former rates of VAT and the former catalogue."""

from decimal import Decimal

from django.utils.translation import gettext as _

from billing.adoption.reading import percent_in
from billing.models import Service, VatCategory, VatRate
from studio.tenancy.adoption.adopters import Found, Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

LARGEST_NUMBER = 2147483647
MOST = Decimal("999999999.999")


def adopt_vat_rate(row: FormerRow, run: Run) -> VatRate | Found:
    """Return the rate of that percentage, a seed for example, or the one that a row of `vat_rates` becomes.

    Which rate is usual stays as it is here; another one that was usual there is noted.
    """
    percent, name = percent_in(row, "rate"), row.text("name", longest=100)
    if percent is None or not name:
        raise SetAside(_("It has no name or no rate."))
    category = VatCategory.STANDARD if percent else VatCategory.ZERO
    usual = VatRate.objects.filter(is_default=True).first()
    if row.flag("is_default", default=False) and usual and usual.rate != percent:
        row.keep("is_default", _("It was the usual rate there; here it is %(rate)s.") % {"rate": usual})
    is_active = row.flag("is_active", default=True)
    same = VatRate.objects.filter(rate=percent, category=category)
    if known := same.filter(name__iexact=name).first() or same.offered().order_by("pk").first():
        return Found(known)
    if VatRate.objects.filter(name=name).exists():
        row.keep("name", _("Another rate is called so; it is called by what it is."))
        name = _("%(name)s, %(percent)s %%") % {"name": name[:80], "percent": percent}
    return VatRate.objects.create(
        name=name, rate=percent, category=category, archived_at=None if is_active else run.now
    )


def adopt_service(row: FormerRow, run: Run) -> Service:
    """Return the service that a row of `service_catalog` becomes."""
    name, price = row.text("name", longest=255), row.amount("unit_price")
    if not name or price is None:
        raise SetAside(_("It has no name or no price."))
    quantity = row.number("default_quantity")
    if quantity is not None and not 0 < quantity <= MOST:
        row.keep("default_quantity", _("%(value)s is no usual quantity; taken as 1.") % {"value": quantity})
        quantity = None
    key = run.linked(row, "vat_rate_id", "vat_rates")
    return Service.objects.create(
        name=name,
        description=row.raw_text("description"),
        category=row.text("category", longest=100),
        unit_price=price,
        vat_rate=VatRate.objects.get(pk=key) if key else VatRate.objects.get(is_default=True),
        default_quantity=quantity or Decimal(1),
        position=row.whole("display_order", least=0, most=LARGEST_NUMBER, default=0) or 0,
        is_active=row.flag("is_active", default=True),
    )
