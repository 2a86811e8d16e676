"""The slots that quotes hold: kept as long as the quote, booked when it is accepted, freed when it is not."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import Quote, QuoteItem
from sessions_app.models import SessionStatus, StudioSession
from sessions_app.selectors.crew import Crew, crew_of
from sessions_app.services import bookings, holds, sessions, slots, states
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.errors import DomainError

NOTHING = Decimal(0)
GONE = (SessionStatus.CANCELLED, SessionStatus.EXPIRED)


class HoldLost(DomainError):
    """A slot that the quote held is not held any more."""


def lock_slots(quote: Quote, *, now: datetime) -> None:
    """Take the locks of everything that a quote's slots need, in one order, before any row is locked.

    The caller takes turns.
    """
    held = [item.session for item in _items(quote) if item.session]
    crews = [crew_of(session) for session in held]
    crew = Crew(
        tuple({each.pk: each for crew in crews for each in crew.engineers}.values()),
        tuple({each.pk: each for crew in crews for each in crew.talents}.values()),
        tuple({each.pk: each for crew in crews for each in crew.equipment}.values()),
    )
    slots.lock_rooms(*[session.room for session in held], now=now, crew=crew)


def require_held(items: Iterable[QuoteItem], *, now: datetime) -> None:
    """Pass when every slot of a draft is there to be kept: on hold and to come, or booked meanwhile.

    raises: HoldLost
    """
    for session in (item.session for item in items if item.session):
        is_over = session.status == SessionStatus.HOLD and min(session.starts_at, session.hold_expires_at or now) <= now
        if session.status in GONE or is_over:
            raise HoldLost(_("%(session)s is not on hold any more: take it off the quote.") % {"session": session})


def keep_until(items: Iterable[QuoteItem], until: datetime, *, actor: User | None, now: datetime) -> None:
    """Let the slots of a quote expire when the quote does."""
    for session in _still_held(items):
        if session.hold_expires_at != until:
            holds.extend_hold(session=session, expires_at=until, actor=actor, now=now)


def book(items: Iterable[QuoteItem], *, actor: User | None, now: datetime) -> None:
    """Turn the slots of a quote into bookings at the prices of their lines; the quote asks the deposit, they do not.

    raises: HoldLost
    """
    for item in items:
        session = item.session
        if session is None or session.status not in {SessionStatus.HOLD, *GONE}:
            continue
        if session.status in GONE:
            raise _lost(session)
        try:
            sessions.change_session(session=session, total=item.net, deposit_amount=NOTHING, actor=None, now=now)
            holds.confirm_hold(session=session, actor=actor, now=now)
        except (states.WrongState, slots.SlotRefused) as refusal:
            raise _lost(session) from refusal


def free(items: Sequence[QuoteItem], *, reason: str, actor: User | None, now: datetime) -> None:
    """Give back the slots that a quote still holds."""
    for session in _still_held(items):
        bookings.cancel_session(session=session, reason=reason, actor=actor, now=now, tell=Tell.NOBODY)


def _items(quote: Quote) -> list[QuoteItem]:
    rows = quote.items.select_related("session__room", "vat_rate").order_by("position")
    return list(rows)


def _still_held(items: Iterable[QuoteItem]) -> list[StudioSession]:
    keys = [item.session_id for item in items if item.session_id]
    return list(StudioSession.objects.filter(pk__in=keys, status=SessionStatus.HOLD).order_by("pk"))


def _lost(session: StudioSession) -> HoldLost:
    told = _("%(title)s can no longer be had at the time of this quote. Please ask for a new version of it.")
    return HoldLost(told % {"title": session.title})
