"""The ladder of reminders: what leaves next and how it reads, what is held back and why; sending and pausing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing.admin.invoice_filters import today
from billing.admin.reminder_rows import SEND, level_badge, mail_badge
from billing.models import Invoice, InvoiceReminder, ReminderLetter
from billing.selectors.ladder import Hold, Ladder, Late, ladder_of, ladders
from billing.selectors.reminder_rules import current_policy
from billing.services import reminder_letters, reminder_pauses, reminders
from sessions_app.admin.served import actor_of
from sessions_app.forms import day_field
from sessions_app.models import Client
from studio.admin_sites import AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.fields import offer_choices
from studio.showing import badge, day, zone_name

SEE = "billing.view_reminderletter"
AHEAD = timedelta(days=14)
NEWEST, MOST_SHOWN = 10, 200
HOLDS = {
    Hold.GIVEN_AWAY: (_("its slot is not kept any more: credit it"), "warning"),
    Hold.COVERED: (_("covered by money that is here"), "success"),
    Hold.BEING_PAID: (_("being paid online"), "info"),
    Hold.DISPUTED: (_("taken back by the bank, not decided yet"), "warning"),
    Hold.PAUSED: (_("paused"), "warning"),
    Hold.EARLIER: (_("due before the ladder begins"), "muted"),
    Hold.NOT_DELIVERED: (_("the last reminder did not arrive"), "danger"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A client on the page.

    when: in words; lates: each with its step, or what holds it back
    """

    ladder: Ladder
    when: str
    is_today: bool
    lates: Sequence[tuple[Late, SafeString, str]]


def reminders_view(request: HttpRequest) -> HttpResponse:
    """Show what leaves in the next two weeks, what is held back, and what left last."""
    on, policy = today(), current_policy()
    found = ladders(on)
    coming = [each for each in found if each.leaves_on and each.leaves_on <= on + AHEAD]
    held = [each for each in found if any(late.hold for late in each.lates)]
    silent = [each for each in coming if not each.recipient]
    newest = ReminderLetter.objects.with_documents().select_related("client", "email")
    context: dict[str, Any] = {
        **studio_site.each_context(request),
        "title": gettext("Reminders"),
        "policy": policy,
        "steps": [(level_badge(step.level), step.days) for step in policy.steps],
        "coming": sorted((_row(each, on) for each in coming[:MOST_SHOWN]), key=lambda row: row.ladder.leaves_on or on),
        "held": [_row(each, on, is_held=True) for each in held[:MOST_SHOWN]],
        "silent": silent,
        "latest": [
            (letter, level_badge(letter.level), mail_badge(letter)) for letter in newest.order_by("-pk")[:NEWEST]
        ],
        "zone": zone_name(),
        "may_send": request.user.has_perm(SEND),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "billing/admin/reminders.html", context)


def _row(ladder: Ladder, on: date, *, is_held: bool = False) -> Row:
    leaves = ladder.leaves_on
    is_today = leaves is not None and leaves <= on
    when = gettext("today") if is_today else day(leaves) if leaves else ""
    lates = [(late, *_said(late, on)) for late in ladder.lates if bool(late.hold) == is_held]
    return Row(ladder, when, is_today, lates)


def _said(late: Late, on: date) -> tuple[SafeString, str]:
    """Return of a document what holds it back, or its next step; and a note."""
    if late.hold:
        label, tone = HOLDS[late.hold]
        paused = late.hold == Hold.PAUSED and late.pause
        until = {"day": day(late.pause.until_on), "reason": late.pause.reason} if paused and late.pause else {}
        return badge(label, tone), gettext("until %(day)s: %(reason)s") % until if until else ""
    if late.coming is None:
        return badge(_("every step was taken"), "muted"), ""
    return level_badge(late.coming.level), "" if late.coming.on <= on else day(late.coming.on)


