"""Asking the deposit of booked time, from the session's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from billing.services import session_deposits
from sessions_app.admin.served import actor_of
from sessions_app.models import StudioSession
from studio.admin_sites import AdminPage, studio_site
from studio.admin_tools import ActionForm, ActionPage
from studio.object_parts import ObjectLink, register_link
from studio.showing import money

ISSUE = "billing.issue_invoice"


class AskDepositPage(ActionPage):
    """Issues the invoice over a session's deposit."""

    name = "ask-deposit"
    label = _("Ask for the deposit")
    icon = "request_quote"
    question = _(
        "An invoice over the deposit is issued, VAT added. Once it is paid online, a slot that is only held is booked;"
        " the final invoice takes the deposit off."
    )
    issued: Invoice | None = None

    def may(self, request: HttpRequest, obj: StudioSession) -> bool:
        """Ask for the right to issue documents."""
        return request.user.has_perm(ISSUE)

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Issue it."""
        self.issued = session_deposits.ask_session_deposit(session=obj, actor=actor_of(request), now=timezone.now())
        told = {"document": self.issued, "amount": money(self.issued.payable, self.issued.currency)}
        return gettext("%(document)s over %(amount)s is issued.") % told

    def back(self, obj: StudioSession) -> str:
        """Return to the session, or go on to what was issued."""
        if self.issued is not None:
            return reverse("admin:billing_invoice_change", args=[self.issued.pk])
        return reverse("admin:sessions_app_studiosession_change", args=[obj.pk])


def ask_view(request: HttpRequest, session_id: int) -> HttpResponse:
    """Answer the page of one session."""
    session = get_object_or_404(StudioSession, pk=session_id)
    return AskDepositPage(studio_site.get_model_admin(StudioSession)).answer(request, session)


def _address(session: StudioSession) -> str:
    if not session_deposits.can_be_asked(session):
        return ""
    return reverse("admin:session-deposit", args=[session.pk])


studio_site.register_page(AdminPage("session-deposit/<int:session_id>/", "session-deposit", ask_view, ISSUE))
register_link(ObjectLink(StudioSession._meta.label_lower, AskDepositPage.label, AskDepositPage.icon, _address, ISSUE))
