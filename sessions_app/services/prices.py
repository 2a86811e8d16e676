"""Agreeing on what a session costs: the price list is asked once, and its answer is kept."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import (
    DepositSource,
    SessionPriceLine,
    SessionRequest,
    SessionStatus,
    StudioSession,
    TotalSource,
)
from sessions_app.selectors import terms
from sessions_app.selectors.prices import deposit_of, price_of
from sessions_app.selectors.pricing import Quote
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile

AGREED_FIELDS = ("booked_at", "terms", "total", "total_source", "deposit_amount", "deposit_source")
OPEN_STATUSES = (
    SessionStatus.HOLD,
    SessionStatus.REQUESTED,
    SessionStatus.SCHEDULED,
    SessionStatus.IN_PROGRESS,
    SessionStatus.COMPLETED,
)


class AlreadyInvoiced(DomainError):
    """What a session costs stands on an invoice: a credit note changes it."""


class NoPrice(DomainError):
    """The price list does not say what a session costs."""


def require_not_invoiced(session: StudioSession) -> None:
    """Pass while what a session costs may still change.

    raises: AlreadyInvoiced
    """
    if session.invoiced_at is not None:
        raise AlreadyInvoiced(
            _("This session is invoiced: what it costs stays as it is until a credit note is written.")
        )


def listed_price(session: StudioSession, profile: StudioProfile | None = None) -> Quote:
    """Return what the price list says now of a session where it stands; nothing for work in the house's own name.

    profile: None reads it
    """
    if session.client_id is None and not _of_visitor(session):
        return Quote((), session.currency, _("In-house: nothing is charged."))
    return price_of(
        room=session.room,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        booking_type=session.booking_type,
        currency=session.currency,
        kind=session.kind,
        profile=profile,
    )


def _of_visitor(session: StudioSession) -> bool:
    """Return whether somebody asked for a session who is no client yet."""
    if not session.pk:
        return False
    return SessionRequest.objects.filter(session=session.pk).exclude(visitor_key="").exists()


def agree(
    *, session: StudioSession, total: Decimal | Unsent | None, deposit: Decimal | Unsent | None, now: datetime
) -> Quote:
    """Set the price, deposit and terms that a session is booked at, and return what the list says; nothing is saved.

    total, deposit: typed by somebody; not sent is as the list, and the settings of client and studio, say
    """
    profile = None if session.client is None else current_profile()
    listed = listed_price(session, profile)
    session.booked_at, session.terms = now, terms.to_stored(terms.terms_now(session))
    if total is NOT_SENT:
        session.total, session.total_source = listed.total, TotalSource.RULES if listed.lines else TotalSource.MANUAL
    else:
        session.total, session.total_source = total, TotalSource.MANUAL
    if deposit is NOT_SENT:
        deposit = deposit_of(session.total, client=session.client, currency=session.currency, profile=profile)
        session.deposit_source = DepositSource.RULES
    elif deposit != session.deposit_amount:  # else it is still whose word it was
        session.deposit_source = DepositSource.MANUAL
    session.deposit_amount = deposit
    return listed


def agree_once(*, session: StudioSession, now: datetime) -> Quote | None:
    """Agree on price, deposit and terms by the list, and return what it says; None where that is done, e.g. to be paid.

    What somebody has typed meanwhile counts; nothing is saved.
    """
    if session.terms is not None:
        return None
    total = NOT_SENT if session.total is None else session.total
    deposit = session.deposit_amount if session.deposit_stays else NOT_SENT
    return agree(session=session, total=total, deposit=deposit, now=now)


def keep_lines(*, session: StudioSession, listed: Quote) -> None:
    """Write down what the list said, instead of what it said before; the caller holds the session's row."""
    session.price_lines.all().delete()
    write_lines(session=session, listed=listed)


def write_lines(*, session: StudioSession, listed: Quote) -> None:
    """Write down what the list said of a session that has no lines yet."""
    SessionPriceLine.objects.bulk_create(
        SessionPriceLine(
            session=session,
            position=position,
            what=line.what[:200],
            unit=line.unit,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
        )
        for position, line in enumerate(listed.lines, start=1)
    )


@taking_turns()
def requote_session(*, session: StudioSession, actor: User | None, now: datetime) -> StudioSession:
    """Agree anew on what the price list says now, and return the session.

    The deposit follows the new total, unless it is paid, asked for, or typed by somebody.
    raises: AlreadyInvoiced, NoPrice, facts.BadFacts
    """
    quoted = StudioSession.objects.locked().select_related("room", "client").get(pk=session.pk)
    require_not_invoiced(quoted)
    listed = listed_price(quoted)
    if quoted.status not in OPEN_STATUSES or not listed.lines:
        raise NoPrice(listed.reason or _("The price list says nothing about this session."))
    new = {"total": listed.total, "total_source": TotalSource.RULES.value}
    if not quoted.deposit_stays:
        deposit = deposit_of(listed.total, client=quoted.client, currency=quoted.currency)
        new |= {"deposit_amount": deposit, "deposit_source": DepositSource.RULES.value}
    changes = facts.set_facts(quoted, new)
    with facts.saving(quoted):
        quoted.save(update_fields=list(new))
    keep_lines(session=quoted, listed=listed)
    if changes:
        audit.record(verb="reprice", subject=quoted, actor=actor, now=now, changes=changes)
    return quoted
