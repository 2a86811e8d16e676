"""Moving what a machine has ahead of it to another one: shown first, and done after a second button."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone, day_field
from studio.admin_tools import ActionForm, ActionPage
from studio.clock import local_midnight
from studio.showing import days, zone_name
from training.admin.day_page import PLAN_OUTAGES
from training.admin.machine_moves import MOST_SHOWN, MachineForm, moved_sentence, say_what_stays
from training.models import Machine
from training.selectors.machine_sessions import coming_on, fingerprint_of
from training.services import machine_moves


class EmptyForm(MachineForm):
    """Which days' sessions move, and where.

    cleaned_data: `starts_at` and `ends_at`, in UTC, beside the fields
    """

    first = day_field(_("First day"))
    last = day_field(_("Last day"))

    def clean(self) -> dict[str, Any]:
        """Turn the days into two instants."""
        cleaned = dict(super().clean() or {})
        first, last = cleaned.get("first"), cleaned.get("last")
        if isinstance(first, date) and isinstance(last, date):
            if last < first:
                self.add_error("last", gettext("The last day is before the first."))
                return cleaned
            zone = current_zone()
            cleaned["starts_at"] = local_midnight(first, zone)
            cleaned["ends_at"] = local_midnight(last + timedelta(days=1), zone)
        return cleaned

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return where, then when."""
        return [(None, {"fields": ["machine", ("first", "last")]})]


class EmptyPage(ActionPage):
    """Moves what a machine has ahead of it to another one."""

    name = "empty"
    label = _("Move its sessions")
    icon = "move_down"
    question = _(
        "Each session moves at the time it has, unless another one has the machine then. Only what has not begun"
        " moves: the past stays as it was."
    )
    form_class = EmptyForm
    template = "training/admin/empty_machine.html"

    def may(self, request: HttpRequest, obj: Machine) -> bool:
        """Ask for the right to plan outages, which moves sessions just so."""
        return request.user.has_perm(PLAN_OUTAGES)

    def is_offered(self, obj: Machine) -> bool:
        """Offer it where there is something to move."""
        return obj.sessions.ahead(timezone.now()).filter(outage__isnull=True).exists()

    def initial(self, request: HttpRequest, obj: Machine) -> dict[str, Any]:
        """Begin with today, so that a longer period is somebody's own wish."""
        today = timezone.localdate()
        return {"first": today, "last": today}

    def form(self, request: HttpRequest, obj: Machine) -> ActionForm:
        """Return the form, with the other machines."""
        form = super().form(request, obj)
        machines: Any = form.fields["machine"]
        machines.queryset = machines.queryset.exclude(pk=obj.pk)
        return form

    def answer(self, request: HttpRequest, obj: Machine) -> HttpResponse:
        """Show what would move, unless the button was pressed that does it."""
        is_asked = "act" in request.POST and request.POST.get("looked_at") == _asked(request)
        if request.method != "POST" or is_asked or not self.may(request, obj):
            return super().answer(request, obj)
        return self.render(request, obj, self.form(request, obj), None)

    def context(self, request: HttpRequest, obj: Machine, form: ActionForm) -> dict[str, Any]:
        """Say how many would move, from when to when, and which."""
        if not form.is_bound or not (form.is_valid() or form.non_field_errors()):
            return {}
        given = form.cleaned_data
        found = list(coming_on(obj, given["starts_at"], given["ends_at"], timezone.now()))
        return {
            "looked_at": _asked(request),
            "shown": fingerprint_of(found),
            "count": len(found),
            "coming": found[:MOST_SHOWN],
            "more": max(len(found) - MOST_SHOWN, 0),
            "machine": obj,
            "target": given["machine"],
            "period": days(given["first"], given["last"]),
            "zone": zone_name(),
        }

    def act(self, request: HttpRequest, obj: Machine, form: ActionForm) -> str:
        """Move them."""
        given = form.cleaned_data
        result = machine_moves.empty_machine(
            machine=obj,
            to=given["machine"],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            shown=request.POST.get("shown", ""),
            actor=actor_of(request),
            now=timezone.now(),
        )
        say_what_stays(request, result)
        return moved_sentence(result, given["machine"])


def _asked(request: HttpRequest) -> str:
    """Return where and when the form asks for, as far as it was shown with what would move."""
    return " ".join(request.POST.get(name, "") for name in ("machine", "first", "last"))
