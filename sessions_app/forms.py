"""What the staff fill in to book, move, cancel and complete, turned into our own types."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from sessions_app.models import (
    BookingType,
    Equipment,
    FeedDetail,
    Musician,
    Project,
    Room,
    SessionAssignment,
    SessionKind,
    StudioSession,
)
from sessions_app.selectors.answers import Slot
from sessions_app.selectors.crew import Crew, engineers_on_offer
from sessions_app.services.reschedules import PriceChoice
from studio.accounts.models import User
from studio.accounts.selectors.names import name_among, shared_names
from studio.admin_sites import studio_site
from studio.admin_tools.action_pages import ActionForm
from studio.admin_tools.searching import SearchOne, SearchSome
from studio.clock import WallTimeSkipped, instant, is_doubled
from studio.showing import zone_label, zone_name

MOST_PROJECTS = 200
CREW_NAMES = ("engineers", "talents", "equipment")
MOST_MEMBERS = 100  # of a kind in one session
MOST_DIGITS = 18  # a key of the database has no more
FIRST, SECOND = "0", "1"
BOX = {"class": " ".join(INPUT_CLASSES)}
LONGEST_NIGHT = timedelta(hours=16)  # an end before the start is taken for the next day's up to here
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


class DayInput(forms.DateInput):
    """The browser's own box for a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(BOX, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    """The browser's own box for a time of day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__({**BOX, "step": "300"}, format="%H:%M")


def day_field(label: Any, **given: Any) -> forms.DateField:
    """Return the choice of a day, in years in which a studio has one."""
    years = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return forms.DateField(label=label, widget=DayInput, validators=years, **given)


def current_zone() -> ZoneInfo:
    """Return the studio's zone, which the request's middleware has activated."""
    return ZoneInfo(zone_name())


