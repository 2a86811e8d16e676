"""Booking out of the grid: a panel beside it, or a page of its own where scripts do not run."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRedirect

from sessions_app.admin.served import actor_of
from sessions_app.forms import asked_instant, uuid_of
from sessions_app.models.client import TELEPHONE
from studio.admin_sites import AdminPage, studio_site
from studio.admin_tools.refusing import refusal_behind
from studio.errors import DomainError
from studio.showing import when_exactly, zone_name
from training.admin.book_form import GUEST_FACTS, TRIAL, TRIAL_FACTS, BookForm, has_member
from training.admin.day_page import BOOK_SESSIONS, ENTER_SESSIONS, day_url
from training.admin.subscription_pages import GRANT
from training.admin.trainer_choice import warn_of_full
from training.models import NORMAL, Attendee, SessionType, TrainingSession
from training.selectors.booking_offer import BookingOffer, booking_offer
from training.selectors.member_search import FoundMember, found_members
from training.services import bookings, trial_bookings, wishes
from training.services.credits import NoCredit
from training.services.slots import SlotRefused, WeekFull


def is_part(request: HttpRequest) -> bool:
    """Return whether the panel beside the grid asks, which takes the inside alone."""
    return bool(getattr(request, "htmx", False))


class BookPanel:
    """The form of a slot, and what becomes of it.

    url: the name of its page
    """

    url = "admin:training-book"
    title = gettext_lazy("Book a session")
    button = gettext_lazy("Book")
    form_class = BookForm

    def offer(self, start: datetime, now: datetime) -> BookingOffer:
        """Return what can be chosen around a slot."""
        return booking_offer(start, now=now)

    def form(self, request: HttpRequest, data: Any, offer: BookingOffer, initial: dict[str, Any]) -> BookForm:
        """Return the form."""
        return self.form_class(data, offer=offer, initial=initial)

    def act(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> TrainingSession:
        """Book what the form says, with what belongs to its type and nothing else that was typed.

        raises: what the services raise
        """
        slot = {"actor": actor_of(request), "now": now, "over_cap_because": given["over_cap_because"]}
        return with_whom(given, slot, bookings.book_session, trial_bookings.book_trial)

    def told(self, request: HttpRequest, session: TrainingSession) -> str:
        """Return what is true now."""
        warn_of_full(request, session)
        return _("%(who)s is booked on %(machine)s: %(when)s.") % named(session)

    def context(self, request: HttpRequest, start: datetime, refusal: DomainError | None) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        may_enter = start < timezone.now() and request.user.has_perm(ENTER_SESSIONS)
        asked = urlencode({"start": start.isoformat()})
        return {
            "enter_url": f"{reverse('admin:training-enter')}?{asked}" if may_enter else "",
            "alternatives": list(refusal.alternatives) if isinstance(refusal, SlotRefused) else [],
            "may_override": isinstance(refusal, WeekFull) and request.user.has_perm(bookings.CAP_RIGHT),
        }

    def view(self, request: HttpRequest) -> HttpResponse:
        """Show the form of a slot, and do what it says."""
        now = timezone.now()
        asked = with_alternative(request.POST) if request.method == "POST" else request.GET
        offer = self.offer(asked_start(asked.get("start"), now), now)
        if request.method != "POST":
            initial = {name: asked[name] for name in ("machine", "start", "member", "session_type") if name in asked}
            return self.answer(request, self.form(request, None, offer, {"session_type": NORMAL, **initial}), offer)
        data = with_somebody_new(asked, offer)
        form = self.form(request, data, offer, {})
        is_enter = "confirmed" not in data and is_only_searching(data, offer)
        if "find" in data or "new" in data or "alternative" in data or is_enter:
            return self.answer(request, form, offer, is_asked=False)
        refusal = None
        if form.is_valid():
            try:
                session = self.act(request, form.cleaned_data, now)
            except (DomainError, IntegrityError) as exc:
                refusal = refusal_behind(exc, TrainingSession)
                form.add_error(None, str(refusal))
            else:
                return self.done(request, session)
        return self.answer(request, form, offer, refusal)

    def done(self, request: HttpRequest, session: TrainingSession) -> HttpResponse:
        """Say what is true now, on the grid of the session's day."""
        messages.success(request, self.told(request, session))
        address = day_url(session.scheduled_start, session.pk)
        return HttpResponseClientRedirect(address) if is_part(request) else HttpResponseRedirect(address)

    def answer(
        self,
        request: HttpRequest,
        form: BookForm,
        offer: BookingOffer,
        refusal: DomainError | None = None,
        *,
        is_asked: bool = True,
    ) -> HttpResponse:
        """Return the form, with the sentence of a refusal and what is free instead."""
        is_refused = form.is_bound and is_asked
        status = refusal.status_code if refusal else 400 if is_refused else 200
        start = asked_start(form["start"].value(), timezone.now())
        context = {
            **studio_site.each_context(request),
            "title": self.title,
            "panel": self,
            "url": reverse(self.url),
            "is_part": is_part(request),
            "form": form,
            "offer": offer,
            "is_refused": is_refused,
            "found": _found(form),
            "trial_fields": [form[name] for name in TRIAL_FACTS],
            "guest_fields": [form[name] for name in GUEST_FACTS],
            "start": start,
            "zone": zone_name(),
            "back_url": day_url(start),
            "members_url": reverse("admin:training-members"),
            "takes_new": takes_new,
            "plan_url": _plan_url(request, form, refusal),
            **self.context(request, start, refusal),
        }
        template = "training/admin/_book.html" if is_part(request) else "training/admin/book.html"
        request.current_app = studio_site.name
        return TemplateResponse(request, template, context, status=status, headers={"X-Part": "form"})


