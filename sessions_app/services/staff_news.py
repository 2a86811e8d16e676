"""Telling whoever books what has happened to a session by itself."""

from django.db.models import Model
from django.urls import reverse
from django.utils.text import Truncator

from studio.accounts.models import NotificationKind, RoleName
from studio.accounts.services import notifications

WHO_BOOKS = (RoleName.OWNER, RoleName.MANAGER, RoleName.FRONT_DESK)
LONGEST_TEXT = 500


def tell_staff(*, sentence: str, subject: Model) -> None:
    """Leave a sentence for the front desk and those above it, with a link to the row it is about."""
    opts = subject._meta
    page = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", "studio.urls", args=[subject.pk])
    text = Truncator(sentence).chars(LONGEST_TEXT)
    notifications.notify_roles(roles=WHO_BOOKS, kind=NotificationKind.BOOKING, text=text, link=page)
