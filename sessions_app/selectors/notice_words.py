"""The words of mails to clients: the usual ones, and those that the studio has put in their place.

A text may hold placeholders out of one list, e.g. {when}. They are looked up by name and put in once, so neither a
text nor a value can reach anything else; whatever else stands in braces is printed as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sessions_app.models import NoticeKind, NoticeText

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
PLACEHOLDERS: Mapping[str, Any] = {
    "client": _("whom the mail greets"),
    "title": _("title of the session"),
    "when": _("day and time"),
    "old_when": _("day and time before the change"),
    "room": _("room or place"),
    "expires": _("when a hold or a request expires"),
    "reason": _("reason of the cancellation"),
    "studio": _("name of the studio"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says before the facts."""

    subject: str
    opening: str
    is_enabled: bool = True


_HELLO = _("Hello {client},")
USUAL: Mapping[NoticeKind, tuple[Any, Any]] = {
    NoticeKind.CONFIRMATION: (_("Your session: {when}"), _("your session is booked.")),
    NoticeKind.CHANGE: (
        _("Your session has moved: {when}"),
        _("your session now takes place at another time or room."),
    ),
    NoticeKind.CANCELLATION: (_("Cancelled: {title}, {when}"), _("this session is cancelled.")),
    NoticeKind.REMINDER: (_("Your session begins soon: {when}"), _("this is to remind you of your session.")),
    NoticeKind.HOLD_PLACED: (_("On hold for you: {when}"), _("we keep this time for you until {expires}.")),
    NoticeKind.HOLD_EXPIRING: (
        _("Your hold expires: {when}"),
        _("we keep this time for you until {expires} only. Tell us if you want it."),
    ),
    NoticeKind.REQUEST_RECEIVED: (
        _("Your request: {when}"),
        _("we have received your request and keep the time for you until {expires}."),
    ),
    NoticeKind.REQUEST_APPROVED: (_("Your session: {when}"), _("your request is accepted and the session is booked.")),
    NoticeKind.REQUEST_DECLINED: (_("Your request: {when}"), _("we are sorry: your request cannot be accepted.")),
    NoticeKind.REQUEST_EXPIRED: (
        _("Your request has expired: {when}"),
        _("we could not keep this time for you any longer. Tell us if you still want it, or another one."),
    ),
    NoticeKind.PAYMENT_ASKED: (
        _("Please pay for your session: {when}"),
        _("your request is accepted, and the session is booked once it is paid. We keep the time until {expires}."),
    ),
    NoticeKind.WAITLIST_OFFER: (
        _("Free for you: {when}"),
        _("you are on our waitlist, and this time has become free. We keep it for you until {expires}: tell us."),
    ),
}
SEVERAL: Mapping[NoticeKind, tuple[Any, Any]] = {
    NoticeKind.CHANGE: (_("Your sessions have moved: {title}"), _("{count} of your sessions have moved.")),
    NoticeKind.CANCELLATION: (_("Cancelled: {count} sessions, {title}"), _("{count} sessions are cancelled.")),
}
SEVERAL_BOOKED = (_("Your {count} sessions: {title}"), _("{count} sessions are booked for you."))


def usual_words(kind: NoticeKind, *, count: int = 1) -> Words:
    """Return the product's own words for a kind of mail, in the language that is active.

    count: of the sessions that the mail tells of
    """
    subject, opening = USUAL[kind] if count == 1 else SEVERAL.get(kind, SEVERAL_BOOKED)
    return Words(str(subject), f"{_HELLO}\n\n{opening}")


def words_of(kind: NoticeKind, *, count: int = 1) -> Words:
    """Return the words of a kind of mail, the studio's own where it has some, and whether such mails leave.

    queries: 1
    """
    usual, own = usual_words(kind, count=count), NoticeText.objects.filter(kind=kind).first()
    if own is None:
        return usual
    if count > 1:  # the studio's words speak of one session
        return Words(usual.subject, usual.opening, own.is_enabled)
    return Words(own.subject or usual.subject, own.opening or usual.opening, own.is_enabled)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced, once; what is no placeholder stays as it is."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_placeholders(text: str) -> list[str]:
    """Return the names in braces that look like placeholders and are none, in order."""
    return [name for name in PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
