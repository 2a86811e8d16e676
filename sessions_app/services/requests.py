"""Requests: asked for by a visitor or written down by the staff, then approved, paid or declined."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sessions_app.models import (
    PROVISIONAL_STATUSES,
    Awaited,
    Client,
    NoticeKind,
    Project,
    Room,
    SessionKind,
    SessionRequest,
    SessionStatus,
    StudioSession,
)
from sessions_app.selectors import asking, availability
from sessions_app.selectors.answers import Slot
from sessions_app.services import (
    bookings,
    facts,
    holds,
    late_bookings,
    notices,
    prices,
    project_links,
    sessions,
    slots,
    states,
)
from sessions_app.services.notices import Tell
from sessions_app.services.staff_news import tell_staff
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import minutes
from studio.crypto import digest
from studio.db import advisory_lock, refusing, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.showing import when

APPROVAL_LASTS = timedelta(hours=48)


class TooManyRequests(DomainError):
    """A visitor has as many open requests as one may have."""

    status_code = 429


class PaymentOutcome(StrEnum):
    """What money for a request has led to.

    confirmed: the session is booked by it
    already: it was booked before, so this money is one too many or told twice
    refund: the slot is gone, or was declined: the money goes back
    """

    CONFIRMED = "confirmed"
    ALREADY = "already"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, on the public page.

    identity: their e-mail address or a token; only its digest is kept as the key that counts requests
    """

    identity: str
    name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def key(self) -> str:
        """What tells one visitor from another."""
        return digest(self.identity.strip().lower())


@taking_turns()
def request_session(
    *,
    title: str,
    room: Room,
    starts_at: datetime,
    ends_at: datetime,
    awaits: str,
    actor: User | None,
    now: datetime,
    visitor: Visitor | None = None,
    client: Client | None = None,
    project: Project | None = None,
    kind: str = SessionKind.STUDIO,
    message: str = "",
    expires_at: datetime | None = None,
    tell: Tell = Tell.CLIENT,
) -> SessionRequest:
    """Keep a slot for somebody who asks for it, and return the request.

    awaits: what it needs to become a booking; one that awaits payment keeps its slot for the studio's request_minutes
    visitor: None where the staff write it down for a client
    expires_at: None: after those minutes, or after 48 hours where it awaits approval; never after the start
    raises: TooManyRequests, holds.HoldNeedsFuture, slots.RoomTaken, slots.SlotRefused,
        project_links.ProjectOfAnotherClient, facts.BadFacts, studio.db.TryAgain
    """
    linked = project_links.linkable(project=project, client=client)
    session = sessions.draft_session(client=client, project=linked, given={"title": title, "kind": kind})
    request = SessionRequest(session=session)
    _put_visitor(request, visitor, awaits=awaits, message=message)
    if request.visitor_key:
        _require_few_open(request.visitor_key, now)
    house = current_profile()
    lasts = minutes(house.request_minutes) if awaits == Awaited.PAYMENT else APPROVAL_LASTS
    session.status, session.hold_expires_at = SessionStatus.REQUESTED, min(expires_at or now + lasts, starts_at)
    if session.hold_expires_at <= now:
        raise holds.HoldNeedsFuture(_("A request needs time to be answered before the session starts."))
    wanted = availability.slot_in(room, starts_at, ends_at, kind)
    _keep_slot(request, wanted, house.zone, now, by_visitor=visitor is not None)
    agreed = _agree_on_payment(request, session, now)
    _tell(request, agreed, actor, now, tell=tell)
    return request


def _keep_slot(request: SessionRequest, wanted: Slot, zone: ZoneInfo, now: datetime, *, by_visitor: bool) -> None:
    """Save a request and its session in the slot that it asks for.

    raises: slots.RoomTaken, slots.SlotRefused, facts.BadFacts, studio.db.TryAgain
    """
    session = request.session
    slots.lock_rooms(wanted.room, now=now)
    # Visitors have to ask in good time; the staff may write down what they have agreed.
    check = asking.check_request if by_visitor else availability.check_slot
    answer = check(room=wanted.room, starts_at=wanted.starts_at, ends_at=wanted.ends_at, now=now, kind=session.kind)
    slots.require_free(answer)
    slots.put_in(session, answer.slot, zone)
    with slots.taking(answer.slot, session, now):
        session.save(force_insert=True)
    with facts.saving(request):
        request.save(force_insert=True)


def _tell(request: SessionRequest, agreed: facts.Changes, actor: User | None, now: datetime, *, tell: Tell) -> None:
    """Write the trail of a new request, the mail about it, and to the staff whom a visitor waits for."""
    session = request.session
    asked = {field: getattr(session, field) for field in ("status", "starts_at", "ends_at", "room", "hold_expires_at")}
    changes: facts.Changes = {field: (None, value) for field, value in {**asked, "awaits": request.awaits}.items()}
    audit.record(verb="request", subject=session, actor=actor, now=now, changes=changes | agreed)
    notices.announce(session=session, kind=NoticeKind.REQUEST_RECEIVED, tell=tell, now=now)
    if actor is None and request.awaits == Awaited.APPROVAL:
        sentence = _("%(title)s is asked for: %(room)s, %(when)s. It keeps its slot until %(until)s.")
        named = {"title": session.title, "room": session.room, "when": when(session.starts_at, session.ends_at)}
        until = when(session.hold_expires_at or now)
        tell_staff(sentence=sentence % {**named, "until": until}, subject=session)


