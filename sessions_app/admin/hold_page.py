"""Keeping a slot for a while: the page of a booking, with until when."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.booking import BookPage, tell_of
from sessions_app.admin.served import actor_of
from sessions_app.admin.waiting_pages import UntilForm, until_initial
from sessions_app.forms import CREW_NAMES, BookingForm, crew_initial
from sessions_app.models import StudioSession
from sessions_app.services import holds
from studio.admin_tools import ActionForm
from studio.showing import when

USUAL = timedelta(days=2)
FACTS = ("title", "starts_at", "ends_at", "client", "room", "project", "kind", "notes")


class HoldForm(BookingForm, UntilForm):
    """Everything a hold needs."""

    def clean(self) -> dict[str, Any]:
        """Insist on a room: nobody else waits for a place elsewhere."""
        cleaned = super().clean()
        if not self.errors and cleaned.get("room") is None:
            self.add_error("room", gettext("A hold keeps a room. Choose one."))
        return cleaned

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return until when, then what a booking asks."""
        until = {"fields": [("until_day", "until_time")]}
        return [(_("Held until"), until), *BookingForm.fieldsets(self)]


class HoldPage(BookPage):
    """Keeps a slot until a time; where holds are already, it queues behind them."""

    name = "hold"
    label = _("Hold a slot")
    icon = "hourglass_top"
    form_class = HoldForm
    question = _("The slot is kept until then. Where it is held already, this hold waits in line.")

    def form(self, request: HttpRequest, obj: StudioSession | None) -> ActionForm:
        """Return the form; one that comes from the page of a booking is filled in and nothing else."""
        if request.method == "POST" and "hold_this" in request.POST:
            typed = {**request.POST.dict(), **crew_initial(request.POST), "tell": "tell" in request.POST}
            return HoldForm(None, initial={**until_initial(timezone.now() + USUAL), **typed})
        return super().form(request, obj)

    def initial(self, request: HttpRequest, obj: StudioSession | None) -> dict[str, Any]:
        """Propose two days."""
        return {**super().initial(request, obj), **until_initial(timezone.now() + USUAL)}

    def act(self, request: HttpRequest, obj: StudioSession | None, form: ActionForm) -> str:
        """Place the hold."""
        given = {name: form.cleaned_data[name] for name in (*FACTS, *CREW_NAMES)}
        until = form.cleaned_data["until"]
        self.booked = holds.place_hold(
            expires_at=until, actor=actor_of(request), tell=tell_of(form), now=timezone.now(), **given
        )
        if (rank := self.booked.hold_rank or 1) > 1:
            sentence = gettext("The hold waits as no. %(rank)d in line, until %(until)s.")
            return sentence % {"rank": rank, "until": when(until)}
        return gettext("The slot is held until %(until)s.") % {"until": when(until)}


def hold_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Answer the page for a new hold."""
    return HoldPage(model_admin).answer(request, None)
