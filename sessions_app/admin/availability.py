"""What is free, and why the rest is not: the stretches of rooms, each with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from sessions_app.admin.pages import BOOK_SESSIONS, asked_day, sees_the_house
from sessions_app.admin.served import by_htmx
from sessions_app.forms import ClockInput, PersonField, current_zone, day_field, period_initial
from sessions_app.models import Equipment, Room, RoomKind
from sessions_app.selectors.asked_hour import Offer, RoomAnswer, asked_hour
from sessions_app.selectors.crew import NOBODY, Crew, engineers_on_offer
from sessions_app.selectors.free_times import AskedDay, FreeTimes, Question, Stretch, StretchKind, free_times
from studio.admin_sites import RECORDING, AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import offer_choices
from studio.clock import WallTimeSkipped, instant, local_day
from studio.showing import clock_span, when_exactly, zone_label, zone_name

LENGTHS = (30, 60, 90, 120, 180, 240, 300, 360, 480, 600, 720)
USUAL_LENGTH = 120
WEEK = 7
FIVE = timedelta(minutes=5)
STAFF, CLIENTS = "staff", "clients"
# What each kind of stretch is called; free and taken ones say more.
WORDS = {
    StretchKind.FREE: _("free"),
    StretchKind.SHORT: _("free, too short"),
    StretchKind.TAKEN: _("taken"),
    StretchKind.BUFFER: _("setup or teardown"),
    StretchKind.CREW: _("people or equipment missing"),
    StretchKind.NOTICE: _("notice too short"),
    StretchKind.PAST: _("past"),
    StretchKind.CLOSED: _("closed"),
    StretchKind.OFF: _("not bookable"),
}


def length_label(minutes: int) -> str:
    """Return a length, e.g. "1:30 h"."""
    return f"{minutes // 60}:{minutes % 60:02} h"


class AvailabilityForm(forms.Form):
    """What is looked for; every field has an answer from the start."""

    day = day_field(_("Day"))
    view = forms.ChoiceField(
        label=_("Show"), choices=[("day", _("one day")), ("week", _("seven days"))], widget=UnfoldAdminSelectWidget
    )
    length = forms.TypedChoiceField(
        label=_("Length"),
        coerce=int,
        choices=[(minutes, length_label(minutes)) for minutes in LENGTHS],
        widget=UnfoldAdminSelectWidget,
    )
    start = forms.TimeField(label=zone_label(_("At")), required=False, widget=ClockInput)
    room = forms.ChoiceField(label=_("Room"), required=False, widget=UnfoldAdminSelectWidget)
    engineer = PersonField(
        engineers_on_offer(), label=_("Engineer"), required=False, empty_label="-", widget=UnfoldAdminSelectWidget
    )
    equipment = forms.ModelChoiceField(
        Equipment.objects.filter(is_active=True).order_by("name", "pk"),
        label=_("Equipment"),
        required=False,
        empty_label="-",
        widget=UnfoldAdminSelectWidget,
    )
    asks = forms.ChoiceField(
        label=_("For"),
        choices=[(STAFF, _("the staff")), (CLIENTS, _("a client's request"))],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, data: Any, rooms: Iterable[Room]) -> None:
        super().__init__(data)
        kinds = [(f"kind:{kind.value}", _("All for %(kind)s") % {"kind": kind.label}) for kind in RoomKind]
        named = [(str(room.pk), room.name) for room in rooms]
        offer_choices(self, "room", [("", _("All rooms")), *named, *kinds])


@dataclass(frozen=True, slots=True)
class Shown:
    """A stretch as the page shows it.

    link: to the form of a booking for what is free, to the session for what is taken
    told: everything that is against it
    """

    stretch: Stretch
    word: str
    span: str
    told: str
    link: str

    @property
    def label(self) -> str:
        """The stretch in one line."""
        return f"{self.span} {self.told or self.word}"


def booking_link(offer: Offer, crew: Crew = NOBODY) -> str:
    """Return the address of the form that books a slot with a crew."""
    boxes = {name: value for name, value in period_initial(offer.starts_at, offer.ends_at).items() if value is not None}
    boxes |= {name: f"{boxes[name]:%H:%M}" for name in ("start", "end")}
    boxes |= {"room": offer.room.pk, "engineers": [each.pk for each in crew.engineers]}
    boxes |= {"equipment": [each.pk for each in crew.equipment]}
    return f"{reverse('admin:sessions_app_studiosession_add')}?{urlencode(boxes, doseq=True)}"


def _rounded_up(instant_: datetime) -> datetime:
    """Return the next full five minutes: nobody books a session at 14:37."""
    past = timedelta(minutes=instant_.minute % 5, seconds=instant_.second, microseconds=instant_.microsecond)
    return instant_ if not past else instant_ + FIVE - past


def _shown(room: Room, stretch: Stretch, question: Question, *, may_book: bool) -> Shown:
    titles = ", ".join(dict.fromkeys(session.title for session in stretch.sessions))
    link = ""
    if may_book and stretch.kind == StretchKind.FREE:
        starts_at = _rounded_up(stretch.starts_at)
        link = booking_link(Offer(room, starts_at, starts_at + question.length), question.crew)
    elif stretch.sessions and stretch.kind == StretchKind.TAKEN:
        link = reverse("admin:sessions_app_studiosession_change", args=[stretch.sessions[0].pk])
    return Shown(
        stretch,
        titles if stretch.kind == StretchKind.TAKEN else str(WORDS[stretch.kind]),
        clock_span(stretch.starts_at, stretch.ends_at),
        " ".join(reason.staff_sentence or reason.sentence for reason in stretch.reasons),
        link,
    )


def _days(found: FreeTimes, question: Question, *, may_book: bool) -> list[tuple[AskedDay, list[tuple[Room, Any]]]]:
    return [
        (
            day,
            [
                (each.room, [_shown(each.room, stretch, question, may_book=may_book) for stretch in each.stretches])
                for each in day.rooms
            ],
        )
        for day in found.days
    ]


def _answers(found: Iterable[RoomAnswer], crew: Crew, *, may_book: bool) -> list[dict[str, Any]]:
    def offered(offer: Offer) -> dict[str, str]:
        said = when_exactly(offer.starts_at, offer.ends_at)
        return {"said": said, "link": booking_link(offer, crew) if may_book else ""}

    return [
        {
            "room": answer.offer.room,
            "is_free": answer.is_free,
            "offer": offered(answer.offer),
            "sentences": answer.sentences,
            "instead": [offered(offer) for offer in answer.instead],
        }
        for answer in found
    ]


def _chosen(rooms: Iterable[Room], choice: str) -> list[Room]:
    """Return the rooms of a choice: all that are in use, those of a kind, or one."""
    if choice.startswith("kind:"):
        return [room for room in rooms if f"kind:{room.kind}" == choice]
    return [room for room in rooms if choice in {"", str(room.pk)}]


def _start(form: AvailabilityForm) -> datetime | None:
    """Return the instant asked about; a wall time that comes twice means the first."""
    at: time | None = form.cleaned_data.get("start")
    if at is None:
        return None
    try:
        return instant(datetime.combine(form.cleaned_data["day"], at), current_zone())
    except WallTimeSkipped as refusal:
        form.add_error("start", str(refusal))
        return None


def _found(form: AvailabilityForm, rooms: list[Room], now: datetime, *, may_book: bool) -> dict[str, Any]:
    asked = form.cleaned_data
    length = timedelta(minutes=asked["length"])
    crew = Crew(
        engineers=(asked["engineer"],) if asked["engineer"] else (),
        equipment=(asked["equipment"],) if asked["equipment"] else (),
    )
    question = Question(
        first_day=asked["day"],
        days=WEEK if asked["view"] == "week" else 1,
        rooms=_chosen(rooms, asked["room"]),
        length=length,
        crew=crew,
        is_clients=asked["asks"] == CLIENTS,
    )
    found, start = free_times(question, now=now), _start(form)
    typed, step = form.data, timedelta(days=question.days)
    return {
        "days": _days(found, question, may_book=may_book),
        "answers": _answers(asked_hour(found.rooms, start, length), crew, may_book=may_book) if start else [],
        "before": urlencode({**typed, "day": asked["day"] - step}),
        "after": urlencode({**typed, "day": asked["day"] + step}),
        "length": length_label(asked["length"]),
    }


def availability_view(request: HttpRequest) -> HttpResponse:
    """Show what is free and what is not; a change of the question fetches the answer alone."""
    now, zone = timezone.now(), current_zone()
    rooms = list(Room.objects.filter(is_active=True).order_by("name", "pk"))
    first = {"day": asked_day(request), "view": "day", "length": USUAL_LENGTH, "asks": STAFF}
    form = AvailabilityForm(first | request.GET.dict(), rooms)
    may_book = request.user.has_perm(BOOK_SESSIONS)
    context = {
        "form": form,
        "zone": zone_name(),
        "today": local_day(now, zone),
        "legend": [(kind.value, word) for kind, word in WORDS.items()],
    }
    if form.is_valid():
        context |= _found(form, rooms, now, may_book=may_book)
    request.current_app = studio_site.name
    if by_htmx(request):
        return TemplateResponse(request, "sessions_app/admin/_free_times.html", context)
    context |= {**studio_site.each_context(request), "title": _("What is free")}
    return TemplateResponse(request, "sessions_app/admin/availability.html", context)


studio_site.register_page(
    AdminPage(
        "availability/",
        "availability",
        availability_view,
        sees_the_house,
        MenuEntry(MenuGroup.TODAY, "event_available", 20, kinds=RECORDING, title=_("What is free")),
    )
)
