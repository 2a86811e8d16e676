"""The names of accounts that stand beside links to them."""

from sessions_app.models import ClientNote, ClosedPeriod, StudioSession, TimeEntry
from studio.accounts.models import User
from studio.db import taking_turns


@taking_turns()
def relabel_account(*, user: User, label: str) -> None:
    """Write an account's present label wherever a link to it carries one; where the link is gone the name stays."""
    ClientNote.objects.filter(author=user).update(author_label=label)
    StudioSession.objects.filter(cancelled_by=user).update(cancelled_by_label=label)
    TimeEntry.objects.filter(person=user).update(person_label=label)
    ClosedPeriod.objects.filter(closed_by=user).update(closed_by_label=label)
    ClosedPeriod.objects.filter(reopened_by=user).update(reopened_by_label=label)
