"""Holding reminders back for a while, and saying why."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from billing.models import Invoice, ReminderPause
from billing.services import settling
from sessions_app.models import Client
from sessions_app.services import facts, linked_clients
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile

LABEL_LENGTH = 420


class OverAlready(DomainError):
    """The day until which a pause lasts is past, or the pause was ended."""

    status_code = 400


class NoClaim(DomainError):
    """Nothing is asked for by a draft or a credit note."""


@taking_turns()
def pause_client(*, client: Client, until_on: date, reason: str, actor: User | None, now: datetime) -> ReminderPause:
    """Send a client no reminders up to and including a day, and return the pause.

    raises: OverAlready, facts.BadFacts, linked_clients.MergedAway
    """
    held = settling.lock_client(client)
    linked_clients.require_unmerged(held)
    return _pause(held, None, until_on=until_on, reason=reason, actor=actor, now=now)


@taking_turns()
def pause_document(
    *, invoice: Invoice, until_on: date, reason: str, actor: User | None, now: datetime
) -> ReminderPause:
    """Remind of one document no more up to and including a day, and return the pause.

    raises: NoClaim, OverAlready, facts.BadFacts
    """
    held = settling.lock_client_of(invoice)
    if not invoice.is_claim:
        raise NoClaim(_("Nothing is asked for by it."))
    return _pause(held, invoice, until_on=until_on, reason=reason, actor=actor, now=now)


@taking_turns()
def end_pause(*, pause: ReminderPause, actor: User | None, now: datetime) -> ReminderPause:
    """Let reminders leave again before the last day of a pause, and return it.

    raises: OverAlready
    """
    held = ReminderPause.objects.locked().get(pk=pause.pk)
    if held.ended_at is not None or held.until_on < _today(now):
        raise OverAlready(_("This pause is over already."))
    held.ended_at = now
    held.save(update_fields=["ended_at"])
    changes: dict[str, tuple[object, object]] = {"paused_until": (held.until_on, None)}
    audit.record(verb="unpause", subject=_subject(held), actor=actor, now=now, changes=changes)
    return held


def _pause(
    client: Client, invoice: Invoice | None, *, until_on: date, reason: str, actor: User | None, now: datetime
) -> ReminderPause:
    if until_on < _today(now):
        raise OverAlready(_("A pause lasts until a day to come."))
    pause = ReminderPause(client=client, invoice=invoice, begun_at=now, account=actor)
    pause.actor_label = actor.label[:LABEL_LENGTH] if actor else ""
    facts.set_facts(pause, {"until_on": until_on, "reason": reason.strip()})
    with facts.saving(pause):
        pause.save(force_insert=True)
    changes: dict[str, tuple[object, object]] = {"paused_until": (None, until_on)}
    audit.record(verb="pause", subject=_subject(pause), actor=actor, now=now, changes=changes, reason=pause.reason)
    return pause


def _subject(pause: ReminderPause) -> Client | Invoice:
    return pause.invoice or pause.client


def _today(now: datetime) -> date:
    return local_day(now, current_profile().zone)
