"""Changing the facts of a session: what it is about, not when it is nor how far it has come."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from sessions_app.models import Client, Project, StudioSession, TimeEntry, TotalSource, Track
from sessions_app.services import facts, projects
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.not_sent import NOT_SENT, Unsent
from studio.office.selectors.profile import current_profile
from studio.trail import field_label, value_text

MOST_TOLD = 60  # characters of one fact
MONEY_FACTS = frozenset({"client", "total", "deposit_amount"})


class AlreadyInvoiced(DomainError):
    """An invoice says so already: a credit note changes it."""


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

    project: as `projects.linkable` returns it
    given: field -> value
    raises: facts.BadFacts
    """
    session = StudioSession(
        client=client,
        project=project,
        project_label=project.name if project else "",
        currency=client.currency if client else current_profile().currency,
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
    title: str | Unsent = NOT_SENT,
    client: Client | Unsent | None = NOT_SENT,
    project: Project | Unsent | None = NOT_SENT,
    booking_type: str | Unsent = NOT_SENT,
    location: str | Unsent = NOT_SENT,
    description: str | Unsent = NOT_SENT,
    notes: str | Unsent = NOT_SENT,
    total: Decimal | Unsent | None = NOT_SENT,
    deposit_amount: Decimal | Unsent | None = NOT_SENT,
) -> StudioSession:
    """Change what was sent, leave the rest, and return the session.

    project: None removes it, not sent keeps it; client likewise
    seen_at: `updated_at` of what the caller saw; None changes the session however it is by now
    raises: ChangedMeanwhile, projects.UnknownProject, projects.ProjectOfAnotherClient, AlreadyInvoiced, facts.BadFacts
    """
    asked = {
        "title": title,
        "client": client,
        "booking_type": booking_type,
        "location": location,
        "description": description,
        "notes": notes,
        "total": total,
        "deposit_amount": deposit_amount,
    }
    sent: dict[str, object] = {field: value for field, value in asked.items() if value is not NOT_SENT}
    if isinstance(project, Project):
        project = projects.locked_project(project)  # before the session: the same order as renaming and deleting
    changed = StudioSession.objects.locked().select_related("client", "project").get(pk=session.pk)
    if project is not NOT_SENT:
        sent |= {"project": project, "project_label": project.name if project else ""}
    changes = facts.set_facts(changed, sent)
    if not changes:
        return changed
    if "total" in changes:
        changes |= facts.set_facts(changed, {"total_source": TotalSource.MANUAL.value})
    if seen_at not in {None, changed.updated_at}:
        raise ChangedMeanwhile(changed, changes)
    if changed.invoiced_at is not None and changes.keys() & MONEY_FACTS:
        raise AlreadyInvoiced(_("This session is invoiced: client and amounts stay as they are."))
    projects.require_same_client(project=changed.project, client=changed.client)
    with facts.saving(changed), projects.linking():
        changed.save(update_fields=list(changes))
    if "title" in changes:
        Track.objects.filter(session=changed).update(session_label=changed.title)
        TimeEntry.objects.filter(session=changed).update(target_label=changed.title)
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed
