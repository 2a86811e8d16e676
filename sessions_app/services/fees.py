"""Fees for cancelling, moving and not coming: decided once, by the terms of the booking; waived with a reason."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import SessionFee, StudioSession
from sessions_app.selectors.terms import FeeDue
from sessions_app.services import billed, facts, prices
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import money


class AlreadyWaived(DomainError):
    """Nobody owes this fee any more."""


def charge_fee(
    *, session: StudioSession, due: FeeDue, actor: User | None, now: datetime, waived_because: str = ""
) -> SessionFee | None:
    """Write down a fee that is due and return it, or None for none; the caller holds the session's row.

    waived_because: a reason to write it down as waived at once
    raises: prices.AlreadyInvoiced, where one is due
    """
    if not due.amount:
        return None
    prices.require_not_invoiced(session)
    fee = SessionFee(session=session, kind=due.kind, amount=due.amount, explanation=due.explanation, decided_at=now)
    fee.save(force_insert=True)
    changes = {"fees": (None, f"{money(fee.amount, session.currency)}. {fee.explanation}")}
    audit.record(verb="charge_fee", subject=session, actor=actor, now=now, changes=changes)
    if waived_because:
        return waive_fee(fee=fee, because=waived_because, actor=actor, now=now)
    return fee


@taking_turns()
def waive_fee(*, fee: SessionFee, because: str, actor: User | None, now: datetime) -> SessionFee:
    """Let the client off a fee and return it; it stays on record.

    raises: facts.NoReason, AlreadyWaived, prices.AlreadyInvoiced, facts.BadFacts
    """
    because = because.strip()
    if not because:
        raise facts.NoReason(_("A fee is waived for a reason: say which."))
    session = StudioSession.objects.locked().get(pk=fee.session_id)
    prices.require_not_invoiced(session)
    waived = SessionFee.objects.get(pk=fee.pk)
    billed.require_on_no_invoice(waived)
    if waived.waived_at is not None:
        raise AlreadyWaived(_("This fee is waived already."))
    facts.set_facts(waived, {"waived_because": because})
    waived.waived_at, waived.waived_by = now, actor
    waived.waived_by_label = actor.label if actor else ""
    with facts.saving(waived):
        waived.save(update_fields=["waived_at", "waived_by", "waived_by_label", "waived_because"])
    changes = {"fees": (f"{waived.get_kind_display()}: {money(waived.amount, session.currency)}", None)}
    audit.record(verb="waive", subject=session, actor=actor, now=now, changes=changes, reason=because)
    return waived