def which_of_two(wall: datetime, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return both meanings of a doubled wall time, each with its offset."""
    shown = [wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    return [(FIRST, f"{shown[0]:%H:%M} (UTC{shown[0]:%z})"), (SECOND, f"{shown[1]:%H:%M} (UTC{shown[1]:%z})")]


def implied_last_day(day: date, start: time, end: time) -> date | None:
    """Return the day on which a period ends when only its first is given; None when that has to be asked."""
    if end > start:
        return day
    following = day + timedelta(days=1)
    is_night = datetime.combine(following, end) - datetime.combine(day, start) <= LONGEST_NIGHT
    return following if is_night else None


class PeriodForm(ActionForm):
    """A stretch of time on the studio's wall clock; cleaned to two instants.

    cleaned_data: `starts_at` and `ends_at`, in UTC
    """

    day = day_field(_("Day"))
    start = forms.TimeField(label=zone_label(_("Start")), widget=ClockInput)
    start_which = forms.ChoiceField(label=_("Which of the two starts"), required=False, widget=UnfoldAdminSelectWidget)
    last_day = day_field(_("Last day"), required=False, help_text=_("Only when it ends on another day."))
    end = forms.TimeField(
        label=zone_label(_("End")), widget=ClockInput, help_text=_("Up to 16 hours over midnight: on the next day.")
    )
    end_which = forms.ChoiceField(label=_("Which of the two ends"), required=False, widget=UnfoldAdminSelectWidget)

    doubled: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Turn the wall times into instants; a skipped one is refused, a doubled one asks which is meant."""
        cleaned = dict(super().clean() or {})
        day, start, end = cleaned.get("day"), cleaned.get("start"), cleaned.get("end")
        if isinstance(day, date) and isinstance(start, time):
            cleaned["starts_at"] = self._instant("start", datetime.combine(day, start))
            if isinstance(end, time):
                if last := cleaned.get("last_day") or implied_last_day(day, start, end):
                    cleaned["ends_at"] = self._instant("end", datetime.combine(last, end))
                elif not self.has_error("last_day"):
                    sentence = gettext("The end is before the start. Give the last day if it ends on another day.")
                    self.add_error("end", sentence)
        return cleaned

    def _instant(self, name: str, wall: datetime) -> datetime | None:
        zone, which = current_zone(), cast("forms.ChoiceField", self.fields[f"{name}_which"])
        if is_doubled(wall, zone):
            self.doubled = (*self.doubled, name)
            which.choices = [("", "-"), *which_of_two(wall, zone)]
            chosen = self.data.get(self.add_prefix(f"{name}_which"), "")
            if chosen not in {FIRST, SECOND}:
                self.add_error(f"{name}_which", gettext("The clocks go back: this time comes twice. Choose one."))
                return None
            self.errors.pop(f"{name}_which", None)
            wall = wall.replace(fold=int(chosen))
        try:
            return instant(wall, zone)
        except WallTimeSkipped as refusal:
            self.add_error(name, str(refusal))
            return None

    def period_fields(self) -> list[Any]:
        """Return the rows of the form; the two questions stand there only when they have to be asked."""
        asked = tuple(f"{name}_which" for name in self.doubled)
        return [("day", "start", "end"), "last_day", *([asked] if asked else [])]


def period_initial(starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    """Return what the boxes say for a period."""
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    implied = implied_last_day(first.date(), first.time(), last.time())
    return {
        "day": first.date(),
        "start": first.time().replace(second=0, microsecond=0),
        "end": last.time().replace(second=0, microsecond=0),
        "last_day": last.date() if last.date() != implied else None,
        "start_which": str(first.fold),
        "end_which": str(last.fold),
    }


def slot_initial(slot: Slot) -> dict[str, Any]:
    """Return what the boxes say for a slot."""
    return {**period_initial(slot.starts_at, slot.ends_at), "room": slot.room.pk if slot.room else ""}


def room_field(**given: Any) -> forms.ModelChoiceField[Room]:
    """Return the choice of a room in use."""
    rooms = Room.objects.filter(is_active=True).order_by("name", "pk")
    return forms.ModelChoiceField(rooms, label=_("Room"), widget=UnfoldAdminSelectWidget, **given)


class PeopleChoices(ModelChoiceIterator[User]):
    """People by name; those who share theirs with another one on offer are told apart by their addresses."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Yield each choice."""
        people = list(self.queryset)
        shared = shared_names(people)
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for person in people:
            yield self.field.prepare_value(person), name_among(person, shared)


class PersonField(forms.ModelChoiceField[User]):
    """The choice of one account."""

    iterator = PeopleChoices


def tell_field() -> forms.BooleanField:
    """Return the choice whether the client gets a mail of what is about to be done; ticked at first."""
    return forms.BooleanField(
        label=_("Tell the client"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("By mail, to the client's address and whoever is asked first for them."),
    )


def waiver_field() -> forms.CharField:
    """Return the question why a client is let off a fee; a page drops it where there is none."""
    return forms.CharField(
        label=_("Waive the fee because"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: the fee is charged."),
    )


def key_of(text: object) -> int | None:
    """Return the key that a query string names, or None when it names none."""
    typed = str(text or "")
    return int(typed) if typed.isdecimal() and len(typed) <= MOST_DIGITS else None


def uuid_of(text: object) -> UUID | None:
    """Return the key that a form names of a row whose keys are no numbers, or None when it names none."""
    with suppress(ValueError):
        return UUID(str(text))
    return None


def asked_moment(text: object) -> datetime | None:
    """Return the moment that a form or a script names, as it says it; None for none of the years of a studio."""
    with suppress(ValueError):
        moment = parse_datetime(str(text or ""))
        return moment if moment is not None and FIRST_DAY.year < moment.year < LAST_DAY.year else None
    return None


def asked_instant(text: object) -> datetime | None:
    """Return the instant that an address or a form names, in UTC; None also for a time of the day that says no zone."""
    moment = asked_moment(text)
    return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)


def projects_of(client_key: int | None) -> QuerySet[Project]:
    """Return the projects that a client's session may belong to, newest first; none without a client."""
    if client_key is None:
        return Project.objects.none()
    return Project.objects.current().filter(client_id=client_key).order_by("-pk")[:MOST_PROJECTS]


def one_found(relation: Any, label: Any, *, help_text: Any = "") -> "forms.ModelChoiceField[Any]":
    """Return a box that searches for one of the rows that a relation may point to; it may stay empty."""
    rows = relation.remote_field.model._default_manager.order_by("name", "pk")
    widget = SearchOne(relation, studio_site)
    return forms.ModelChoiceField(rows, label=label, required=False, widget=widget, help_text=help_text)


def some_found(relation: Any, label: Any) -> "forms.ModelMultipleChoiceField[Any]":
    """Return a box that searches for any number of the rows that a relation may point to."""
    rows = relation.remote_field.model._default_manager.order_by("name", "pk")
    return forms.ModelMultipleChoiceField(rows, label=label, required=False, widget=SearchSome(relation, studio_site))


class CrewFields(ActionForm):
    """Who and what a session needs beside its room."""

    engineers = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Engineers"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    talents = some_found(SessionAssignment._meta.get_field("talent"), _("Talents"))
    equipment = some_found(SessionAssignment._meta.get_field("equipment"), _("Equipment"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.ModelMultipleChoiceField[User]", self.fields["engineers"])
        choice.queryset = engineers_on_offer()
        engineers = list(choice.queryset)
        shared = shared_names(engineers)
        choice.choices = [(engineer.pk, name_among(engineer, shared)) for engineer in engineers]


def asked_crew(data: QueryDict) -> Crew:
    """Return the crew that a form or a link names; what does not exist is left out."""
    keys = {
        name: [key for typed in data.getlist(name)[:MOST_MEMBERS] if (key := key_of(typed)) is not None]
        for name in ("talents", "equipment")
    }
    return Crew(
        tuple(User.objects.filter(pk__in=data.getlist("engineers")[:MOST_MEMBERS])) if "engineers" in data else (),
        tuple(Musician.objects.filter(pk__in=keys["talents"])) if keys["talents"] else (),
        tuple(Equipment.objects.filter(pk__in=keys["equipment"])) if keys["equipment"] else (),
    )


def crew_initial(data: QueryDict) -> dict[str, Any]:
    """Return what the boxes for people and equipment say for what a form or a link names."""
    crew = asked_crew(data)
    return {name: [member.pk for member in getattr(crew, name)] for name in CREW_NAMES}


class ForClientForm(PeriodForm):
    """What is done when, for whom, and for which of the client's projects."""

    title = forms.CharField(label=_("Title"), max_length=255, widget=UnfoldAdminTextInputWidget)
    kind = forms.ChoiceField(label=_("Kind"), choices=SessionKind, widget=UnfoldAdminSelectWidget)
    client = one_found(StudioSession._meta.get_field("client"), _("Client"), help_text=_("Empty: in-house."))
    project = forms.ModelChoiceField(
        Project.objects.none(),
        label=_("Project"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label=_("No project"),
        help_text=_("Optional. One of the client's."),
    )
    tell = tell_field()

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        client = key_of((data or initial or {}).get("client"))
        choice = cast("forms.ModelChoiceField[Project]", self.fields["project"])
        # What may be chosen and what is shown are two queries: a part of a list cannot be searched by key.
        choice.queryset = Project.objects.filter(client_id=client or 0)
        choice.choices = [("", _("No project")), *((project.pk, str(project)) for project in projects_of(client))]


class BookingForm(CrewFields, ForClientForm):
    """Everything a booking needs."""

    room = room_field(required=False, empty_label=_("No room: remote or on location"))
    booking_type = forms.ChoiceField(label=_("Booking type"), choices=BookingType, widget=UnfoldAdminSelectWidget)
    notes = forms.CharField(label=_("Notes"), required=False, widget=UnfoldAdminTextareaWidget({"rows": 3}))

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return what, for whom, when and where."""
        return [
            (_("When and where"), {"fields": ["room", *self.period_fields()]}),
            (_("What"), {"fields": ["title", ("client", "project"), ("kind", "booking_type"), "notes", "tell"]}),
            (_("People and equipment"), {"fields": [CREW_NAMES]}),
        ]


class MoveForm(PeriodForm):
    """Another time, another room, or both; what it costs then."""

    room = room_field(required=False, empty_label=_("No room: remote or on location"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[choice for choice in SessionKind.choices if choice[0] != SessionKind.BLOCKER],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("A session in the studio has a room."),
    )
    price = forms.ChoiceField(label=_("Price"), choices=PriceChoice, required=False, widget=UnfoldAdminSelectWidget)
    waive_because = waiver_field()
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget)
    tell = tell_field()

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return when, where, at what price and why."""
        asked = [name for name in ("price", "waive_because") if name in self.fields]
        where = tuple(name for name in ("room", "kind") if name in self.fields)
        return [(None, {"fields": [where, *self.period_fields(), *asked, "reason", "tell"]})]


class CancelForm(ActionForm):
    """Why a session is cancelled."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)
    tell = tell_field()


class OwnFeedForm(forms.Form):
    """A calendar feed of one's own sessions."""

    name = forms.CharField(
        label=_("Where you read it"), max_length=120, help_text=_("E.g. my phone. You find it again under this name.")
    )
    detail = forms.ChoiceField(label=_("What it shows"), choices=FeedDetail, initial=FeedDetail.TITLES)
