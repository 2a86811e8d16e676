"""Offering other times to a client whose money came after the slot was gone; the client chooses behind a link."""

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from billing.admin.late_money import BOOK, SettlePage
from billing.models import PaymentAttempt
from billing.selectors import late_money, paying
from billing.services import late_offers
from billing.services.late_offers import Offered
from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm
from studio.admin_tools.fields import offer_choices
from studio.showing import when


class OfferForm(ActionForm):
    """Which times."""

    times = forms.MultipleChoiceField(
        label=_("Times"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Nothing is held for the client: a time that somebody else has taken meanwhile is not shown."),
    )


class OfferPage(SettlePage):
    """Writes to the client which times they can have, and leads them to the page where they choose."""

    name = "offer-times"
    label = _("Offer times to the client")
    submit = _("Send the offer")
    icon = "outgoing_mail"
    right = BOOK
    form_class = OfferForm
    question = _(
        "The client gets a mail with these times and a link. There they book one of them; the money of a deposit they"
        " may also keep as credit, or have back, where no fee is owed. You are told what they choose."
    )

    def form(self, request: HttpRequest, obj: PaymentAttempt) -> ActionForm:
        """Return the form, with the times that are free now, all of them chosen at first."""
        form = super().form(request, obj)
        found = _times(obj)
        several = len({each.session.pk for each in found.values()}) > 1
        offer_choices(form, "times", [(value, _label(each, with_title=several)) for value, each in found.items()])
        form.fields["times"].initial = list(found)
        return form

    def act(self, request: HttpRequest, obj: PaymentAttempt, form: ActionForm) -> str:
        """Offer them."""
        found = _times(obj)
        chosen = [found[value] for value in form.cleaned_data["times"] if value in found]
        late_offers.offer_times(attempt=obj, times=chosen, actor=actor_of(request), now=timezone.now())
        return gettext("%(client)s is offered other times by mail.") % {"client": obj.invoice.client}


def _times(attempt: PaymentAttempt) -> dict[str, Offered]:
    """Return what could be had instead of what was lost, by what the form says of it."""
    found = [late_money.slot_lost_by(each, timezone.now()) for each in paying.lost_sessions_of(attempt.invoice)]
    times = [
        Offered(lost.session, slot.room, slot.starts_at, slot.ends_at)
        for lost in found
        for slot in lost.offers
        if slot.room is not None
    ]
    return {f"{each.session.pk}|{each.room.pk}|{each.starts_at.isoformat()}": each for each in times}


def _label(time: Offered, *, with_title: bool) -> str:
    told = f"{time.room}: {when(time.starts_at, time.ends_at)}"
    return f"{time.session.title}, {told}" if with_title else told
