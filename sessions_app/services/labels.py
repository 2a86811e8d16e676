"""The names of accounts that stand beside links to them."""

from sessions_app.models import ClientNote, StudioSession
from studio.accounts.models import User
from studio.db import taking_turns


@taking_turns()
def relabel_account(*, user: User, label: str) -> None:
    """Write an account's present label wherever a link to it carries one; where the link is gone the name stays."""
    ClientNote.objects.filter(author=user).update(author_label=label)
    StudioSession.objects.filter(cancelled_by=user).update(cancelled_by_label=label)
