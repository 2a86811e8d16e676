"""What can be done to hours: one page for each act, each calling one service."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.own_time import KINDS, people, sees_everybody
from sessions_app.admin.served import actor_of
from sessions_app.admin.time_forms import AddHoursForm, CorrectHoursForm, HoursForm, ReasonForm
from sessions_app.forms import period_initial
from sessions_app.models import TimeEntry
from sessions_app.services import time_entries, timers
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import zone_name

FILLED_BY_LINK = ("session", "project", "track", "day", "start", "end", "person", "task_type")
AN_HOUR = timedelta(hours=1)


@contextmanager
def asking_of_overlap(form: HoursForm) -> Iterator[None]:
    """Run the block that saves hours; where they overlap others, the form comes back with the question."""
    try:
        yield
    except time_entries.HoursOverlap:
        form.asks_overlap = True
        raise


def touched(form: HoursForm, boundary: str) -> bool:
    """Return whether somebody gave a start or an end another time; a doubled hour may also mean its other half.

    boundary: "start" or "end"
    """
    boxes = {"day", boundary} | ({"last_day"} if boundary == "end" else set())
    return bool((boxes | ({f"{boundary}_which"} if boundary in form.doubled else set())) & set(form.changed_data))


class HoursPage(ActionPage):
    """A page whose form holds hours."""

    template = "sessions_app/admin/hours_form.html"

    def context(self, request: HttpRequest, obj: TimeEntry | None, form: ActionForm) -> dict[str, Any]:
        """Name the zone of the wall times."""
        return {"zone": zone_name()}


class AddHoursPage(HoursPage):
    """Writes down hours that no timer measured."""

    name = "write-down"
    label = _("Write down hours")
    icon = "edit_calendar"
    form_class = AddHoursForm
    made: TimeEntry | None = None

    def may(self, request: HttpRequest, obj: TimeEntry | None) -> bool:
        """Ask for the right to add an entry."""
        return bool(self.model_admin.has_add_permission(request))

    def form(self, request: HttpRequest, obj: TimeEntry | None) -> ActionForm:
        """Offer the people whose hours the person keeps; for oneself there is no question."""
        form: Any = super().form(request, obj)
        form.fields["person"].queryset = people(request)
        if not sees_everybody(request):
            form.fields["person"].disabled = True
        return form

    def initial(self, request: HttpRequest, obj: TimeEntry | None) -> dict[str, Any]:
        """Begin with oneself, today, and what the link says."""
        first = {"person": actor_of(request).pk, "day": timezone.localdate()}
        linked = {name: request.GET[name] for name in FILLED_BY_LINK if name in request.GET}
        return first | (linked if sees_everybody(request) else {**linked, "person": actor_of(request).pk})

    def act(self, request: HttpRequest, obj: TimeEntry | None, form: Any) -> str:
        """Write the hours down."""
        names = ("person", "task_type", "target", "started_at", "ended_at", "note", "reason", "may_overlap")
        given = form.cleaned_data | {"started_at": form.cleaned_data["starts_at"]}
        given |= {"ended_at": form.cleaned_data["ends_at"]}
        facts = {name: given[name] for name in names}
        with asking_of_overlap(form):
            self.made = time_entries.add_entry(actor=actor_of(request), now=timezone.now(), **facts)
        return gettext("The hours are written down.")

    def back(self, obj: TimeEntry | None) -> str:
        """Go to what was written down, or to the list."""
        return super().back(self.made) if self.made else self.model_admin.list_address()


class CorrectPage(HoursPage):
    """Corrects an entry; of a running timer it says when the work really ended."""

    name = "correct"
    label = _("Correct")
    icon = "edit"
    form_class = CorrectHoursForm
    question = _("The old values stay readable below the entry.")

    def is_offered(self, obj: TimeEntry) -> bool:
        """Offer it until the entry is locked."""
        return obj.locked_at is None

    def form(self, request: HttpRequest, obj: TimeEntry) -> ActionForm:
        """Keep rates to those who see everybody's hours."""
        form: Any = super().form(request, obj)
        form.fields["task_type"].queryset = form.fields["task_type"].queryset | type(obj.task_type).objects.filter(
            pk=obj.task_type_id
        )
        if not sees_everybody(request):
            del form.fields["hourly_rate"], form.fields["billable"]
        return form

    def initial(self, request: HttpRequest, obj: TimeEntry) -> dict[str, Any]:
        """Begin with what is written down."""
        ended_at = obj.ended_at or min(timezone.now(), obj.started_at + AN_HOUR)
        facts = {name: getattr(obj, name) for name in ("task_type", "note", "billable", "hourly_rate")}
        links = {name: getattr(obj, f"{name}_id") for name in KINDS}
        return {**period_initial(obj.started_at, ended_at), **links, **facts, "task_type": obj.task_type_id}

    def act(self, request: HttpRequest, obj: TimeEntry, form: Any) -> str:
        """Correct what was changed on the form; a boundary that was not touched keeps its seconds."""
        changed, cleaned = set(form.changed_data), form.cleaned_data
        given: Any = {
            name: cleaned[name] for name in ("note", "task_type", "hourly_rate", "billable") if name in changed
        }
        if touched(form, "start"):
            given["started_at"] = cleaned["starts_at"]
        if touched(form, "end") or obj.is_running:
            given["ended_at"] = cleaned["ends_at"]
        if changed & KINDS.keys():
            given["target"] = cleaned["target"]
        given |= {name: cleaned[name] for name in ("reason", "may_overlap")}
        with asking_of_overlap(form):
            time_entries.correct_entry(entry=obj, actor=actor_of(request), now=timezone.now(), **given)
        return gettext("The hours are corrected.")


class StopPage(ActionPage):
    """Stops a running timer."""

    name = "stop"
    label = _("Stop")
    icon = "stop_circle"
    question = _("The timer stops now.")

    def is_offered(self, obj: TimeEntry) -> bool:
        """Offer it while the timer runs."""
        return obj.is_running

    def act(self, request: HttpRequest, obj: TimeEntry, form: ActionForm) -> str:
        """Stop the timer."""
        timers.stop_timer(entry=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The timer is stopped.")


class DeleteHoursPage(ActionPage):
    """Deletes an entry, with a reason."""

    name = "remove"
    label = _("Delete")
    icon = "delete"
    permission = "delete"
    is_dangerous = True
    form_class = ReasonForm
    question = _("The hours are gone from every total. What they said stays in the audit trail.")
    is_gone = False

    def is_offered(self, obj: TimeEntry) -> bool:
        """Offer it until the entry is locked."""
        return obj.locked_at is None

    def act(self, request: HttpRequest, obj: TimeEntry, form: ActionForm) -> str:
        """Delete the entry."""
        time_entries.delete_entry(
            entry=obj, reason=form.cleaned_data["reason"], actor=actor_of(request), now=timezone.now()
        )
        self.is_gone = True
        return gettext("The hours are deleted.")

    def back(self, obj: TimeEntry) -> str:
        """Go to the list once the entry is gone."""
        return self.model_admin.list_address() if self.is_gone else super().back(obj)
