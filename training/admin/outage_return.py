"""Bringing back what an outage has displaced, each by a press of its own, or all that nothing speaks against."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.forms import asked_instant, key_of
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import zone_name
from training.models import MachineOutage, OutageTelling
from training.selectors.outage_returns import returnables
from training.services import outage_returns
from training.services.outage_returns import BroughtBack

CHANGE = "training.change_machineoutage"
ALL = "all"


class ReturnPage(ActionPage):
    """Puts sessions back where the outage had displaced them."""

    name = "back"
    label = _("Bring sessions back")
    icon = "undo"
    template = "training/admin/outage_return.html"
    question = _(
        "These were moved or cancelled for the outage, and the machine is free at their time again. What was moved goes"
        " back, what was cancelled is booked anew, with its credit. Who had heard of the change hears of this: by mail,"
        " or they are to be called."
    )
    is_done = False

    def may(self, request: HttpRequest, obj: MachineOutage) -> bool:
        """Ask for the right; the list itself is read only."""
        return request.user.has_perm(CHANGE)

    def is_offered(self, obj: MachineOutage) -> bool:
        """Offer it while something can come back."""
        return bool(returnables(obj, timezone.now()))

    def context(self, request: HttpRequest, obj: MachineOutage, form: ActionForm) -> dict[str, Any]:
        """Say what could come back, and what is against it."""
        found = returnables(obj, timezone.now())
        return {"found": found, "along": sum(each.goes_along for each in found), "zone": zone_name()}

    def act(self, request: HttpRequest, obj: MachineOutage, form: ActionForm) -> str:
        """Bring back the one that was pressed, or all that nothing speaks against."""
        done = outage_returns.bring_back(outage=obj, seen=_seen(request), actor=actor_of(request), now=timezone.now())
        self.is_done = True
        for session, sentence in done.stayed:
            messages.warning(request, f"{session}: {sentence}")
        return _told(done)

    def back(self, obj: MachineOutage) -> str:
        """Stay here while there is more that could come back."""
        is_more = self.is_done and self.is_offered(obj)
        return self._address(self.name if is_more else "change", obj)


def _seen(request: HttpRequest) -> dict[int, datetime | None]:
    """Return the cases that are meant, each with the state of its session that was shown."""
    pressed = request.POST.get("only") or ALL
    meant = request.POST.getlist("along") if pressed == ALL else [pressed]
    return {key: asked_instant(request.POST.get(f"seen-{key}")) for text in meant if (key := key_of(text))}


def _told(done: BroughtBack) -> str:
    """Return what is true now."""
    if not (count := len(done.back)):
        return gettext("Nothing has come back.")
    said = [ngettext("%(n)d session is back.", "%(n)d sessions are back.", count) % {"n": count}]
    calls = {
        each.session.member_id or each.session.pk for each in done.back if each.case.telling == OutageTelling.PHONE
    }
    if calls:
        told = ngettext("%(n)d person has to be called.", "%(n)d people have to be called.", len(calls))
        said.append(told % {"n": len(calls)})
    return " ".join(said)
