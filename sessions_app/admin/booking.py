"""The pages that take a slot: booking and moving, with a live answer to "free, or why not"."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.fee_parts import FeePage, sees_money, sets_prices, waiver_of
from sessions_app.admin.price_preview import PRICED
from sessions_app.admin.served import actor_of
from sessions_app.forms import (
    CREW_NAMES,
    BookingForm,
    MoveForm,
    PeriodForm,
    asked_crew,
    asked_instant,
    crew_initial,
    current_zone,
    key_of,
    period_initial,
    projects_of,
)
from sessions_app.models import FeeKind, Room, SessionKind, StudioSession
from sessions_app.selectors.answers import Answer, Slot
from sessions_app.selectors.availability import check_slot
from sessions_app.selectors.crew import crew_of, name_of
from sessions_app.selectors.timetable import day_timetable
from sessions_app.services import bookings, reschedules
from sessions_app.services.notices import Tell
from sessions_app.services.reschedules import PriceChoice
from sessions_app.services.slots import SlotRefused
from sessions_app.services.states import MOVABLE
from studio.admin_tools import ActionForm, ActionPage
from studio.clock import local_day
from studio.errors import DomainError
from studio.showing import when, zone_name

# What the live answer depends on: nothing else of the form leaves the page before it is saved.
ASKED = ("room", "day", "start", "end", "last_day", "start_which", "end_which", "kind", "moving", *CREW_NAMES)
FILLED_BY_LINK = (
    *("room", "day", "start", "end", "last_day", "start_which", "end_which"),
    *("client", "project", "title"),
)


def staff_sentences(answer: Answer | SlotRefused) -> list[str]:
    """Return the reasons against a slot, as staff may read them: with who is in the way."""
    return [reason.staff_sentence or reason.sentence for reason in answer.reasons]


def offers(slots: Sequence[Slot]) -> list[dict[str, str]]:
    """Return the alternatives as buttons: what they say, and what they put into the form."""
    return [
        {
            "label": f"{slot.room}: {when(slot.starts_at, slot.ends_at)}" if slot.room else when(slot.starts_at),
            "value": f"{slot.room.pk if slot.room else ''}|{slot.starts_at.isoformat()}|{slot.ends_at.isoformat()}",
        }
        for slot in slots
    ]


def with_alternative(data: QueryDict) -> dict[str, Any] | None:
    """Return what the form says once the chosen alternative is put into it; None when none was chosen."""
    room, _bar, period = data.get("alternative", "").partition("|")
    starts, _bar, ends = period.partition("|")
    first, last = asked_instant(starts), asked_instant(ends)
    if first is None or last is None:
        return None
    chosen = {**period_initial(first, last), **crew_initial(data), "room": room, "tell": "tell" in data}
    return {**data.dict(), **chosen}


def tell_of(form: ActionForm) -> Tell:
    """Return whether the staff want the client to be told."""
    return Tell.CLIENT if form.cleaned_data["tell"] else Tell.NOBODY


class SlotPage(ActionPage):
    """A page whose form takes a slot."""

    template = "sessions_app/admin/take_slot.html"
    form_class: type[PeriodForm] = PeriodForm

    def form(self, request: HttpRequest, obj: StudioSession | None) -> ActionForm:
        """Return the form; one of the alternatives fills it without booking anything."""
        if request.method == "POST" and (filled := with_alternative(request.POST)):
            return self.form_class(None, initial=filled)
        return super().form(request, obj)

    def context(self, request: HttpRequest, obj: StudioSession | None, form: ActionForm) -> dict[str, Any]:
        """Return the addresses of the live answer."""
        chosen = "alternative" in request.POST and not form.is_bound
        return {
            "zone": zone_name(),
            "free_url": reverse("admin:sessions_app_studiosession_free"),
            "projects_url": reverse("admin:sessions_app_studiosession_projects"),
            "asked": ASKED,
            "price_url": reverse("admin:sessions_app_studiosession_price") if sees_money(request) else "",
            "priced": PRICED,
            "moving": obj,
            "note": gettext("The alternative stands in the form. Nothing is booked yet.") if chosen else "",
        }

    def alternatives(self, refusal: DomainError) -> list[dict[str, str]]:
        """Return what could be had instead."""
        return offers(refusal.alternatives) if isinstance(refusal, SlotRefused) else []

    def sentences(self, refusal: DomainError) -> list[str]:
        """Return what is in the way, and whose it is."""
        found = staff_sentences(refusal) if isinstance(refusal, SlotRefused) else []
        return found or [str(refusal)]


class MovePage(FeePage, SlotPage):
    """Gives a session another time or room at the client's wish: with the fee of its terms."""

    name = "move"
    label = _("Move")
    icon = "event_repeat"
    form_class = MoveForm
    fee_kind = FeeKind.RESCHEDULE
    template = SlotPage.template

    def form(self, request: HttpRequest, obj: StudioSession | None) -> ActionForm:
        """Return the form; the price is asked where one is agreed, of whom may change it."""
        form = super().form(request, obj)
        if obj is None or obj.total is None or not sets_prices(request):
            form.fields.pop("price", None)
        if obj is not None and obj.kind == SessionKind.BLOCKER:
            form.fields.pop("kind")
        return form

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it while the session can still be moved."""
        return obj.status in MOVABLE and obj.invoiced_at is None

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Begin where the session is."""
        return {**period_initial(obj.starts_at, obj.ends_at), "room": obj.room_id or "", "kind": obj.kind}

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Move the session."""
        given = {name: form.cleaned_data[name] for name in ("starts_at", "ends_at", "room", "reason")}
        moved = reschedules.reschedule_session(
            session=obj,
            kind=form.cleaned_data.get("kind") or obj.kind,
            price=form.cleaned_data.get("price") or PriceChoice.AGREED,
            waive_because=waiver_of(form),
            actor=actor_of(request),
            tell=tell_of(form),
            now=timezone.now(),
            **given,
        )
        return gettext("The session now takes place on %(when)s.") % {"when": when(moved.starts_at, moved.ends_at)}


class BookPage(SlotPage):
    """Books a session."""

    name = "book"
    label = _("Book a session")
    icon = "event_available"
    form_class: type[PeriodForm] = BookingForm
    booked: StudioSession | None = None

    def may(self, request: HttpRequest, obj: StudioSession | None) -> bool:
        """Ask for the right to add a session."""
        return bool(self.model_admin.has_add_permission(request))

    def initial(self, request: HttpRequest, obj: StudioSession | None) -> dict[str, Any]:
        """Begin with what the link says, e.g. an empty place of the calendar."""
        first = {"kind": SessionKind.STUDIO, "day": timezone.localdate()}
        first |= {name: request.GET[name] for name in FILLED_BY_LINK if name in request.GET}
        return first | crew_initial(request.GET)

    def act(self, request: HttpRequest, obj: StudioSession | None, form: ActionForm) -> str:
        """Book the session."""
        names = ("title", "starts_at", "ends_at", "client", "room", "project", "kind", "booking_type", "notes")
        given = {name: form.cleaned_data[name] for name in (*names, *CREW_NAMES)}
        self.booked = bookings.book_session(actor=actor_of(request), tell=tell_of(form), now=timezone.now(), **given)
        period = when(self.booked.starts_at, self.booked.ends_at)
        return gettext("The session is booked: %(when)s.") % {"when": period}

    def back(self, obj: StudioSession | None) -> str:
        """Go to the booked session, or to the calendar."""
        return super().back(self.booked) if self.booked else reverse("admin:calendar")


def _insist_on_booking(request: HttpRequest, model_admin: Any) -> None:
    if not (model_admin.has_add_permission(request) or model_admin.has_change_permission(request)):
        raise PermissionDenied


def free_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Answer whether what stands in the form is free, as a fragment; it is the answer the save will get."""
    _insist_on_booking(request, model_admin)
    form = PeriodForm(request.GET)
    context: dict[str, Any] = {"zone": zone_name()}
    if "end" in form.errors and form.data.get("end"):
        context["mistakes"] = form.errors["end"]
    if form.is_valid():
        room = _row(Room, request.GET.get("room"))
        starts_at, ends_at = form.cleaned_data["starts_at"], form.cleaned_data["ends_at"]
        moving = _row(StudioSession, request.GET.get("moving"))
        crew = asked_crew(request.GET) if moving is None else crew_of(moving)
        answer = check_slot(
            room=room,
            starts_at=starts_at,
            ends_at=ends_at,
            now=timezone.now(),
            kind=request.GET.get("kind") or (moving.kind if moving else SessionKind.STUDIO),
            moving=moving,
            crew=crew,
        )
        day = day_timetable(day=local_day(starts_at, current_zone()), zone=current_zone())
        context |= {
            "answer": answer,
            "sentences": staff_sentences(answer),
            "alternatives": offers(answer.alternatives),
            "period": when(starts_at, ends_at),
            "crew": [name_of(member) for member in crew.members],
            "room": room,
            "others": [session for session in day.sessions if room and session.room_id == room.pk],
        }
    return TemplateResponse(request, "sessions_app/admin/_answer.html", context)


def projects_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Answer the projects of a client as the choices of a box."""
    _insist_on_booking(request, model_admin)
    context = {"projects": projects_of(key_of(request.GET.get("client"))), "chosen": request.GET.get("project", "")}
    return TemplateResponse(request, "sessions_app/admin/_project_choices.html", context)


def _row(model: Any, key: str | None) -> Any:
    return model.objects.filter(pk=key_of(key)).first()
