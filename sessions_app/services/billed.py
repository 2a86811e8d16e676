"""What billing tells sessions: that they are on an issued document, and that they no longer are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from sessions_app.models import (
    PROVISIONAL_STATUSES,
    Client,
    PaymentStatus,
    SessionExtra,
    SessionFee,
    SessionStatus,
    StudioSession,
)
from sessions_app.services import prices
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError

SAID = ("payment_status", "deposit_paid", "deposit_asked_at", "hold_expires_at")
NEVER_HELD = (SessionStatus.CANCELLED, SessionStatus.EXPIRED)


class NotToInvoice(DomainError):
    """The price of the session, its fee or its extra is not to be charged."""


@taking_turns()
def mark_invoiced(*, sessions: Iterable[StudioSession], actor: User | None, now: datetime) -> None:
    """Write down that sessions are invoiced: neither their price nor their time moves from now on.

    raises: NotToInvoice when one is invoiced already, or was cancelled
    """
    locked = _locked(sessions)
    for session in locked:
        if session.invoiced_at is not None:
            raise NotToInvoice(_("%(session)s is invoiced already.") % {"session": session})
        if session.status in NEVER_HELD:
            told = _("%(session)s is cancelled: its price is not charged, only a fee is.")
            raise NotToInvoice(told % {"session": session})
    _mark(locked, now, actor=actor, now=now)


@taking_turns()
def mark_not_invoiced(*, sessions: Iterable[StudioSession], actor: User | None, now: datetime) -> None:
    """Write down that what invoiced sessions was credited: they can be changed and invoiced again."""
    _mark(_locked(sessions), None, actor=actor, now=now)


@taking_turns()
def mark_charges_invoiced(*, charges: Iterable[SessionFee | SessionExtra], actor: User | None, now: datetime) -> None:
    """Write down that fees and extras are invoiced: none is waived or taken away from now on.

    raises: NotToInvoice when one is invoiced already, or waived
    """
    locked = _locked_charges(charges)
    for charge in locked:
        if charge.invoiced_at is not None or (isinstance(charge, SessionFee) and charge.waived_at is not None):
            raise NotToInvoice(_("%(what)s is invoiced already, or waived.") % {"what": charge})
    _mark_charges(locked, now, actor=actor, now=now)


@taking_turns()
def mark_charges_not_invoiced(
    *, charges: Iterable[SessionFee | SessionExtra], actor: User | None, now: datetime
) -> None:
    """Write down that invoiced fees and extras were credited."""
    _mark_charges(_locked_charges(charges), None, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class Paid:
    """How much of a session is paid.

    deposit: None: no document says, so it stays as it is
    asks_deposit: whether an invoice over its deposit stands, paid or not
    """

    status: PaymentStatus
    deposit: bool | None
    asks_deposit: bool


@taking_turns()
def say_paid(*, told: Mapping[int, Paid], actor: User | None, now: datetime) -> None:
    """Write down how much of sessions is paid; the same again changes nothing.

    A slot that is only held is kept until its start once its deposit is paid: somebody confirms it.
    told: by their keys
    """
    for session in StudioSession.objects.locked().filter(pk__in=told):
        paid = told[session.pk]
        before = {name: getattr(session, name) for name in SAID}
        session.payment_status = paid.status
        session.deposit_paid = session.deposit_paid if paid.deposit is None else paid.deposit
        session.deposit_asked_at = (session.deposit_asked_at or now) if paid.asks_deposit else None
        is_living = session.status in PROVISIONAL_STATUSES and session.hold_expires_at and now < session.hold_expires_at
        if is_living and session.deposit_paid:
            session.hold_expires_at = session.starts_at
        changes = {field: (old, new) for field, old in before.items() if (new := getattr(session, field)) != old}
        if changes:
            session.save(update_fields=list(changes))
            audit.record(verb="change", subject=session, actor=actor, now=now, changes=changes)


@taking_turns()
def note_payment(*, client: Client, on: date | None, instead_of: date | None = None) -> None:
    """Write down on which day a client paid last. The caller holds the row.

    on: None where they never did
    instead_of: the day of a payment that never came in
    """
    earlier = Q(last_paid_on__isnull=True) | Q(last_paid_on__lt=on)
    stood = Q(last_paid_on=instead_of) if instead_of else earlier
    Client.objects.filter(stood, pk=client.pk).update(last_paid_on=on)


def require_on_no_invoice(charge: SessionFee | SessionExtra) -> None:
    """Pass while a fee or an extra may still be let go.

    raises: prices.AlreadyInvoiced
    """
    if charge.invoiced_at is not None:
        told = _("%(what)s is invoiced: it stays as it is until a credit note is written.")
        raise prices.AlreadyInvoiced(told % {"what": charge})


def _locked_charges(charges: Iterable[SessionFee | SessionExtra]) -> list[SessionFee | SessionExtra]:
    given = list(charges)
    list(StudioSession.objects.locked().filter(pk__in=[charge.session_id for charge in given]))
    fees = [charge.pk for charge in given if isinstance(charge, SessionFee)]
    extras = [charge.pk for charge in given if isinstance(charge, SessionExtra)]
    return [
        *SessionFee.objects.select_related("session").filter(pk__in=fees).order_by("pk"),
        *SessionExtra.objects.select_related("session").filter(pk__in=extras).order_by("pk"),
    ]


def _mark_charges(
    charges: Iterable[SessionFee | SessionExtra], invoiced_at: datetime | None, *, actor: User | None, now: datetime
) -> None:
    for charge in charges:
        charge.invoiced_at = invoiced_at
        charge.save(update_fields=["invoiced_at"])
        what = "fees" if isinstance(charge, SessionFee) else "extras"
        invoiced = _("%(what)s, invoiced") % {"what": charge}
        changes = {what: (str(charge), invoiced) if invoiced_at else (invoiced, str(charge))}
        audit.record(verb="change", subject=charge.session, actor=actor, now=now, changes=changes)


def _locked(sessions: Iterable[StudioSession]) -> list[StudioSession]:
    return list(StudioSession.objects.locked().filter(pk__in=[each.pk for each in sessions]))


def _mark(
    sessions: Iterable[StudioSession], invoiced_at: datetime | None, *, actor: User | None, now: datetime
) -> None:
    for session in sessions:
        changes = {"invoiced_at": (session.invoiced_at, invoiced_at)}
        session.invoiced_at = invoiced_at
        session.save(update_fields=["invoiced_at"])
        audit.record(verb="change", subject=session, actor=actor, now=now, changes=changes)