def named(session: TrainingSession) -> dict[str, Any]:
    """Return whose a session is, where and when, for a sentence."""
    times = when_exactly(session.scheduled_start, session.scheduled_end)
    return {"who": session.attendee, "machine": session.machine, "when": times}


def with_whom(
    given: dict[str, Any],
    slot: dict[str, Any],
    of_somebody: Callable[..., TrainingSession],
    of_somebody_new: Callable[..., TrainingSession],
) -> TrainingSession:
    """Call the service with whom the type of a form's session is for, and return the session.

    slot: what the service is given besides
    of_somebody_new: called for a trial of which no member was chosen
    """
    session_type: SessionType = given["session_type"]
    names = ("machine", "scheduled_start", "scheduled_end", "session_type", "trainer", "notes")
    slot = slot | {name: given[name] for name in names}
    if session_type.attendee == Attendee.GUEST:
        return of_somebody(**slot, guest=wishes.Guest(*(given[name] for name in GUEST_FACTS)))
    if session_type.attendee == Attendee.NOBODY:
        return of_somebody(**slot)
    if session_type.code == TRIAL and given["member"] is None:
        return of_somebody_new(who={name: given[name] for name in TRIAL_FACTS}, **slot)
    return of_somebody(**slot, member=given["member"])


def asked_start(text: str | None, now: datetime) -> datetime:
    """Return the instant that an address or a form names, in UTC; now where it names none."""
    return asked_instant(text) or now


def with_alternative(data: QueryDict) -> QueryDict:
    """Return what was typed, with the slot that was chosen instead put into it."""
    machine, bar, start = data.get("alternative", "").partition("|")
    if not bar:
        return data
    changed = data.copy()
    changed["machine"], changed["start"] = machine, start
    return changed


def with_somebody_new(data: QueryDict, offer: BookingOffer) -> QueryDict:
    """Return what was typed; what finds nobody also as facts of somebody new, at "Book" or where that is asked for."""
    words = data.get("q", "").strip()
    facts_typed = any(data.get(name, "").strip() for name in TRIAL_FACTS)
    wants = "new" in data and bool(words)
    if not wants and (
        "confirmed" not in data
        or facts_typed
        or not is_only_searching(data, offer)
        or found_members(words, today=timezone.localdate())
    ):
        return data
    changed = data.copy()
    if wants:
        changed["session_type"], changed["member"] = TRIAL, ""
    if facts_typed:
        return changed
    if TELEPHONE.fullmatch(words):
        changed["phone"] = words
    elif "@" in words:
        changed["email"] = words
    else:
        changed["first_name"], _blank, changed["last_name"] = words.partition(" ")
    return changed


def is_only_searching(data: QueryDict, offer: BookingOffer) -> bool:
    """Return whether words stand in the search box, and nobody is chosen yet: with Enter they are looked for."""
    named = ("member", *TRIAL_FACTS) if data.get("session_type") == TRIAL else ("member",)
    is_somebody_named = any(data.get(name, "").strip() for name in named)
    takes_member = any(each.code == data.get("session_type") and has_member(each) for each in offer.types)
    return takes_member and bool(data.get("q", "").strip()) and not is_somebody_named


def takes_new() -> bool:
    """Return whether somebody new can be written down while booking: the type for trials is on offer."""
    return SessionType.objects.in_use().filter(code=TRIAL).exists()


def _plan_url(request: HttpRequest, form: BookForm, refusal: DomainError | None) -> str:
    """Return where the chosen member gets a plan, where none pays and the person may give one."""
    member = uuid_of(form["member"].value())
    if not isinstance(refusal, NoCredit) or member is None or not request.user.has_perm(GRANT):
        return ""
    return f"{reverse('admin:training_subscription_add')}?{urlencode({'member': str(member)})}"


def _found(form: BookForm) -> list[FoundMember]:
    """Return the members that the search box means, the chosen one first."""
    chosen = uuid_of(form["member"].value())
    return found_members(str(form["q"].value() or ""), today=timezone.localdate(), chosen=chosen)


def members_view(request: HttpRequest) -> HttpResponse:
    """Answer the members that a few letters mean, as choices."""
    found = found_members(
        request.GET.get("q", "")[:100], today=timezone.localdate(), chosen=uuid_of(request.GET.get("member"))
    )
    asked = {"term": request.GET.get("q", ""), "chosen": request.GET.get("member", "")}
    context = {"found": found, "takes_new": takes_new, **asked}
    return TemplateResponse(request, "training/admin/_found_members.html", context)


studio_site.register_page(AdminPage("training/book/", "training-book", BookPanel().view, BOOK_SESSIONS))
studio_site.register_page(AdminPage("training/book/members/", "training-members", members_view, BOOK_SESSIONS))
