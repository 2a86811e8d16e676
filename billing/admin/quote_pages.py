"""What can be done to a quote: one page for each act, each calling one service."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from billing.models import Quote, QuoteStatus, QuoteVersion
from billing.selectors import quote_links, quote_sums
from billing.services import quote_answers, quote_conversions, quote_letters, quote_sending, quote_states, quotes
from billing.services.quote_answers import Signer
from billing.services.quote_states import ARROWS, WrongState
from sessions_app.admin.act_forms import TellForm
from sessions_app.admin.booking import tell_of
from sessions_app.admin.waiting_pages import WhyForm
from studio.accounts.requests import actor_of
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import money, when


class SignedForm(ActionForm):
    """Who answered, and what they said."""

    name = forms.CharField(
        label=_("Name"),
        max_length=quote_answers.LONGEST_NAME,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Who gave the answer, by telephone or by letter."),
    )
    remark = forms.CharField(
        label=_("Remark"), max_length=2000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class OfQuote(ActionPage):
    """An act of whoever sends quotes."""

    permission = "send"
    to: QuoteStatus | None = None

    def is_offered(self, obj: Quote) -> bool:
        """Offer an arrow from the states it starts in."""
        return self.to is None or obj.status in ARROWS[self.to]


class SendPage(OfQuote):
    """Sends a draft as its next version."""

    name = "send"
    label = _("Send")
    icon = "send"
    to = QuoteStatus.SENT
    form_class = TellForm
    template = "billing/admin/quote_send.html"
    question = _(
        "What stands here becomes a version that stays as it is. Its slots are held as long as it is valid. "
        "The client gets a mail with a link to read it and to answer."
    )

    def form(self, request: HttpRequest, obj: Quote) -> ActionForm:
        """Return the question whether a mail goes out, which says where to."""
        form = super().form(request, obj)
        if address := _address_of(obj):
            form.fields["tell"].help_text = gettext("By mail to %(address)s.") % {"address": address}
        return form

    def context(self, request: HttpRequest, obj: Quote, form: ActionForm) -> dict[str, Any]:
        """Show for whom it is, what it comes to, and until when it would hold."""
        items = quote_states.items_of(obj)
        return {
            "quote": obj,
            "count": len(items),
            "sums": quote_sums.computed(obj, items),
            "deposit": quote_sums.deposit_of(obj, items),
            "until": quote_sums.valid_until(obj, items, timezone.now()),
            "address": _address_of(obj),
        }

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Send it."""
        version = quote_sending.send_quote(quote=obj, actor=actor_of(request), tell=tell_of(form), now=timezone.now())
        told = gettext("%(quote)s is sent: %(total)s, to be answered until %(until)s.")
        total = money(version.total, version.currency)
        return told % {"quote": version.quote, "total": total, "until": when(version.expires_at)}


def _address_of(quote: Quote) -> str:
    """Return where a quote would go by mail; empty where there is no address."""
    with suppress(quote_letters.NoAddress):
        return quote_letters.address_of(quote)
    return ""