def _agree_on_payment(request: SessionRequest, session: StudioSession, now: datetime) -> facts.Changes:
    """Agree on what is to be paid for a request that awaits it, as the list is now, and return what that sets.

    Whoever pays knows how much, and a list that changes meanwhile changes nothing.
    """
    before = {field: getattr(session, field) for field in ("total", "deposit_amount")}
    listed = prices.agree_once(session=session, now=now) if request.awaits == Awaited.PAYMENT else None
    if listed is None:
        return {}
    session.save(update_fields=prices.AGREED_FIELDS)
    prices.write_lines(session=session, listed=listed)
    return {field: (old, new) for field, old in before.items() if (new := getattr(session, field)) != old}


def _put_visitor(request: SessionRequest, visitor: Visitor | None, *, awaits: str, message: str) -> None:
    given = {"awaits": awaits, "message": message}
    if visitor is not None:
        given |= {
            "visitor_key": visitor.key,
            "visitor_name": visitor.name,
            "visitor_email": visitor.email,
            "visitor_phone": visitor.phone,
        }
    facts.set_facts(request, given)


def _require_few_open(key: str, now: datetime) -> None:
    """Pass when a visitor may ask for another session; held against their other windows until the end."""
    with refusing():
        advisory_lock([f"visitor:{key}"])
    if reason := asking.quota_used(asking.open_requests_of(key, now)):
        raise TooManyRequests(reason.sentence)


@taking_turns()
def approve_request(
    *, session: StudioSession, actor: User | None, now: datetime, tell: Tell = Tell.CLIENT
) -> StudioSession:
    """Turn a request into a booking and return it.

    raises: states.WrongState, slots.RoomTaken, studio.db.TryAgain
    """
    _require_requested(slots.locked_with_rooms(session, now=now), now)
    return holds.confirm_hold(session=session, actor=actor, now=now, tell=tell)


@taking_turns()
def ask_payment(
    *,
    session: StudioSession,
    actor: User | None,
    now: datetime,
    expires_at: datetime | None = None,
    tell: Tell = Tell.CLIENT,
) -> SessionRequest:
    """Approve a request on condition that it is paid, and return it; it keeps its slot until then.

    expires_at: None: in the studio's request_minutes, but never sooner than the request would have expired
    raises: states.WrongState, studio.db.TryAgain
    """
    asked = slots.locked_with_rooms(session, now=now)
    _require_requested(asked, now)
    request = SessionRequest.objects.select_for_update(of=("self",)).get(session=asked)
    before = {"awaits": request.awaits, "hold_expires_at": asked.hold_expires_at}
    request.awaits = Awaited.PAYMENT
    lasts = minutes(current_profile().request_minutes)
    asked.hold_expires_at = min(expires_at or max(now + lasts, asked.hold_expires_at or now), asked.starts_at)
    request.save(update_fields=["awaits"])
    asked.save(update_fields=["hold_expires_at"])
    after = {"awaits": request.awaits, "hold_expires_at": asked.hold_expires_at}
    changes: facts.Changes = {field: (old, after[field]) for field, old in before.items()}
    changes |= _agree_on_payment(request, asked, now)
    audit.record(verb="ask_payment", subject=asked, actor=actor, now=now, changes=changes)
    notices.announce(session=asked, kind=NoticeKind.PAYMENT_ASKED, tell=tell, now=now)
    return request


@taking_turns()
def decline_request(
    *, session: StudioSession, reason: str, actor: User | None, now: datetime, tell: Tell = Tell.CLIENT
) -> StudioSession:
    """Decline a request for a reason, which frees its slot, and return the session; twice is once.

    raises: states.WrongState, facts.BadFacts, studio.db.TryAgain
    """
    declined = slots.locked_with_rooms(session, now=now)
    if declined.status != SessionStatus.CANCELLED:
        _require_requested(declined, now)
    return bookings.cancel_session(session=declined, reason=reason, actor=actor, now=now, tell=tell)


@taking_turns()
def accept_payment(*, session: StudioSession, actor: User | None, now: datetime) -> PaymentOutcome:
    """Book what has been paid, also late where its slot is still free, and return what the money has led to.

    The caller has taken the money already: whatever is returned is for keeps, and nothing is refused.
    raises: studio.db.TryAgain
    """
    paid = slots.locked_with_rooms(session, now=now)
    was, is_open = paid.status, paid.status in PROVISIONAL_STATUSES
    if not is_open and was != SessionStatus.EXPIRED:
        is_gone = was == SessionStatus.CANCELLED
        return PaymentOutcome.REFUND if is_gone else PaymentOutcome.ALREADY
    is_late = paid.hold_expires_at is not None and paid.hold_expires_at <= now  # in no room nothing lets it expire
    try:
        if is_late or not is_open:
            late_bookings.book_late(session=paid, actor=actor, now=now)
        else:
            holds.confirm_hold(session=paid, actor=actor, now=now)
    except slots.SlotRefused:
        if was == SessionStatus.REQUESTED:  # else it would keep its slot, and could be paid again
            reason = _("It was paid, but could not be booked: the payment goes back.")
            bookings.cancel_session(session=paid, reason=reason, actor=actor, now=now)
        return PaymentOutcome.REFUND  # a hold that waits behind another goes on waiting
    return PaymentOutcome.CONFIRMED


def _require_requested(session: StudioSession, now: datetime) -> None:
    if session.status != SessionStatus.REQUESTED:
        sentence = _("This session is %(status)s: it is no open request.")
        raise states.WrongState(sentence % {"status": session.get_status_display()})
    states.require_unexpired(session, now)
