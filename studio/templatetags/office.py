"""How times look in the back office's templates."""

from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils.formats import number_format

from studio.showing import clock_span, length, when
from studio.showing import hours as hours_text
from studio.showing import money as money_text

register = template.Library()


@register.filter
def span(start: datetime, end: datetime) -> str:
    """Return a period's wall times: {{ session.starts_at|span:session.ends_at }}."""
    return clock_span(start, end)


@register.filter
def lasting(seconds: Decimal | int) -> str:
    """Return minutes and seconds: {{ track.duration|lasting }}."""
    return length(seconds)


@register.filter
def until(start: datetime, end: datetime) -> str:
    """Return a period with its day: {{ session.starts_at|until:session.ends_at }}."""
    return when(start, end)


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount with its currency: {{ session.total|money:session.currency }}."""
    return money_text(amount, currency)


@register.filter
def moment(at: datetime) -> str:
    """Return an instant with its day: {{ entry.started_at|moment }}."""
    return when(at)


@register.filter
def hours(length: timedelta) -> str:
    """Return a length as hours and minutes: {{ row.total|hours }}."""
    return hours_text(length)


@register.filter
def amount(value: Decimal) -> str:
    """Return an amount whose currency stands elsewhere."""
    return number_format(value, decimal_pos=2, force_grouping=True)


@register.filter
def exact(value: Decimal) -> str:
    """Return a number with the decimals that say something, however many they are."""
    whole = value.to_integral_value()
    return number_format(whole if whole == value else value.normalize(), force_grouping=True)


@register.filter
def quantity(value: Decimal) -> str:
    """Return a quantity with as many decimals as it needs, two at most."""
    shown = value.quantize(Decimal("0.01"))
    return number_format(
        shown.to_integral_value() if shown == shown.to_integral_value() else shown, force_grouping=True
    )
