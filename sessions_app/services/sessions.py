"""Changing the facts of a session: what it is about, not when it is nor how far it has come."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from sessions_app.models import (
    Client,
    DepositSource,
    FeeKind,
    Project,
    SessionStatus,
    StudioSession,
    TimeEntry,
    TotalSource,
    Track,
)
from sessions_app.selectors.prices import deposit_of
from sessions_app.selectors.pricing import Quote
from sessions_app.selectors.terms import fee_due
from sessions_app.services import facts, linked_clients, prices, project_links
from sessions_app.services.states import ARROWS
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT
from studio.office.selectors.profile import current_currency
from studio.trail import field_label, value_text

MOST_TOLD = 60  # characters of one fact
INVOICED_FACTS = frozenset({"client", "project", "booking_type", "total", "deposit_amount"})
FEE_FACTS = frozenset({"client", "total", "booking_type"})  # what a fee is reckoned from
WAIVE = "sessions_app.waive_sessionfee"
# The statuses of bookings, whose price is agreed: of a hold or a request it is when it becomes one.
BOOKED = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED)


class MoneyInAnotherCurrency(DomainError):
    """What a session costs stands in a currency that its new client is not charged in."""


class DepositAsked(DomainError):
    """The deposit stands on an invoice of its own: a credit note takes it back."""


class SessionFacts(TypedDict, total=False):
    """Facts of a session; what is left out is not changed, and None removes client or project."""

    title: str
    client: Client | None
    project: Project | None
    booking_type: str
    location: str
    description: str
    notes: str
    total: Decimal | None
    deposit_amount: Decimal | None


class LowersFee(DomainError):
    """Cancelling, moving or not coming would cost the client less than now; that is for whom may waive fees."""

    status_code = 403


class ChangedMeanwhile(DomainError):
    """Somebody changed the session after it was looked at.

    updated_at: of the session as it is now
    """

    def __init__(self, session: StudioSession, changes: facts.Changes) -> None:
        told = [
            f"{capfirst(field_label(StudioSession, field))}: "
            f"{Truncator(value_text(StudioSession, field, old)).chars(MOST_TOLD)}"
            for field, (old, _new) in changes.items()
            if field != "project_label"
        ]
        sentence = _(
            "Somebody changed this session meanwhile: %(facts)s. What you typed is below; saving it now replaces this."
        )
        super().__init__(sentence % {"facts": "; ".join(told)})
        self.updated_at = session.updated_at


def draft_session(*, client: Client | None, project: Project | None, given: Mapping[str, object]) -> StudioSession:
    """Return a new session with its facts checked, in the client's currency or else the studio's; nothing is saved.

    project: as `project_links.linkable` returns it
    given: field -> value
    raises: facts.BadFacts
    """
    session = StudioSession(
        client=client,
        project=project,
        project_label=project.name if project else "",
        currency=client.currency if client else current_currency(),
    )
    facts.set_facts(session, given)
    return session


@taking_turns()
def change_session(
    *,
    session: StudioSession,
    actor: User | None,
    now: datetime,
    seen_at: datetime | None = None,
    **given: Unpack[SessionFacts],
) -> StudioSession:
    """Change the facts given and return the session.

    A session that was in-house gets the price of the list with its first client, unless a total comes along. A
    deposit follows a new total, unless it is asked for, paid, or somebody's word.
    seen_at: `updated_at` of what the caller saw; None changes the session however it is by now
    raises: ChangedMeanwhile, project_links.UnknownProject, project_links.ProjectOfAnotherClient,
        prices.AlreadyInvoiced, DepositAsked, MoneyInAnotherCurrency, LowersFee, linked_clients.MergedAway,
        facts.BadFacts
    """
    sent: dict[str, object] = dict(given)
    if "project" in given:
        # Before the session: the same order as renaming and deleting.
        project = None if given["project"] is None else project_links.locked_project(given["project"])
        sent |= {"project": project, "project_label": project.name if project else ""}
    changed = StudioSession.objects.locked().select_related("client", "project", "room").get(pk=session.pk)
    may_waive = actor is None or sent.keys().isdisjoint(FEE_FACTS) or actor.has_perm(WAIVE)
    dues = [] if may_waive else _dues(changed, now)
    changes = facts.set_facts(changed, sent)
    if not changes:
        return changed
    changes |= _say_by_whom(changed, changes)
    if seen_at not in {None, changed.updated_at}:
        raise ChangedMeanwhile(changed, changes)
    _require_changeable(changed, changes)
    project_links.require_same_client(project=changed.project, client=changed.client)
    listed = _charge_new_client(changed, changes, now)
    if dues and any(after < before for before, after in zip(dues, _dues(changed, now), strict=True)):
        raise LowersFee(_("This would lower the fee that the terms of the booking ask for. Who may waive fees can."))
    with facts.saving(changed), project_links.linking():
        changed.save(update_fields=[*changes, *(prices.AGREED_FIELDS if listed else ())])
    _follow(changed, changes, listed)
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


def _say_by_whom(session: StudioSession, changes: facts.Changes) -> facts.Changes:
    """Write down that somebody typed total or deposit, let the deposit follow a total, and return what that changes."""
    more: dict[str, object] = {"total_source": TotalSource.MANUAL.value} if "total" in changes else {}
    if "deposit_amount" in changes:
        more |= {"deposit_source": DepositSource.MANUAL.value}
    elif "total" in changes and session.terms is not None and not session.deposit_stays:
        deposit = deposit_of(session.total, client=session.client, currency=session.currency)
        more |= {"deposit_amount": deposit, "deposit_source": DepositSource.RULES.value}
    return facts.set_facts(session, more) if more else {}


def _dues(session: StudioSession, now: datetime) -> list[Decimal]:
    """Return what each change that is still possible costs the client at this moment."""
    if session.status not in ARROWS[SessionStatus.CANCELLED]:
        return []
    kinds = [FeeKind.CANCELLATION, FeeKind.RESCHEDULE, *[FeeKind.NO_SHOW] * (session.starts_at <= now)]
    return [fee_due(session, kind, now=now).amount for kind in kinds]


def _require_changeable(session: StudioSession, changes: facts.Changes) -> None:
    """Pass unless an invoice says what changes; a project can always be taken off, as by deleting it."""
    facts_kept = changes.keys() & INVOICED_FACTS
    if session.project is None:
        facts_kept -= {"project"}
    if facts_kept:
        prices.require_not_invoiced(session)
    if "deposit_amount" in changes and session.deposit_asked_at is not None:
        raise DepositAsked(
            _("This deposit is asked for by an invoice: it stays as it is until a credit note takes that back.")
        )


def _charge_new_client(session: StudioSession, changes: facts.Changes, now: datetime) -> Quote | None:
    """Let currency and price follow a new client, add to the changes, and return what the list says if it was asked.

    What was agreed stays as agreed, so it must not stand in another currency than the new client's.
    """
    client = session.client
    if "client" not in changes or client is None:
        return None
    if client.currency != session.currency:
        if _has_money(session):
            sentence = _(
                "What this session costs is in %(old)s, and %(client)s is charged in %(new)s. "
                "Remove its total, its deposit and what else is charged first, or book it anew."
            )
            named = {"old": session.currency, "client": client, "new": client.currency}
            raise MoneyInAnotherCurrency(sentence % named)
        changes |= facts.set_facts(session, {"currency": client.currency})
    elif changes["client"][0] is not None:
        return None
    if session.status not in BOOKED or session.total is not None or "total" in changes:
        return None
    told = ("total", "total_source", "deposit_amount", "deposit_source")
    before = {field: getattr(session, field) for field in told}
    deposit = NOT_SENT if session.deposit_amount is None else session.deposit_amount
    listed = prices.agree(session=session, total=NOT_SENT, deposit=deposit, now=now)
    changes |= {field: (old, new) for field, old in before.items() if (new := getattr(session, field)) != old}
    return listed


def _has_money(session: StudioSession) -> bool:
    stands = bool(session.total or session.deposit_amount or session.deposit_paid)
    return stands or session.fees.exists() or session.extras.exists()


def _follow(session: StudioSession, changes: facts.Changes, listed: Quote | None) -> None:
    """Bring what is kept of a session elsewhere up to its changes."""
    if "client" in changes:
        linked_clients.require_unmerged(session.client)
    if listed is not None or "currency" in changes:
        prices.keep_lines(session=session, listed=listed or Quote((), session.currency))
    if "title" in changes:
        Track.objects.filter(session=session).update(session_label=session.title)
        TimeEntry.objects.filter(session=session).update(target_label=session.title)
