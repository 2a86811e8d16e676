"""Opening a project, a track or a version to somebody without an account, and closing it again."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from sessions_app.models import Project, ShareLink, Track, TrackVersion
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.accounts.tokens import scoped_digest
from studio.crypto import new_token
from studio.db import taking_turns
from studio.errors import DomainError

PURPOSE = "share link"
LONGEST = timedelta(days=366)


class LinkUnusable(DomainError):
    """The link was revoked, has run out or was opened often enough, or never was one of this studio."""

    status_code = 410


class BadEnd(DomainError):
    """A link ends in the future, and within a year."""

    status_code = 400


class AlreadyRevoked(DomainError):
    """The link is closed."""


@taking_turns()
def make_link(
    *,
    subject: Project | Track | TrackVersion,
    recipient: str,
    expires_at: datetime,
    actor: User | None,
    now: datetime,
    most_views: int | None = None,
    may_download: bool = False,
    may_comment: bool = False,
    may_approve: bool = False,
) -> tuple[ShareLink, str]:
    """Open something to a listener and return the link with its secret, which is not kept and never shown again.

    most_views: None is without a limit
    raises: BadEnd, facts.BadFacts
    """
    if not now < expires_at <= now + LONGEST:
        raise BadEnd(_("A share link ends in the future, within a year."))
    token = new_token()
    opens = {Project: "project", Track: "track", TrackVersion: "version"}[type(subject)]
    link = ShareLink(token_hash=scoped_digest(PURPOSE, token), created_by=actor)
    given: dict[str, object] = {
        opens: subject,
        "recipient": recipient.strip(),
        "expires_at": expires_at,
        "most_views": most_views,
        "may_download": may_download,
        "may_comment": may_comment,
        "may_approve": may_approve,
        "created_by_label": actor.label if actor else "",
    }
    changes = facts.set_facts(link, given)
    with facts.saving(link):
        link.save(force_insert=True)
    audit.record(verb="create", subject=link, actor=actor, now=now, changes=changes)
    return link, token


def found_link(*, token: str, now: datetime) -> ShareLink:
    """Return the link of a secret; looking changes nothing, and it may have been opened often enough.

    raises: LinkUnusable
    """
    digest = scoped_digest(PURPOSE, token)
    rows = ShareLink.objects.alive(now).select_related("project", "track__project", "version__track__project")
    if (link := rows.filter(token_hash=digest).first()) is None:
        raise LinkUnusable(_("This link does not lead anywhere any more. Ask whoever sent it for a new one."))
    return link


@taking_turns()
def open_link(*, token: str, now: datetime) -> ShareLink:
    """Count one more view and return the link.

    One statement counts and compares: of ten who open the last three views at once, three get in.
    raises: LinkUnusable
    """
    link = found_link(token=token, now=now)
    usable = ShareLink.objects.alive(now).with_views_left().filter(pk=link.pk)
    if usable.update(views=F("views") + 1, last_viewed_at=now, updated_at=now) != 1:
        raise LinkUnusable(_("This link has been opened as often as it may be. Ask whoever sent it for a new one."))
    return link


@taking_turns()
def revoke_link(*, link: ShareLink, actor: User | None, now: datetime) -> ShareLink:
    """Close a link at once, also for whoever is listening, and return it.

    raises: AlreadyRevoked
    """
    closed = ShareLink.objects.locked().get(pk=link.pk)
    if closed.revoked_at is not None:
        raise AlreadyRevoked(_("This link is closed."))
    closed.revoked_at = now
    closed.save(update_fields=["revoked_at"])
    audit.record(verb="close", subject=closed, actor=actor, now=now, changes={"revoked_at": (None, now)})
    return closed
