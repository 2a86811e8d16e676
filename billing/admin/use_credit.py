"""Putting what a client has paid ahead against a document."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.payment_pages import PUT
from billing.models import Invoice
from billing.selectors.credit import credit_of
from billing.services import credit
from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import money


class UseCreditPage(ActionPage):
    """Puts the client's credit against a document."""

    name = "use-credit"
    label = _("Put the client's credit against it")
    icon = "input"

    def may(self, request: HttpRequest, obj: Invoice) -> bool:
        """Ask for the right."""
        return request.user.has_perm(PUT)

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it where something is to be paid, and something is left over."""
        is_asked = obj.is_claim and not obj.is_test and obj.remaining_balance > 0
        return is_asked and credit_of(obj.client, obj.currency) > 0

    def context(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> dict[str, Any]:
        """Say how much there is, and how much of it goes here."""
        there = credit_of(obj.client, obj.currency)
        sums = {"credit": there, "asked": obj.remaining_balance, "part": min(there, obj.remaining_balance)}
        told = gettext(
            "%(client)s has %(credit)s of credit, and %(asked)s are to be paid of %(document)s: %(part)s are put "
            "against it, of the oldest payments first."
        )
        shown = {name: money(amount, obj.currency) for name, amount in sums.items()}
        return {"question": told % {"client": obj.client, "document": obj, **shown}}

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Put it there."""
        used = credit.use_credit(invoice=obj, actor=actor_of(request), now=timezone.now())
        told = gettext("%(amount)s of credit are put against %(document)s.")
        return told % {"amount": money(used, obj.currency), "document": obj}
