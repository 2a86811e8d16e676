"""Money that came after its slot was gone: the queue, and one page for each way to settle it."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing.admin.draft_forms import text_field
from billing.models import PaymentAttempt
from billing.selectors import late_money, paying
from billing.services import late_settlements
from sessions_app.admin.booking import SlotPage, offers, with_alternative
from sessions_app.admin.served import actor_of
from sessions_app.forms import PeriodForm, period_initial, room_field
from sessions_app.models import StudioSession
from studio.admin_sites import (
    RECORDING,
    AdminPage,
    DashboardFigure,
    DashboardFigures,
    MenuEntry,
    MenuGroup,
    studio_site,
)
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import money, when, zone_name

SEE, BOOK = "billing.view_paymentattempt", "sessions_app.change_studiosession"
CREDIT, REFUND = "billing.credit_invoice", "billing.refund_payment"
QUEUE = "admin:billing-late-money"


def queue_view(request: HttpRequest) -> HttpResponse:
    """Show what waits to be settled, with what could be booked instead."""
    found = late_money.late_money(now=timezone.now())
    context: dict[str, Any] = {
        **studio_site.each_context(request),
        "title": gettext("Late money"),
        "rows": [(late, [(lost, _links(late, lost)) for lost in late.lost]) for late in found],
        "may_book": request.user.has_perm(BOOK),
        "may_credit": request.user.has_perm(CREDIT),
        "may_refund": request.user.has_perm(REFUND),
        "zone": zone_name(),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "billing/admin/late_money.html", context)


def _links(late: late_money.Late, lost: late_money.LostSlot) -> list[tuple[str, str]]:
    """Return the free slots, each as what it says and where it is booked."""
    page = reverse("admin:billing-late-move", args=[late.attempt.pk, lost.session.pk])
    return [(each["label"], f"{page}?{urlencode({'alternative': each['value']})}") for each in offers(lost.offers)]


class SettlePage(ActionPage):
    """One way to settle late money; afterwards the queue, where the next one waits."""

    right: str

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the right to do it, beside that to see payments."""
        return request.user.has_perm(SEE) and request.user.has_perm(self.right)

    def is_offered(self, obj: PaymentAttempt) -> bool:
        """Offer it while nobody has settled it."""
        return obj.late_at is not None and obj.late_settled_at is None

    def context(self, request: HttpRequest, obj: PaymentAttempt, form: ActionForm) -> dict[str, Any]:
        """Say what it is about."""
        sessions = [(each, when(each.starts_at, each.ends_at)) for each in paying.lost_sessions_of(obj.invoice)]
        return {"attempt": obj, "amount": money(obj.amount, obj.currency), "sessions": sessions}

    template = "billing/admin/late_settle.html"

    def back(self, obj: Any) -> str:
        """Go to the queue."""
        return reverse(QUEUE)


class BookAgainPage(SettlePage):
    """Books the session at its own time."""

    name = "book-again"
    label = _("Book again")
    icon = "event_available"
    right = BOOK
    question = _("It is booked at its own time, at the price agreed. The client gets the confirmation by mail.")

    def act(self, request: HttpRequest, obj: PaymentAttempt, form: ActionForm) -> str:
        """Book it."""
        late_settlements.book_again(attempt=obj, actor=actor_of(request), now=timezone.now())
        return gettext("Booked. %(client)s gets the confirmation by mail.") % {"client": obj.invoice.client}


class ReasonForm(ActionForm):
    """Why."""

    reason = text_field(_("Reason"), 500, help_text=_("Printed on the credit note."))


class KeepPage(SettlePage):
    """Leaves the money with the client."""

    name = "keep-credit"
    label = _("Keep as credit")
    icon = "savings"
    right = CREDIT
    form_class = ReasonForm
    question = _(
        "A credit note takes the deposit back, and the money stays with the client for what they book next."
        " They are told by mail."
    )

    def initial(self, request: HttpRequest, obj: PaymentAttempt) -> dict[str, Any]:
        """Propose the usual reason."""
        return {"reason": gettext("The time was no longer free when the payment came.")}

    def act(self, request: HttpRequest, obj: PaymentAttempt, form: ActionForm) -> str:
        """Keep it."""
        late_settlements.keep_as_credit(
            attempt=obj, reason=form.cleaned_data["reason"], actor=actor_of(request), now=timezone.now()
        )
        told = gettext("%(amount)s stay with %(client)s as credit.")
        return told % {"amount": money(obj.amount, obj.currency), "client": obj.invoice.client}


