"""What a listener does behind a share link: within what the link opens and allows, under a name of their own."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from sessions_app.models import ShareLink, TrackComment, TrackVersion
from sessions_app.selectors import shared
from sessions_app.services import track_comments, versions
from studio.db import taking_turns
from studio.errors import DomainError

LONGEST_NAME = 100


class NotAllowed(DomainError):
    """The link does not open this."""

    status_code = 403


class NoName(DomainError):
    """Others want to know who says so."""

    status_code = 400


@taking_turns()
def comment_as_listener(
    *, link: ShareLink, version: int, second: Decimal, name: str, body: str, now: datetime, answers: int | None = None
) -> TrackComment:
    """Say something about a second of a version that the link opens, or answer a comment on it, and return that.

    A version that was replaced while somebody typed counts: what was heard and said of it is worth keeping.
    version, answers: keys, as they came
    raises: NotAllowed, NoName, track_comments.TooLong, track_comments.BeyondTheEnd, facts.BadFacts
    """
    heard = shared.covered_by(link).filter(pk=version).first() if link.may_comment else None
    if heard is None:
        raise NotAllowed(_("This link does not allow that."))
    named = _name(name)
    if answers is None:
        return track_comments.add_comment(version=heard, second=second, body=body, listener=named, actor=None, now=now)
    comment = heard.comments.filter(pk=answers).first()
    if comment is None:
        raise NotAllowed(_("This comment is not here any more."))
    return track_comments.answer_comment(comment=comment, body=body, listener=named, actor=None, now=now)


@taking_turns()
def approve_as_listener(*, link: ShareLink, version: int, name: str, now: datetime) -> TrackVersion:
    """Approve a version that the link opens, and return it.

    raises: NotAllowed, NoName, versions.AlreadyApproved
    """
    heard = shared.versions_of(link).filter(pk=version).first() if link.may_approve else None
    if heard is None and link.may_approve and shared.covered_by(link).filter(pk=version).exists():
        raise NotAllowed(_("A newer version has come meanwhile. Please listen to it, then approve that one."))
    if heard is None:
        raise NotAllowed(_("This link does not allow that."))
    reason = _("By the share link for %(recipient)s.") % {"recipient": link.recipient}
    return versions.approve_version(version=heard, approved_by=_name(name), actor=None, now=now, reason=reason)


def _name(name: str) -> str:
    named = " ".join(name.split())[:LONGEST_NAME]
    if not named:
        raise NoName(_("Please say who you are."))
    return named