class SendReminder(ActionPage):
    """Shows the mail that a client gets next, and sends it."""

    name = "remind"
    label = _("Reminder")
    icon = "notifications_active"
    submit = _("Send now")
    template = "billing/admin/reminder.html"

    def may(self, request: HttpRequest, obj: Client) -> bool:
        """Ask for the right."""
        return request.user.has_perm(SEND)

    def context(self, request: HttpRequest, obj: Client, form: ActionForm) -> dict[str, Any]:
        """Show the letter as it would leave now, and what was sent before."""
        on = today()
        ladder = ladder_of(obj, on)
        wanted = ladder.by_hand(on) if ladder else None
        is_ready = wanted is not None and bool(wanted.due(on))
        sent = ReminderLetter.objects.with_documents().filter(client=obj).select_related("email")
        return {
            "row": _row(ladder, on) if ladder else None,
            "held": _row(ladder, on, is_held=True).lates if ladder else (),
            "letter": reminder_letters.letter_of(wanted, on) if wanted and is_ready else None,
            "recipient": ladder.recipient if ladder else "",
            "sent": [(each, level_badge(each.level), mail_badge(each)) for each in sent.order_by("-pk")[:NEWEST]],
            "pause_url": reverse("admin:billing-reminder-pause", args=[obj.pk]),
        }

    def act(self, request: HttpRequest, obj: Client, form: ActionForm) -> str:
        """Send it."""
        letter = reminders.remind_now(client=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The reminder goes to %(recipient)s.") % {"recipient": letter.recipient}

    def back(self, obj: Client) -> str:
        """Go to the ladder."""
        return reverse("admin:billing-reminders")


class PauseForm(ActionForm):
    """What is paused, until when and why."""

    what = forms.ChoiceField(label=_("What"), widget=UnfoldAdminSelectWidget)
    until_on = day_field(_("Until"), help_text=_("The last day on which nothing leaves."))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)

    def fieldsets(self) -> Any:
        """Return what and until when, then why."""
        return [(None, {"fields": [("what", "until_on"), "reason"]})]


class PauseReminders(ActionPage):
    """Holds back the reminders of a client, or of one document."""

    name = "pause"
    label = _("Pause reminders")
    icon = "pause"
    form_class = PauseForm

    def may(self, request: HttpRequest, obj: Client) -> bool:
        """Ask for the right to send them."""
        return request.user.has_perm(SEND)

    def initial(self, request: HttpRequest, obj: Client) -> dict[str, Any]:
        """Begin with what the link names, for two weeks."""
        return {"what": request.GET.get("document", ""), "until_on": today() + AHEAD}

    def form(self, request: HttpRequest, obj: Client) -> ActionForm:
        """Return the form with the documents that are overdue."""
        form, ladder = super().form(request, obj), ladder_of(obj, today())
        documents = [(str(late.invoice.pk), str(late.invoice)) for late in ladder.lates] if ladder else []
        offer_choices(form, "what", [("", gettext("Everything of this client")), *documents])
        form.fields["what"].required = False
        return form

    def act(self, request: HttpRequest, obj: Client, form: ActionForm) -> str:
        """Pause it."""
        given = form.cleaned_data
        asked = {"until_on": given["until_on"], "reason": given["reason"]}
        asked |= {"actor": actor_of(request), "now": timezone.now()}
        if given["what"]:  # one that the form offered: paid meanwhile, it is still that one and not all
            reminder_pauses.pause_document(invoice=Invoice.objects.get(client=obj, pk=given["what"]), **asked)
        else:
            reminder_pauses.pause_client(client=obj, **asked)
        return gettext("Nothing leaves until %(day)s.") % {"day": day(given["until_on"])}

    def back(self, obj: Client) -> str:
        """Go to the ladder."""
        return reverse("admin:billing-reminders")


def reminder_view(request: HttpRequest, client: int) -> HttpResponse:
    """Show what a client gets next, or send it."""
    return SendReminder(studio_site.get_model_admin(Client)).answer(request, get_object_or_404(Client, pk=client))


def pause_view(request: HttpRequest, client: int) -> HttpResponse:
    """Ask what is paused, or pause it."""
    return PauseReminders(studio_site.get_model_admin(Client)).answer(request, get_object_or_404(Client, pk=client))


def of_document(invoice: Any) -> dict[str, Any]:
    """Return what the page of a document shows of its reminders: what was sent, what comes, what holds it back."""
    rows = InvoiceReminder.objects.filter(invoice=invoice).select_related("letter__email")
    sent = [(each, level_badge(each.level), mail_badge(each.letter)) for each in rows.order_by("-pk")]
    ladder = ladder_of(invoice.client, today()) if invoice.is_claim and invoice.remaining_balance else None
    late = next((late for late in ladder.lates if late.invoice == invoice), None) if ladder else None
    step, note = _said(late, today()) if late else ("", "")
    pause = reverse("admin:billing-reminder-pause", args=[invoice.client_id])
    return {
        "sent": sent,
        "late": late,
        "step": step,
        "note": note,
        "pause_url": f"{pause}?{urlencode({'document': invoice.pk})}",
    }


studio_site.register_page(
    AdminPage(
        "billing/reminders/",
        "billing-reminders",
        reminders_view,
        SEE,
        MenuEntry(MenuGroup.MONEY, "notifications_active", 25, title=_("Reminders")),
    )
)
studio_site.register_page(AdminPage("billing/reminders/<int:client>/", "billing-reminder", reminder_view, SEND))
studio_site.register_page(
    AdminPage("billing/reminders/<int:client>/pause/", "billing-reminder-pause", pause_view, SEND)
)
