"""Asking the deposit of booked time, from the session's page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.admin.money_forms import amount_field
from billing.models import Invoice
from billing.selectors.paying import due_of
from billing.selectors.session_deposits import DepositStory, is_told, story_of
from billing.services import connecting, session_deposits
from sessions_app.admin.fee_parts import sees_money, sets_prices
from sessions_app.admin.served import actor_of
from sessions_app.admin.sessions import PAYMENT_TONES
from sessions_app.models import PaymentStatus, StudioSession
from sessions_app.services import deposits, prices
from studio.admin_sites import AdminPage, studio_site
from studio.admin_tools import ActionForm, ActionPage
from studio.not_sent import NOT_SENT
from studio.object_parts import ObjectLink, ObjectPart, register_link, register_part
from studio.showing import badge, money, when

SEE, SEND = "billing.view_invoice", "billing.send_invoice"
ISSUE = "billing.issue_invoice"


class AskDepositForm(ActionForm):
    """How much."""

    amount = amount_field(
        _("Deposit"), required=False, help_text=_("Without VAT. Empty: as the session says. Once asked, it stays.")
    )


class AskDepositPage(ActionPage):
    """Issues the invoice over a session's deposit."""

    name = "ask-deposit"
    label = _("Ask for the deposit")
    icon = "request_quote"
    question = _(
        "An invoice over the deposit is issued, VAT added. Once it is paid online, a slot that is only held is booked;"
        " the final invoice takes the deposit off."
    )
    form_class = AskDepositForm
    issued: Invoice | None = None

    def may(self, request: HttpRequest, obj: StudioSession) -> bool:
        """Ask for the right to issue documents."""
        return request.user.has_perm(ISSUE)

    def form(self, request: HttpRequest, obj: StudioSession) -> ActionForm:
        """Return the form; who may not say what sessions cost asks for what is proposed."""
        form = super().form(request, obj)
        form.fields["amount"].disabled = not sets_prices(request)
        return form

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Propose what the session asks, else what the settings say of its price."""
        return {"amount": obj.deposit_amount or deposits.proposed_deposit(obj)}

    def context(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> dict[str, Any]:
        """Say what it is a part of."""
        return {"session": obj, "price": obj.total if obj.total is not None else prices.listed_price(obj).total}

    template = "billing/admin/ask_deposit.html"

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Issue it."""
        amount = form.cleaned_data["amount"]
        self.issued = session_deposits.ask_session_deposit(
            session=obj,
            amount=NOT_SENT if amount is None else amount,
            actor=actor_of(request),
            now=timezone.now(),
        )
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


def _state(session: StudioSession, story: DepositStory) -> str:
    if session.deposit_paid:
        return badge(gettext("paid"), "success")
    if story.asked_at is None:
        return badge(gettext("not asked for yet"), "muted")
    return badge(gettext("asked for, not paid"), "warning")


def _may_see(request: HttpRequest) -> bool:
    return request.user.has_perm(SEE) and sees_money(request)


def _part(request: HttpRequest, session: StudioSession) -> dict[str, Any]:
    """Return what a session's page says of its deposit, and of what was paid for it at Stripe; nothing without."""
    if not is_told(session):
        return {}
    story = story_of(session)
    is_due = story.invoice is not None and due_of(story.invoice) is not None
    return {
        "session": session,
        "story": story,
        "asked": when(story.asked_at) if story.asked_at else "",
        "state": _state(session, story),
        "payment": badge(session.get_payment_status_display(), PAYMENT_TONES[PaymentStatus(session.payment_status)]),
        "may_send": is_due and request.user.has_perm(SEND) and connecting.takes_payments(),
    }


studio_site.register_page(AdminPage("session-deposit/<int:session_id>/", "session-deposit", ask_view, ISSUE))
register_link(ObjectLink(StudioSession._meta.label_lower, AskDepositPage.label, AskDepositPage.icon, _address, ISSUE))
register_part(
    ObjectPart(
        StudioSession._meta.label_lower,
        "billing/admin/_session_deposit.html",
        _part,
        _may_see,
        "admin_theme/online.css",
    )
)
