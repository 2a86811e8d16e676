"""What staff do about payments, refunds and events at Stripe: look again, give up, deal with again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.gateways.facts import GatewayError
from billing.models import AttemptState, EventState, PaymentAttempt, RefundAttempt, StripeEvent
from billing.services import converging, paying, provider_refunds, reconciling, stripe_events
from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage

LOOK, GIVE_UP = "billing.replay_stripeevent", "billing.add_payment"
CAN_BE_GIVEN_UP = (AttemptState.INTENDED, AttemptState.OPEN)


class LookAgainPage(ActionPage):
    """Reads a payment at Stripe."""

    name = "look-again"
    label = _("Look again at Stripe")
    icon = "sync"
    question = _("The payment is read at Stripe, and the books are made to say what Stripe says now. Nothing moves.")

    def may(self, request: HttpRequest, obj: PaymentAttempt | RefundAttempt) -> bool:
        """Ask for the right to have things dealt with."""
        return request.user.has_perm(LOOK)

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Read it."""
        now = timezone.now()
        look = paying.go_on if obj.is_living else converging.look_again
        found = look(attempt=obj, now=now)
        told = gettext("Stripe says: %(state)s. The books agree.")
        return told % {"state": found.get_state_display()}


class LookAtRefundPage(LookAgainPage):
    """Reads a refund at Stripe; one that Stripe was not asked for yet is asked for."""

    question = _(
        "The refund is read at Stripe, and the books are made to say what Stripe says now. Where the question never"
        " reached Stripe it is asked again, under the same key: money goes back once at most."
    )

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Read it."""
        now = timezone.now()
        found = provider_refunds.send_refund(refund=obj, now=now)
        reconciling.look_at_refund(refund=found, now=now)
        found.refresh_from_db()
        return gettext("Stripe says: %(state)s. The books agree.") % {"state": found.get_state_display()}


class GiveUpPage(ActionPage):
    """Has Stripe take no money for a payment any more."""

    name = "give-up"
    label = _("Cancel this payment")
    icon = "block"
    is_dangerous = True
    question = _(
        "Stripe's page for it is closed, and nobody can pay there any more. The document stays as it is and can be paid"
        " anew. What was paid before stays paid."
    )

    def may(self, request: HttpRequest, obj: PaymentAttempt) -> bool:
        """Ask for the right to take money."""
        return request.user.has_perm(GIVE_UP)

    def is_offered(self, obj: PaymentAttempt) -> bool:
        """Offer it while nobody has paid."""
        return obj.state in CAN_BE_GIVEN_UP

    def act(self, request: HttpRequest, obj: PaymentAttempt, form: ActionForm) -> str:
        """Give it up."""
        found = paying.give_up(attempt=obj, actor=actor_of(request), now=timezone.now())
        if found.state == AttemptState.SUCCEEDED:
            return gettext("It was paid already: the money is in the books.")
        return gettext("Nobody can pay there any more. It is: %(state)s.") % {"state": found.get_state_display()}


class ReplayPage(ActionPage):
    """Has an event dealt with again."""

    name = "replay"
    label = _("Deal with it again")
    icon = "replay"
    permission = "replay"
    question = _(
        "What the event is about is read at Stripe, and the books are made to say what Stripe says now. What they say"
        " already is not written twice."
    )

    def act(self, request: HttpRequest, obj: StripeEvent, form: ActionForm) -> str:
        """Deal with it, and say what came of it; where Stripe cannot be asked now, a job does it later."""
        now = timezone.now()
        event = stripe_events.replay_event(event=obj, actor=actor_of(request), now=now)
        try:
            event = stripe_events.apply_event(event=event, now=now)
        except GatewayError as refusal:
            return gettext("%(why)s It is tried again by itself.") % {"why": refusal}
        if event.state == EventState.APPLIED:
            return gettext("The books say what Stripe says.")
        return gettext("It is %(state)s. %(why)s") % {"state": event.get_state_display(), "why": event.problem}

    def done(self, request: HttpRequest, obj: StripeEvent, told: str) -> HttpResponse:
        """Tell what came of it in the colour of that: nothing may have changed."""
        obj.refresh_from_db(fields=["state"])
        if obj.state == EventState.APPLIED:
            return super().done(request, obj, told)
        messages.warning(request, told)
        return HttpResponseRedirect(self.back(obj))
