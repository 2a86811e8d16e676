"""The link under which a client can pay a document: to be copied, or sent by mail."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.printed import RecipientForm
from billing.models import Invoice
from billing.services import document_mails, pay_invitations, pay_letters
from studio.accounts.requests import actor_of
from studio.admin_tools import ActionForm, ActionPage


class PayLinkForm(RecipientForm):
    """Where the link goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"].help_text = _("The mail says what is due and leads to the page.")


class PayLinkPage(ActionPage):
    """Shows the address under which a document can be paid, and sends it."""

    name = "pay-link"
    label = _("Link to pay")
    submit = _("Send the link")
    icon = "link"
    permission = "send"
    question = _("Whoever has this address sees what is due of this document and can pay it, without an account.")
    form_class = PayLinkForm
    template = "billing/admin/pay_link.html"

    def is_offered(self, obj: Invoice) -> bool:
        """Offer it while something is due, and can be paid online."""
        return bool(_address(obj))

    def initial(self, request: HttpRequest, obj: Invoice) -> dict[str, Any]:
        """Propose where this client's documents go."""
        return {"recipient": document_mails.usual_recipient(obj)}

    def context(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> dict[str, Any]:
        """Return the address, where there is something to pay."""
        return {"address": _address(obj)}

    def act(self, request: HttpRequest, obj: Invoice, form: ActionForm) -> str:
        """Send it."""
        mail = pay_letters.send_pay_link(
            invoice=obj, recipient=form.cleaned_data["recipient"], actor=actor_of(request), now=timezone.now()
        )
        return gettext("The link goes to %(recipient)s.") % {"recipient": mail.recipient}


def _address(invoice: Invoice) -> str:
    return pay_invitations.link_of(invoice, today=timezone.localdate())