class PayBackPage(KeepPage):
    """Pays the money back."""

    name = "pay-back"
    label = _("Pay back")
    icon = "undo"
    right = REFUND
    is_dangerous = True
    question = _(
        "A credit note takes the deposit back, and Stripe is asked to pay the money back the way it came."
        " The client is told by mail."
    )

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Ask for the right to write the credit note as well."""
        return super().may(request, obj) and request.user.has_perm(CREDIT)

    def act(self, request: HttpRequest, obj: PaymentAttempt, form: ActionForm) -> str:
        """Pay it back."""
        back = late_settlements.pay_back(
            attempt=obj, reason=form.cleaned_data["reason"], actor=actor_of(request), now=timezone.now()
        )
        told = gettext("%(amount)s go back to %(client)s; Stripe is being asked.")
        return told % {"amount": money(back.amount, back.currency), "client": obj.invoice.client}


class LateForm(PeriodForm):
    """Another time, another room, or both."""

    room = room_field()

    def fieldsets(self) -> Any:
        """Return where and when."""
        return [(None, {"fields": ["room", *self.period_fields()]})]


class LateMovePage(SlotPage):
    """Books one of the sessions that were paid for at another time or in another room."""

    name = "late-move"
    label = _("Book at another time or in another room")
    submit = _("Book it")
    icon = "event_repeat"
    form_class = LateForm
    question = _("It is booked at the price agreed, for what is paid. The client gets the new time by mail.")
    attempt: PaymentAttempt

    def may(self, request: HttpRequest, obj: StudioSession) -> bool:
        """Ask for the right to book, beside that to see payments."""
        return request.user.has_perm(SEE) and request.user.has_perm(BOOK)

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Begin with the slot that was chosen in the queue, else where the session was."""
        own = {**period_initial(obj.starts_at, obj.ends_at), "room": obj.room_id or ""}
        return own | (with_alternative(request.GET) or {})

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Book it."""
        given = {name: form.cleaned_data[name] for name in ("room", "starts_at", "ends_at")}
        late_settlements.book_elsewhere(
            attempt=self.attempt, session=obj, actor=actor_of(request), now=timezone.now(), **given
        )
        told = gettext("Booked: %(when)s. %(client)s gets the new time by mail.")
        return told % {"when": when(given["starts_at"], given["ends_at"]), "client": obj.client}

    def back(self, obj: StudioSession | None) -> str:
        """Go to the queue."""
        return reverse(QUEUE)


def move_view(request: HttpRequest, attempt_id: int, session_id: int) -> HttpResponse:
    """Answer the page of one session of a payment."""
    late = PaymentAttempt.objects.filter(late_at__isnull=False).select_related("invoice")
    attempt = get_object_or_404(late, pk=attempt_id)
    lost = {each.pk: each for each in paying.lost_sessions_of(attempt.invoice)}
    session = lost.get(session_id) or get_object_or_404(StudioSession, pk=session_id)
    page = LateMovePage(studio_site.get_model_admin(StudioSession))
    page.attempt = attempt
    return page.answer(request, session)


def waiting(_request: HttpRequest) -> list[DashboardFigure]:
    """Return how many payments wait to be settled; nothing where none does.

    queries: 1
    """
    if not (count := late_money.late_count()):
        return []
    label = ngettext("late payment to settle", "late payments to settle", count)
    return [DashboardFigure(str(count), label, reverse(QUEUE), is_waiting=True)]


ACTION_PAGES = (BookAgainPage, KeepPage, PayBackPage)
studio_site.register_page(
    AdminPage(
        "billing/late-money/",
        "billing-late-money",
        queue_view,
        SEE,
        MenuEntry(MenuGroup.MONEY, "running_with_errors", 23, kinds=RECORDING, title=_("Late money")),
    )
)
studio_site.register_page(
    AdminPage("billing/late-money/<int:attempt_id>/<int:session_id>/", "billing-late-move", move_view, BOOK)
)
studio_site.register_figures(DashboardFigures(waiting, SEE, order=12, kinds=RECORDING))
