"""What is charged beside the agreed price: extras, longer sessions, and staying over."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import BookingType, ExtraKind, Room, SessionExtra, SessionStatus, StudioSession
from sessions_app.selectors import availability
from sessions_app.selectors.answers import Answer, Slot
from sessions_app.selectors.crew import crew_of, engagements, reasons_of_the_crew
from sessions_app.selectors.overage import overage_of
from sessions_app.selectors.prices import price_of
from sessions_app.services import billed, facts, prices, slots, states
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.selectors.profile import current_profile
from studio.showing import clock_span, money, when

CHARGED_STATUSES = (
    SessionStatus.SCHEDULED,
    SessionStatus.IN_PROGRESS,
    SessionStatus.COMPLETED,
    SessionStatus.NO_SHOW,
    SessionStatus.CANCELLED,
)


class NothingOver(DomainError):
    """The session did not last longer than booked, or the list has no price for it."""


class RoomNeeded(DomainError):
    """The next booking needs the room.

    latest: until when the session could be extended; None when not at all
    """

    def __init__(self, sentence: str, latest: datetime | None) -> None:
        super().__init__(sentence)
        self.latest = latest


class NotLonger(DomainError):
    """An extension ends later than the session does now."""

    status_code = 400


def _locked(session: StudioSession) -> StudioSession:
    locked = StudioSession.objects.locked().select_related("room", "client").get(pk=session.pk)
    prices.require_not_invoiced(locked)
    if locked.status not in CHARGED_STATUSES:
        sentence = _("This session is %(status)s, so nothing is charged for it.")
        raise states.WrongState(sentence % {"status": locked.get_status_display()})
    return locked


def _write(session: StudioSession, extra: SessionExtra, actor: User | None, now: datetime) -> SessionExtra:
    extra.session, extra.added_at, extra.added_by = session, now, actor
    extra.added_by_label = actor.label if actor else ""
    with facts.saving(extra):
        extra.save(force_insert=True)
    changes = {"extras": (None, f"{extra.description}: {money(extra.amount, session.currency)}")}
    audit.record(verb="charge", subject=session, actor=actor, now=now, changes=changes)
    return extra


@taking_turns()
def add_extra(
    *,
    session: StudioSession,
    description: str,
    quantity: Decimal,
    unit_price: Decimal,
    actor: User | None,
    now: datetime,
) -> SessionExtra:
    """Charge something beside the agreed price and return it: tape, a cleaner, a hired piano.

    raises: prices.AlreadyInvoiced, states.WrongState, facts.BadFacts
    """
    charged = _locked(session)
    extra = SessionExtra()
    given = {"description": description.strip(), "quantity": quantity, "unit_price": unit_price}
    facts.set_facts(extra, given)
    amount = quantise(extra.quantity * extra.unit_price, charged.currency)
    facts.set_facts(extra, {"amount": amount})
    return _write(charged, extra, actor, now)


@taking_turns()
def remove_extra(*, extra: SessionExtra, actor: User | None, now: datetime) -> None:
    """Take back an extra; twice is once.

    raises: prices.AlreadyInvoiced, states.WrongState
    """
    charged = _locked(extra.session)
    gone = SessionExtra.objects.filter(pk=extra.pk).first()
    if gone is None:
        return
    billed.require_on_no_invoice(gone)
    changes = {"extras": (f"{gone.description}: {money(gone.amount, charged.currency)}", None)}
    gone.delete()
    audit.record(verb="uncharge", subject=charged, actor=actor, now=now, changes=changes)


@taking_turns()
def charge_overage(*, session: StudioSession, actor: User | None, now: datetime) -> SessionExtra:
    """Charge the time after the booked end, by the price list of those hours, and return the extra.

    raises: NothingOver, prices.AlreadyInvoiced, states.WrongState, facts.BadFacts when it is charged already
    """
    charged = _locked(session)
    over = overage_of(charged)
    if over is None or not over.amount:
        raise NothingOver(_("There is nothing to charge for: the session ended in time, or those hours have no price."))
    extra = SessionExtra(kind=ExtraKind.OVERAGE, description=over.sentence, quantity=Decimal(1))
    extra.unit_price = extra.amount = over.amount
    return _write(charged, extra, actor, now)


@taking_turns()
def extend_session(*, session: StudioSession, ends_at: datetime, actor: User | None, now: datetime) -> StudioSession:
    """Let a session in progress last longer, charge the added hours by the price list, and return it.

    The hours of the house do not stop it: whoever is there says until when.
    raises: states.WrongState, NotLonger, RoomNeeded, slots.CrewMissing, prices.AlreadyInvoiced, slots.RoomTaken,
        studio.db.TryAgain
    """
    extended = slots.locked_with_rooms(session, now=now)
    prices.require_not_invoiced(extended)
    if extended.status != SessionStatus.IN_PROGRESS:
        raise states.WrongState(_("Only a session in progress is extended; move it instead."))
    was = extended.ends_at
    if not max(was, now) < ends_at:
        raise NotLonger(_("An extension ends later than the session does now, and in the future."))
    if beyond := availability.beyond_the_calendar(extended.starts_at, ends_at, now):
        raise NotLonger(beyond.sentence)
    slot = availability.slot_in(extended.room, extended.starts_at, ends_at, extended.kind)
    if extended.room is not None:
        _require_room(extended.room, slot, was, now, extended)
    _require_crew(slot, was, now, extended)
    overlap_kept = extended.overlap_kept
    slots.put_in(extended, slot, current_profile().zone)
    extended.overlap_kept = overlap_kept
    with slots.taking(slot, extended, now):
        extended.save(update_fields=["ends_at", "blocked_from", "blocked_to"])
    changes = {"ends_at": (was, ends_at)}
    audit.record(verb="extend", subject=extended, actor=actor, now=now, changes=changes)
    _charge_extension(extended, was, actor, now)
    return extended


def _require_room(room: Room, slot: Slot, was: datetime, now: datetime, session: StudioSession) -> None:
    others = availability.sessions_in_the_way([room], was, slot.blocked_to, now, moving=session).get(room.pk, [])
    following = [other for other in others if other.starts_at >= was and availability.is_in_the_way(slot, other)]
    if not following:
        return
    zone = current_profile().zone
    after: timedelta = slot.blocked_to - slot.ends_at
    latest = min(min(other.starts_at - after, other.blocked_from) for other in following)
    sentence = _("%(title)s needs %(room)s from %(time)s on.") % {
        "title": following[0].title,
        "room": room,
        "time": when(following[0].blocked_from, zone=zone),
    }
    if latest <= was:
        raise RoomNeeded(f"{sentence} {_('The session cannot be extended.')}", None)
    limit = _("It can be extended until %(time)s.") % {"time": when(latest, zone=zone)}
    raise RoomNeeded(f"{sentence} {limit}", latest)


def _require_crew(slot: Slot, was: datetime, now: datetime, session: StudioSession) -> None:
    engaged = engagements(crew_of(session), was, slot.ends_at, now, moving=[session.pk])
    if missing := tuple(reasons_of_the_crew(was, slot.ends_at, current_profile().zone, engaged)):
        raise slots.refusal(Answer(slot, free=False, reasons=missing))


def _charge_extension(session: StudioSession, was: datetime, actor: User | None, now: datetime) -> None:
    if session.client_id is None:
        return
    added = price_of(
        room=session.room,
        starts_at=was,
        ends_at=session.ends_at,
        booking_type=BookingType.HOURLY,
        currency=session.currency,
        kind=session.kind,
    )
    if added.total:
        description = _("Extension %(span)s") % {"span": clock_span(was, session.ends_at, current_profile().zone)}
        extra = SessionExtra(kind=ExtraKind.EXTENSION, description=description, quantity=Decimal(1))
        extra.unit_price = extra.amount = added.total
        _write(session, extra, actor, now)
