"""Booking a series: the form, the answer for each of its dates while it is typed, and what is chosen for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from sessions_app.admin.booking import FILLED_BY_LINK, staff_sentences, tell_of
from sessions_app.admin.served import actor_of
from sessions_app.forms import (
    CREW_NAMES,
    BookingForm,
    asked_instant,
    crew_initial,
    current_zone,
    day_field,
    key_of,
)
from sessions_app.models import Room, SessionKind, SessionSeries
from sessions_app.selectors.answers import Slot
from sessions_app.selectors.crew import Crew, crew_of_members
from sessions_app.selectors.many_slots import Wanted
from sessions_app.selectors.recurrence import CODES, MOST_INTERVAL, MOST_OCCURRENCES, Rule, in_words
from sessions_app.selectors.series import Line, preview
from sessions_app.services import series
from studio.admin_tools import ActionForm, ActionPage
from studio.clock import WallTimeSkipped, instant
from studio.errors import DomainError
from studio.showing import when, zone_name

SKIP, FIRST_FREE = "skip", "first"
LAST_PLACE = 5  # of a weekday in a month: where there is a fifth one, it is the last
MONTHLY_BY_DATE, MONTHLY_BY_WEEKDAY, MONTHLY_BY_LAST = "date", "weekday", "last"
DAYS_OF_A_WEEK = 7
REPEATED = ("repeat", "interval", "weekdays", "monthly", "count", "until")
ASKED = ("room", "day", "start", "end", "last_day", "kind", *CREW_NAMES, *REPEATED, "choice")


class SeriesForm(BookingForm):
    """Everything a series needs: what a booking needs, and how it repeats."""

    repeat = forms.ChoiceField(
        label=_("Repeats"),
        choices=[("WEEKLY", _("every week")), ("DAILY", _("every day")), ("MONTHLY", _("every month"))],
        widget=UnfoldAdminSelectWidget,
    )
    interval = forms.IntegerField(
        label=_("Every"),
        min_value=1,
        max_value=MOST_INTERVAL,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("2: every second week, day or month."),
    )
    weekdays = forms.MultipleChoiceField(
        label=_("On"),
        required=False,
        choices=list(zip(CODES, WEEKDAYS.values(), strict=True)),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("For weeks. None: the day it starts on."),
    )
    monthly = forms.ChoiceField(
        label=_("In a month"),
        required=False,
        choices=[
            (MONTHLY_BY_DATE, _("on the same date")),
            (MONTHLY_BY_WEEKDAY, _("on the same weekday, e.g. the second Tuesday")),
            (MONTHLY_BY_LAST, _("on the last such weekday")),
        ],
        widget=UnfoldAdminSelectWidget,
    )
    count = forms.IntegerField(
        label=_("How many"),
        required=False,
        min_value=1,
        max_value=MOST_OCCURRENCES,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    until = day_field(_("Or until"), required=False, help_text=_("The last day that may count."))

    def clean(self) -> dict[str, Any]:
        """Make the rule."""
        cleaned = super().clean()
        if (cleaned.get("count") is None) == (cleaned.get("until") is None) and not self.errors:
            self.add_error("count", gettext("Say how many dates, or until when."))
        if not self.errors:
            cleaned["rule"] = self._rule(cleaned)
        return cleaned

    @staticmethod
    def _rule(cleaned: Mapping[str, Any]) -> Rule:
        day, frequency = cast("date", cleaned["day"]), str(cleaned["repeat"])
        code = CODES[day.weekday()]
        days: tuple[str, ...] = ()
        if frequency == "WEEKLY":
            days = tuple(sorted(cleaned["weekdays"] or [code], key=CODES.index))
        elif frequency == "MONTHLY" and cleaned["monthly"] == MONTHLY_BY_WEEKDAY:
            place = (day.day - 1) // DAYS_OF_A_WEEK + 1
            days = (f"{place if place < LAST_PLACE else -1}{code}",)
        elif frequency == "MONTHLY" and cleaned["monthly"] == MONTHLY_BY_LAST:
            days = (f"-1{code}",)
        return Rule(frequency, cleaned["interval"], days, cleaned["count"], cleaned["until"])

    def _instant(self, name: str, wall: datetime) -> datetime | None:
        """Return the instant of a wall time; a series takes the first of two, so nothing is asked."""
        try:
            return instant(wall, current_zone())
        except WallTimeSkipped as refusal:
            self.add_error(name, str(refusal))
            return None

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return when and where, how often, then what."""
        when_and_where, *others = super().fieldsets()
        how_often = {"fields": [("repeat", "interval", "monthly"), "weekdays", ("count", "until")]}
        return [when_and_where, (_("How often"), how_often), *others]


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen for dates that are not simply booked."""

    skipped: frozenset[date]
    picks: Mapping[date, Wanted]

    @classmethod
    def of(cls, data: QueryDict) -> "Choices":
        """Read the boxes: `day|skip`, or `day|room|start|end`; what is none of them is left out."""
        skipped, found = set(), {}
        for text in data.getlist("choice")[: MOST_OCCURRENCES + 1]:
            day, _bar, rest = text.partition("|")
            on = _day_of(day)
            if on is None:
                continue
            if rest == SKIP:
                skipped.add(on)
            elif slot := _slot_of(rest):
                found[on] = slot
        rooms = Room.objects.in_bulk({key for key, _start, _end in found.values()}) if found else {}
        picks = {on: Wanted(rooms[key], start, end) for on, (key, start, end) in found.items() if key in rooms}
        return cls(frozenset(skipped), picks)

    def with_crew(self, crew: Crew) -> dict[date, Wanted]:
        """Return what was chosen, with who and what each date needs."""
        return {day: replace(pick, crew=crew) for day, pick in self.picks.items()}


def _day_of(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _slot_of(text: str) -> tuple[int, datetime, datetime] | None:
    room, _bar, period = text.partition("|")
    starts, _bar, ends = period.partition("|")
    first, last, key = asked_instant(starts), asked_instant(ends), key_of(room)
    return None if first is None or last is None or key is None else (key, first, last)


@dataclass(frozen=True, slots=True)
class Row:
    """One date as the page shows it.

    options: value and label of each choice; the first is what the rule says
    """

    day: date
    period: str
    tone: str
    word: str
    sentences: Sequence[str]
    note: str
    chosen: str
    options: Sequence[tuple[str, str]]


def _offer(day: date, slot: Slot) -> tuple[str, str]:
    key = slot.room.pk if slot.room else ""
    value = f"{day}|{key}|{slot.starts_at.isoformat()}|{slot.ends_at.isoformat()}"
    return value, f"{slot.room}, {when(slot.starts_at, slot.ends_at)}"


def _row(line: Line, choices: Choices, zone: ZoneInfo) -> Row:
    day, slot, answer = line.occurs_on, line.answer.slot, line.answer
    skip = f"{day}|{SKIP}"
    options = [("", gettext("Book it")), (skip, gettext("Skip this date"))]
    options += [_offer(day, other) for other in answer.alternatives]
    chosen = skip if day in choices.skipped else ""
    if day in choices.picks:
        options.insert(1, _offer(day, slot))
        chosen = options[1][0]
    word, tone = (gettext("free"), "success") if answer.free else (gettext("not free"), "danger")
    if chosen == skip:
        word, tone = gettext("skipped"), "muted"
    elif chosen:
        word = gettext("put elsewhere, free") if answer.free else word
    note = gettext("The clocks go forward over this hour: it starts later.") if line.moved_forward else ""
    sentences = [] if chosen == skip else staff_sentences(answer)
    period = when(slot.starts_at, slot.ends_at, zone)
    return Row(day, period, tone, word, sentences, note, chosen, options)


def rows_of(form: SeriesForm, data: QueryDict) -> dict[str, Any]:
    """Return what the page says of every date of the form; a sentence where there is none to say anything of."""
    cleaned, zone = form.cleaned_data, current_zone()
    try:
        plan, dates = planned(form)
    except DomainError as refusal:
        return {"mistakes": [str(refusal)]}
    choices, crew = Choices.of(data), crew_of_members(who for name in CREW_NAMES for who in cleaned[name])
    ask = partial(preview, series=plan, dates=dates, zone=zone, now=timezone.now(), crew=crew)
    lines = ask(picks=choices.with_crew(crew))
    if (how := str(data.get("resolve", ""))) in {SKIP, FIRST_FREE}:
        choices = _resolved(lines, choices, how)
        lines = ask(picks=choices.with_crew(crew))
    rows = [_row(line, choices, zone) for line in lines]
    open_rows = [row for row in rows if row.tone == "danger"]
    booked = len(rows) - len(open_rows) - sum(row.tone == "muted" for row in rows)
    return {
        "rows": rows,
        "words": in_words(cleaned["rule"]),
        "to_settle": len(open_rows),
        "booked": ngettext("%(count)d date can be booked.", "%(count)d dates can be booked.", booked)
        % {"count": booked},
    }


def _resolved(lines: Sequence[Line], choices: Choices, how: str) -> Choices:
    """Return the choices with every date that is not free skipped, or put into its first alternative."""
    skipped, picks = set(choices.skipped), dict(choices.picks)
    for line in lines:
        if line.answer.free or line.occurs_on in skipped:
            continue
        if how == FIRST_FREE and line.answer.alternatives:
            slot = line.answer.alternatives[0]
            picks[line.occurs_on] = Wanted(slot.room, slot.starts_at, slot.ends_at)
        elif how == SKIP:
            picks.pop(line.occurs_on, None)
            skipped.add(line.occurs_on)
    return Choices(frozenset(skipped), picks)


def planned(form: SeriesForm) -> tuple[SessionSeries, list[date]]:
    """Return the series that the form describes, not saved, and its dates.

    raises: recurrence.BadRule, facts.BadFacts
    """
    return series.plan_series(client=None, project=None, **_times(form), **_facts(form, ("title", "kind", "room")))


def _times(form: SeriesForm) -> Any:
    cleaned = form.cleaned_data
    length = cleaned["ends_at"] - cleaned["starts_at"]
    return {
        "rule": cleaned["rule"],
        "starts_on": cleaned["day"],
        "start_time": cleaned["start"],
        "length_minutes": int(length.total_seconds() // 60),
    }


def _facts(form: SeriesForm, names: Sequence[str]) -> Any:
    return {name: form.cleaned_data[name] for name in names}


class BookSeriesPage(ActionPage):
    """Books a series."""

    name = "book"
    label = _("Book a series")
    icon = "event_repeat"
    form_class = SeriesForm
    template = "sessions_app/admin/book_series.html"
    booked: SessionSeries | None = None

    def may(self, request: HttpRequest, obj: SessionSeries | None) -> bool:
        """Ask for the right to add a series, and sessions with it."""
        return bool(self.model_admin.has_add_permission(request))

    def form(self, request: HttpRequest, obj: SessionSeries | None) -> ActionForm:
        """Return the form; one that comes from the page of a single booking is filled in and nothing else."""
        if request.method == "POST" and "repeat_this" in request.POST:
            typed = {**request.POST.dict(), **crew_initial(request.POST), "tell": "tell" in request.POST}
            return SeriesForm(None, initial={"repeat": "WEEKLY", **typed})
        return self.form_class(request.POST if request.method == "POST" else None, initial=self.initial(request, obj))

    def initial(self, request: HttpRequest, obj: SessionSeries | None) -> dict[str, Any]:
        """Begin with what the link says."""
        first = {"kind": SessionKind.STUDIO, "day": timezone.localdate(), "interval": 1}
        return first | {name: request.GET[name] for name in FILLED_BY_LINK if name in request.GET}

    def context(self, request: HttpRequest, obj: SessionSeries | None, form: ActionForm) -> dict[str, Any]:
        """Return the addresses of the live answer, and the answer itself where the form was sent."""
        told: dict[str, Any] = {
            "zone": zone_name(),
            "preview_url": reverse("admin:sessions_app_sessionseries_preview"),
            "projects_url": reverse("admin:sessions_app_studiosession_projects"),
            "asked": ASKED,
        }
        if (
            form.is_bound
            and isinstance(form, SeriesForm)
            and {"rule", "starts_at", "ends_at"} <= form.cleaned_data.keys()
        ):
            told |= rows_of(form, request.POST)
        return told

    def answer(self, request: HttpRequest, obj: SessionSeries | None) -> HttpResponse:
        """Answer the page; settling all dates at once books nothing yet."""
        if request.method == "POST" and "resolve" in request.POST and self.may(request, obj):
            return self.render(request, obj, self.form(request, obj), None)
        return super().answer(request, obj)

    def act(self, request: HttpRequest, obj: SessionSeries | None, form: ActionForm) -> str:
        """Book the series."""
        form = cast("SeriesForm", form)
        choices = Choices.of(request.POST)
        names = ("title", "client", "room", "project", "kind", "booking_type", "notes", *CREW_NAMES)
        self.booked = series.book_series(
            actor=actor_of(request),
            now=timezone.now(),
            skipped=choices.skipped,
            picks=choices.picks,
            tell=tell_of(form),
            **_times(form),
            **_facts(form, names),
        )
        count = self.booked.sessions.count()
        told = ngettext("%(count)d session is booked.", "%(count)d sessions are booked.", count)
        return told % {"count": count}

    def back(self, obj: SessionSeries | None) -> str:
        """Go to the series, or to the list."""
        return super().back(self.booked) if self.booked else reverse("admin:sessions_app_sessionseries_changelist")

    def alternatives(self, refusal: DomainError) -> tuple[()]:
        """Return nothing: what there is instead stands beside its date."""
        return ()


def preview_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Answer for each date of the form, as a fragment; it is the answer that the save will get."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    data = request.POST.copy()
    data["title"] = data.get("title") or "-"  # what the answer does not depend on may still be missing
    data["booking_type"] = data.get("booking_type") or "hourly"
    data["client"] = data["project"] = ""
    form = SeriesForm(data)
    context: dict[str, Any] = {}
    if form.is_valid():
        context = rows_of(form, request.POST)
    elif all(data.get(name) for name in ("day", "start", "end")) and (data.get("count") or data.get("until")):
        context = {"mistakes": [message for found in form.errors.values() for message in found]}
    return TemplateResponse(request, "sessions_app/admin/_series_preview.html", context)
