"""Entering a session that took place and was never booked: the form of the grid, for what is over."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from sessions_app.admin.served import actor_of
from studio.admin_sites import AdminPage, studio_site
from studio.errors import DomainError
from training.admin.book_form import BookForm
from training.admin.book_panel import BookPanel, named, with_whom
from training.admin.completion_desk import COMPLETE, trainers_for, whose
from training.models import Machine, TrainingSession
from training.selectors.booking_offer import BookingOffer, entering_offer
from training.services import afterwards


class EnterForm(BookForm):
    """A session that took place: on any machine, with whoever trained."""

    def __init__(self, data: Any, *, offer: BookingOffer, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, offer=offer, initial=initial)
        machine: Any = self.fields["machine"]
        machine.widget = UnfoldAdminSelectWidget()  # one that is switched off by now may have been on
        machine.queryset = Machine.objects.in_use()
        del self.fields["over_cap_because"]


class EnterPanel(BookPanel):
    """Writes down a session that is over, completed."""

    url = "admin:training-enter"
    title = gettext_lazy("Enter a session that took place")
    button = gettext_lazy("Enter it as completed")
    form_class = EnterForm
    question = gettext_lazy(
        "It was not booked, or not written down. It is entered as it was and completed at once: the trainer's pay, and"
        " a credit of the plan of that day. For another day, press the free slot on that day's grid."
    )

    def offer(self, start: datetime, now: datetime) -> BookingOffer:
        """Return what can be chosen of what is over."""
        return entering_offer(start, now=now)

    def form(self, request: HttpRequest, data: Any, offer: BookingOffer, initial: dict[str, Any]) -> BookForm:
        """Return the form; whoever completes their own sessions alone was the trainer."""
        form = super().form(request, data, offer, initial)
        trainer: Any = form.fields["trainer"]
        trainer.queryset = trainers_for(request)
        trainer.empty_label = "-"
        if whose(request) is not None:
            trainer.required, trainer.initial = True, trainer.queryset.first()
        if "start" not in initial and offer.starts:
            form.initial["start"] = offer.starts[-1][0].isoformat()
        return form

    def act(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> TrainingSession:
        """Enter what the form says.

        raises: what the services raise
        """
        slot = {"actor": actor_of(request), "now": now}
        return with_whom(given, slot, afterwards.enter_session, afterwards.enter_trial)

    def told(self, request: HttpRequest, session: TrainingSession) -> str:
        """Return what is true now."""
        return _("%(who)s is entered on %(machine)s and completed: %(when)s.") % named(session)

    def context(self, request: HttpRequest, start: datetime, refusal: DomainError | None) -> dict[str, Any]:
        """Return what the page says above the form; nothing else is free instead of what was."""
        return {"question": self.question}


studio_site.register_page(AdminPage("training/enter/", "training-enter", EnterPanel().view, COMPLETE))
