"""What currencies sums are kept in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.money import TOO_FINE


def of_currency(table: str) -> list[models.BaseConstraint]:
    """Return what a table of sums refuses of a currency."""
    return [
        models.CheckConstraint(
            name=f"{table}_currency_code",
            condition=Q(currency__regex=r"^[A-Z]{3}$"),
            violation_error_message=_("A currency has three capital letters, e.g. EUR."),
        ),
        models.CheckConstraint(
            name=f"{table}_currency_of_two_decimals",
            condition=~Q(currency__in=TOO_FINE),
            violation_error_message=_("Amounts in this currency have three decimals: choose another."),
        ),
    ]