class LinkPage(OfQuote):
    """Shows the address under which the client reads the last version."""

    name = "link"
    label = _("Link for the client")
    icon = "link"
    question = _("Whoever has this address can read this version and answer it, without an account.")
    template = "billing/admin/quote_link.html"

    def is_offered(self, obj: Quote) -> bool:
        """Offer it once something was sent."""
        return obj.version > 0 and obj.status != QuoteStatus.DRAFT

    def form(self, request: HttpRequest, obj: Quote) -> ActionForm:
        """Return nothing to fill in: looking is all there is."""
        return ActionForm(None)

    def context(self, request: HttpRequest, obj: Quote, form: ActionForm) -> dict[str, Any]:
        """Return the address."""
        return {"address": quote_links.address_of(_last(obj)) if obj.version else ""}

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Do nothing: a form that is never filled in is never valid, so this is not called."""
        return ""


class AnswerPage(OfQuote):
    """Takes an answer down that came by telephone or by letter."""

    form_class = SignedForm

    def signer(self, form: ActionForm) -> Signer:
        """Return who gave it."""
        return Signer(form.cleaned_data["name"])

    def initial(self, request: HttpRequest, obj: Quote) -> dict[str, Any]:
        """Propose the client."""
        return {"name": obj.client.name}


class AcceptPage(AnswerPage):
    """Takes an acceptance down."""

    name = "accept"
    label = _("Accepted")
    submit = _("Write the acceptance down")
    icon = "check_circle"
    to = QuoteStatus.ACCEPTED
    question = _("The client accepts the version that was sent: its slots are booked, and its deposit is invoiced.")

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Accept it."""
        version = _last(obj)
        accepted = quote_answers.accept_quote(
            version=version,
            fingerprint=version.content_hash,
            signer=self.signer(form),
            remark=form.cleaned_data["remark"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        if accepted.deposit_invoice is None:
            return gettext("%(quote)s is accepted.") % {"quote": accepted}
        told = gettext("%(quote)s is accepted; its deposit is invoiced as %(invoice)s.")
        return told % {"quote": accepted, "invoice": accepted.deposit_invoice}


class DeclinePage(AnswerPage):
    """Takes a refusal down."""

    name = "decline"
    label = _("Declined")
    submit = _("Write the refusal down")
    icon = "thumb_down"
    is_dangerous = True
    to = QuoteStatus.REJECTED
    question = _("The client declines the quote: the slots it holds are free again.")

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Decline it."""
        rejected = quote_answers.reject_quote(
            version=_last(obj),
            signer=self.signer(form),
            remark=form.cleaned_data["remark"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return gettext("%(quote)s is declined.") % {"quote": rejected}


class TakeBackPage(OfQuote):
    """Makes a quote a draft again."""

    name = "take-back"
    label = _("Take back and change")
    icon = "edit_note"
    to = QuoteStatus.DRAFT
    question = _("The quote becomes a draft again. Whoever opens its link reads that this version no longer holds.")

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Take it back."""
        draft = quote_sending.take_back(quote=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(quote)s is a draft again.") % {"quote": draft}


class WithdrawPage(OfQuote):
    """Withdraws a draft that was sent before."""

    name = "withdraw"
    label = _("Withdraw")
    icon = "block"
    is_dangerous = True
    to = QuoteStatus.CANCELLED
    form_class = WhyForm
    question = _("The quote keeps its number and is offered no more; the slots it holds are free again.")

    def is_offered(self, obj: Quote) -> bool:
        """Offer it for what has a number; other drafts are deleted."""
        return super().is_offered(obj) and obj.version > 0

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Withdraw it."""
        reason = form.cleaned_data["reason"]
        gone = quote_sending.withdraw_quote(quote=obj, reason=reason, actor=actor_of(request), now=timezone.now())
        return gettext("%(quote)s is withdrawn.") % {"quote": gone}


class BecomingPage(OfQuote):
    """Turns an accepted quote into something else, and goes there."""

    made = ""

    def is_offered(self, obj: Quote) -> bool:
        """Offer it for what is accepted."""
        return obj.status == QuoteStatus.ACCEPTED

    def back(self, obj: Quote) -> str:
        """Go to what was made, or back to the quote."""
        return self.made or super().back(obj)


class ProjectPage(BecomingPage):
    """Starts the project of a quote."""

    name = "project"
    label = _("Start the project")
    icon = "create_new_folder"
    question = _("A project of the same name, with this sum as its budget. The booked slots belong to it.")

    def is_offered(self, obj: Quote) -> bool:
        """Offer it once."""
        return super().is_offered(obj) and obj.converted_at is None and obj.project_id is None

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Start it."""
        project = quote_conversions.convert_to_project(quote=obj, actor=actor_of(request), now=timezone.now())
        self.made = reverse("admin:sessions_app_project_change", args=[project.pk])
        return gettext("The project %(project)s is there.") % {"project": project}


class InvoicePage(BecomingPage):
    """Writes the invoice of a quote."""

    name = "invoice"
    label = _("Write the invoice")
    icon = "receipt_long"
    question = _("The draft of an invoice with these lines, less the deposit that was invoiced.")

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Write its draft."""
        draft = quote_conversions.convert_to_invoice(quote=obj, actor=actor_of(request), now=timezone.now())
        self.made = reverse("admin:billing_invoice_change", args=[draft.pk])
        return gettext("The draft of the invoice is there: %(total)s.") % {"total": money(draft.total, draft.currency)}


class DepositPage(BecomingPage):
    """Asks the deposit of a quote."""

    name = "deposit"
    label = _("Ask the deposit")
    icon = "savings"
    question = _("The deposit is invoiced now; the invoice of the quote takes it off.")

    def is_offered(self, obj: Quote) -> bool:
        """Offer it until it is asked."""
        return super().is_offered(obj) and obj.deposit_percent > 0 and obj.deposit_invoice_id is None

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Issue its invoice."""
        issued = quote_conversions.ask_deposit(quote=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The deposit is invoiced as %(invoice)s.") % {"invoice": issued}


class CopyPage(ActionPage):
    """Begins another quote with what one says."""

    name = "copy"
    label = _("Copy")
    icon = "content_copy"
    permission = "copy"
    question = _("Another draft for the same client with these lines; slots stay with the quote that holds them.")
    made = ""

    def act(self, request: HttpRequest, obj: Quote, form: ActionForm) -> str:
        """Copy it."""
        copied = quotes.copy_quote(quote=obj, actor=actor_of(request), now=timezone.now())
        self.made = reverse("admin:billing_quote_change", args=[copied.pk])
        return gettext("The copy is a draft.")

    def back(self, obj: Quote) -> str:
        """Go to the copy, or back to the quote."""
        return self.made or super().back(obj)


def _last(quote: Quote) -> QuoteVersion:
    if not quote.version:
        raise WrongState(gettext("This quote was never sent."))
    return QuoteVersion.objects.select_related("quote").get(quote=quote, number=quote.version)


PAGES: Sequence[type[ActionPage]] = (
    *(SendPage, LinkPage, AcceptPage, DeclinePage, DepositPage, ProjectPage, InvoicePage),
    *(TakeBackPage, WithdrawPage, CopyPage),
)
