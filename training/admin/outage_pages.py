"""Planning an outage of a machine, prolonging it, ending it: what it displaces is shown before anything is done."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.forms import period_initial
from studio.admin_tools import ActionForm, ActionPage
from studio.errors import DomainError
from studio.showing import when_exactly, zone_name
from training.admin.day_page import PLAN_OUTAGES
from training.admin.outage_choices import OVER_CAP, asked_choices, offered_cases
from training.admin.outage_form import OutageForm, UntilForm
from training.admin.outage_return import ReturnPage
from training.models import Machine, MachineOutage, OutageDecision
from training.selectors.outage_plan import outage_plan
from training.selectors.outage_returns import returnables
from training.services import bookings, outages
from training.services.outage_cases import Choice

CHANGE = "training.change_machineoutage"
USUAL_LENGTH = timedelta(days=1)
CHOICES = (OutageDecision.MOVED, OutageDecision.SETTLED, OutageDecision.LEFT)


class PlanningPage(ActionPage):
    """Shows what is in the way first; a second button does what was chosen, all of it or nothing."""

    template = "training/admin/plan_outage.html"
    made: MachineOutage | None = None

    @abstractmethod
    def machine(self, obj: Any) -> Machine:
        """Return whose outage it is."""

    def outage(self, obj: Any) -> MachineOutage | None:
        """Return the one that is prolonged; None for a new one."""
        return None

    def period(self, obj: Any, form: ActionForm) -> tuple[datetime, datetime] | None:
        """Return what is about to be blocked; None while the form does not say so."""
        if not form.is_bound:
            return None
        form.is_valid()
        cleaned, outage = form.cleaned_data, self.outage(obj)
        start, end = outage.ends_at if outage else cleaned.get("starts_at"), cleaned.get("ends_at")
        return (start, end) if start and end else None

    def answer(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Show what is in the way, unless the button was pressed that does it."""
        if request.method != "POST" or "act" in request.POST:
            return super().answer(request, obj)
        if not self.may(request, obj):
            raise PermissionDenied
        form = self.form(request, obj)
        refusal = self._refusal(obj, form)
        if refusal is not None:
            form.add_error(None, str(refusal))
        return self.render(request, obj, form, refusal)

    def _refusal(self, obj: Any, form: ActionForm) -> DomainError | None:
        """Return why no outage can be planned for what the form says."""
        if (period := self.period(obj, form)) is None:
            return None
        start, end = period
        machine, outage = self.machine(obj), self.outage(obj)
        try:
            outages.require_possible(machine=machine, starts_at=start, ends_at=end, now=timezone.now(), outage=outage)
        except DomainError as refusal:
            return refusal
        return None

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Say what is in the way, with what can become of each."""
        period = self.period(obj, form)
        shown: dict[str, Any] = {"zone": zone_name(), "machine": self.machine(obj), "outage": self.outage(obj)}
        if period is None or self._refusal(obj, form) is not None:
            return shown
        plan = outage_plan(self.machine(obj), *period, now=timezone.now(), outage=self.outage(obj))
        may_override = request.user.has_perm(bookings.CAP_RIGHT)
        return shown | {
            "plan": plan,
            "cases": offered_cases(plan, request.POST, may_override=may_override),
            "blocked": when_exactly(*period),
            "asks_why_full": may_override and any(each.beyond for each in plan.displaced),
            "over_cap_because": request.POST.get(OVER_CAP, ""),
        }

    def told(self, outage: MachineOutage, choices: Sequence[Choice]) -> str:
        """Return what is true now."""
        decisions = [choice.decision for choice in choices]
        moved, settled, left = (decisions.count(each) for each in CHOICES)
        facts = {"machine": outage.machine, "when": when_exactly(outage.starts_at, outage.ends_at)}
        said = [gettext("%(machine)s is out of order: %(when)s.") % facts]
        if moved:
            said.append(ngettext("%(n)d session has moved.", "%(n)d sessions have moved.", moved) % {"n": moved})
        if settled:
            told = ngettext("%(n)d session is cancelled.", "%(n)d sessions are cancelled.", settled)
            said.append(told % {"n": settled})
        if left:
            said.append(ngettext("%(n)d session stays.", "%(n)d sessions stay.", left) % {"n": left})
        asked = outage.cases.filter(session__in=[choice.session for choice in choices])
        if calls := asked.to_phone().people():
            told = ngettext("%(n)d person has to be called.", "%(n)d people have to be called.", calls)
            said.append(told % {"n": calls})
        return " ".join(said)

    def back(self, obj: Any) -> str:
        """Return the address of the outage."""
        if self.made is not None:
            return reverse("admin:training_machineoutage_change", args=[self.made.pk])
        return super().back(obj)


class OutagePage(PlanningPage):
    """Takes a machine out of order for a while."""

    name = "outage"
    label = _("Plan an outage")
    icon = "build"
    form_class = OutageForm

    def may(self, request: HttpRequest, obj: Machine) -> bool:
        """Ask for the right."""
        return request.user.has_perm(PLAN_OUTAGES)

    def is_offered(self, obj: Machine) -> bool:
        """Offer it for a machine in use."""
        return obj.retired_at is None

    def machine(self, obj: Machine) -> Machine:
        """Return the machine itself."""
        return obj

    def initial(self, request: HttpRequest, obj: Machine) -> dict[str, Any]:
        """Begin now, for a day."""
        now = timezone.now()
        begun = now - timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
        return period_initial(begun, begun + USUAL_LENGTH)

    def act(self, request: HttpRequest, obj: Machine, form: ActionForm) -> str:
        """Plan it."""
        given, choices = form.cleaned_data, asked_choices(request.POST)
        self.made = outages.plan_outage(
            machine=obj,
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            reason=given["reason"],
            choices=choices,
            actor=actor_of(request),
            now=timezone.now(),
        )
        return self.told(self.made, choices)


class OfOutage(ActionPage):
    """An act on an outage that is not over; the list itself is read only."""

    def may(self, request: HttpRequest, obj: MachineOutage) -> bool:
        """Ask for the right."""
        return request.user.has_perm(CHANGE)

    def is_offered(self, obj: MachineOutage) -> bool:
        """Offer it until it is over."""
        return obj.called_off_at is None and obj.ends_at > timezone.now()


class ProlongPage(OfOutage, PlanningPage):
    """Lets an outage last longer."""

    name = "prolong"
    label = _("Prolong")
    icon = "more_time"
    form_class = UntilForm

    def machine(self, obj: MachineOutage) -> Machine:
        """Return the machine that is out."""
        return obj.machine

    def outage(self, obj: MachineOutage) -> MachineOutage:
        """Return the outage itself."""
        return obj

    def initial(self, request: HttpRequest, obj: MachineOutage) -> dict[str, Any]:
        """Begin a day later than it ends now."""
        return until_initial(obj.ends_at + USUAL_LENGTH)

    def act(self, request: HttpRequest, obj: MachineOutage, form: ActionForm) -> str:
        """Prolong it."""
        choices, ends_at = asked_choices(request.POST), form.cleaned_data["ends_at"]
        self.made = outages.prolong_outage(
            outage=obj, ends_at=ends_at, choices=choices, actor=actor_of(request), now=timezone.now()
        )
        return self.told(self.made, choices)


class EndingPage(OfOutage):
    """Ends an outage, and goes on to what could come back."""

    ended: MachineOutage | None = None

    def back(self, obj: MachineOutage) -> str:
        """Go on to what the outage had displaced and could come back, where there is something."""
        if self.ended is not None and returnables(self.ended, timezone.now()):
            return self._address(ReturnPage.name, obj)
        return super().back(obj)


class EndPage(EndingPage):
    """Ends an outage early."""

    name = "end"
    label = _("End it earlier")
    icon = "event_available"
    form_class = UntilForm
    question = _(
        "From this instant on the machine can be booked again. What was moved or cancelled for it stays so until you"
        " bring it back: the next page lists it."
    )

    def initial(self, request: HttpRequest, obj: MachineOutage) -> dict[str, Any]:
        """Begin with now, or with the start of one that is still to come."""
        return until_initial(max(timezone.now(), obj.starts_at))

    def act(self, request: HttpRequest, obj: MachineOutage, form: ActionForm) -> str:
        """End it."""
        ends_at = form.cleaned_data["ends_at"]
        self.ended = ended = outages.end_outage(
            outage=obj, ends_at=ends_at, actor=actor_of(request), now=timezone.now()
        )
        facts = {"machine": ended.machine, "when": when_exactly(ended.ends_at)}
        return gettext("%(machine)s can be booked again from %(when)s on.") % facts


class CallOffPage(EndingPage):
    """Calls off an outage that has not begun."""

    name = "call-off"
    label = _("Call it off")
    icon = "event_busy"
    is_dangerous = True
    question = _(
        "The outage never comes: the machine can be booked again in all of its time. What was moved or cancelled for"
        " it stays so until you bring it back: the next page lists it."
    )

    def is_offered(self, obj: MachineOutage) -> bool:
        """Offer it until it begins."""
        return obj.called_off_at is None and obj.starts_at > timezone.now()

    def act(self, request: HttpRequest, obj: MachineOutage, form: ActionForm) -> str:
        """Call it off."""
        self.ended = ended = outages.call_off_outage(outage=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The outage of %(machine)s is called off.") % {"machine": ended.machine}


def until_initial(at: datetime) -> dict[str, Any]:
    """Return what the boxes say for an instant."""
    shown = period_initial(at, at)
    return {"last_day": timezone.localtime(at).date(), "end": shown["end"], "end_which": shown["end_which"]}
