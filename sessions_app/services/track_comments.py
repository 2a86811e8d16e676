"""Saying something about a moment of a version, answering, and settling it."""

from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext as _

from sessions_app.models import AuthorKind, TrackComment, TrackVersion
from sessions_app.services import facts, versions
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import length

LONGEST_COMMENT = 5000
START = Decimal(0)
MILLISECOND = Decimal("0.001")


class AlreadySettled(DomainError):
    """The thread is resolved, or open, as asked."""


class TooLong(DomainError):
    """A comment is no letter."""

    status_code = 400


class BeyondTheEnd(DomainError):
    """The audio is over by then."""

    status_code = 400


@taking_turns()
def add_comment(
    *,
    version: TrackVersion,
    second: Decimal,
    body: str,
    actor: User | None,
    now: datetime,
    listener: str = "",
) -> TrackComment:
    """Say something about a second of a version, and return the comment.

    listener: the name of somebody without an account; then there is no actor
    raises: TooLong, BeyondTheEnd, facts.BadFacts
    """
    # A player shows whole seconds, so the last one counts in full.
    if version.length is not None and second > version.length.to_integral_value(ROUND_CEILING):
        sentence = _("The audio ends at %(end)s: a comment belongs to a moment before that.")
        raise BeyondTheEnd(sentence % {"end": length(version.length)})
    comment = TrackComment(version=version)
    return _said(comment, {"second": second.quantize(MILLISECOND)}, body, listener=listener, actor=actor, now=now)


@taking_turns()
def answer_comment(
    *, comment: TrackComment, body: str, actor: User | None, now: datetime, listener: str = ""
) -> TrackComment:
    """Answer a comment, or an answer in its thread, and return the answer; it opens nothing again.

    raises: TooLong, facts.BadFacts
    """
    first = TrackComment.objects.locked().select_related("version").get(pk=comment.parent_id or comment.pk)
    answer = TrackComment(version=first.version, parent=first)
    return _said(answer, {"second": first.second}, body, listener=listener, actor=actor, now=now)


def _said(
    comment: TrackComment,
    given: dict[str, object],
    body: str,
    *,
    listener: str,
    actor: User | None,
    now: datetime,
) -> TrackComment:
    text = body.strip()
    if len(text) > LONGEST_COMMENT:
        raise TooLong(_("A comment may have %(most)d characters.") % {"most": LONGEST_COMMENT})
    given |= {
        "body": text,
        "author_kind": AuthorKind.STAFF if actor else AuthorKind.CLIENT,
        "author_label": actor.label if actor else listener.strip(),
    }
    comment.author = actor
    facts.set_facts(comment, given)
    with facts.saving(comment):
        comment.save(force_insert=True)
    changes = {"second": (None, comment.second), "body": (None, text), "author_label": (None, comment.author_label)}
    audit.record(verb="create", subject=comment, actor=actor, now=now, changes=changes)
    told = _("%(name)s has commented on %(version)s of %(track)s.")
    versions.tell_uploader(version=comment.version, actor=actor, text=told, name=comment.author_label)
    return comment


@taking_turns()
def resolve_comment(*, comment: TrackComment, actor: User, now: datetime) -> TrackComment:
    """Settle the thread of a comment and return its first one.

    raises: AlreadySettled
    """
    thread = TrackComment.objects.locked().get(pk=comment.parent_id or comment.pk)
    if thread.resolved_at is not None:
        raise AlreadySettled(_("%(name)s has resolved this already.") % {"name": thread.resolved_by_label})
    thread.resolved_at, thread.resolved_by, thread.resolved_by_label = now, actor, actor.label
    thread.save(update_fields=["resolved_at", "resolved_by", "resolved_by_label"])
    audit.record(verb="resolve", subject=thread, actor=actor, now=now, changes={"resolved_at": (None, now)})
    return thread


@taking_turns()
def reopen_comment(*, comment: TrackComment, actor: User, now: datetime) -> TrackComment:
    """Open the thread of a comment again and return its first one.

    raises: AlreadySettled
    """
    thread = TrackComment.objects.locked().get(pk=comment.parent_id or comment.pk)
    if thread.resolved_at is None:
        raise AlreadySettled(_("This thread is open."))
    changes = {"resolved_at": (thread.resolved_at, None)}
    thread.resolved_at, thread.resolved_by, thread.resolved_by_label = None, None, ""
    thread.save(update_fields=["resolved_at", "resolved_by", "resolved_by_label"])
    audit.record(verb="reopen", subject=thread, actor=actor, now=now, changes=changes)
    return thread


@taking_turns()
def delete_comment(*, comment: TrackComment, actor: User | None, now: datetime) -> None:
    """Delete a comment, with the answers to it."""
    gone = TrackComment.objects.locked().get(pk=comment.pk)
    changes = {"body": (gone.body, None), "author_label": (gone.author_label, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()
