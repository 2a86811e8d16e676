"""Settling which mails leave for clients, and in what words."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import NoticeKind, NoticeText
from sessions_app.selectors.notice_words import PLACEHOLDERS, unknown_placeholders
from sessions_app.services import facts
from studio.accounts.models import User
from studio.db import taking_turns
from studio.errors import DomainError


class UnknownPlaceholder(DomainError):
    """A name in braces stands for nothing."""

    status_code = 400


@taking_turns()
def settle_words(
    *, kind: NoticeKind, is_enabled: bool, subject: str, opening: str, actor: User | None, now: datetime
) -> NoticeText:
    """Settle whether mails of a kind leave and what they say first, and return the row.

    subject, opening: empty means the usual words
    raises: UnknownPlaceholder, facts.BadFacts
    """
    for name in unknown_placeholders(f"{subject} {opening}"):
        known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
        sentence = _("{%(name)s} stands for nothing. These can be used: %(known)s.")
        raise UnknownPlaceholder(sentence % {"name": name, "known": known})
    text, _made = NoticeText.objects.select_for_update().get_or_create(kind=kind)
    given = {"is_enabled": is_enabled, "subject": " ".join(subject.split()), "opening": opening.strip()}
    facts.change_facts(row=text, given=given, actor=actor, now=now)
    return text
