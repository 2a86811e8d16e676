"""What a client's bank took back goes back no second time."""

from django.utils.translation import gettext as _

from billing.models import Payment
from billing.selectors import disputes
from studio.errors import DomainError


class ChargedBack(DomainError):
    """A bank has taken back some of the payment."""


def require_not_charged_back(payment: Payment) -> None:
    """Pass when no bank has taken back any of a payment, or it has lost that: a provider gives none of it back then.

    raises: ChargedBack
    """
    if disputes.has_been_charged_back(payment):
        raise ChargedBack(
            _("The client's bank has taken some of this payment back: no more of it can go back that way.")
        )
