"""Telling one person something, on the pages they see after sign-in."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.text import Truncator

from studio.accounts.models import Notification, NotificationKind, RoleName, User

KEEPERS_OF_BOOKS = (RoleName.OWNER, RoleName.ACCOUNTANT)  # who hears of what is wrong with the money
LONGEST = 500  # what stands in a notification's text: names and reasons have any length


@transaction.atomic
def notify(*, user: User, kind: NotificationKind, text: str, link: str = "") -> Notification:
    """Tell an account something, and return the row.

    text: one that is too long is cut; link: a path of the studio's own host, or empty
    """
    return Notification.objects.create(user=user, kind=kind, text=_short(text), link=link)


@transaction.atomic
def notify_roles(*, roles: Iterable[RoleName], kind: NotificationKind, text: str, link: str = "") -> int:
    """Tell everybody who holds one of some roles the same, each once, and return how many were told.

    text, link: as for `notify`
    queries: 2, however many people
    """
    holders = User.objects.filter(is_active=True, role_links__group__name__in=list(roles)).distinct().order_by("pk")
    rows = [Notification(user=user, kind=kind, text=_short(text), link=link) for user in holders]
    return len(Notification.objects.bulk_create(rows))


def _short(text: str) -> str:
    return Truncator(text).chars(LONGEST)


@transaction.atomic
def mark_read(*, user: User, now: datetime, ids: list[int] | None = None) -> int:
    """Mark the account's own notifications as read, and return how many were not.

    ids: None: all of them; ids of others' are left alone
    """
    rows = Notification.objects.unread().filter(user=user)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.update(read_at=now, updated_at=now)
