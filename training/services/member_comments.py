"""What the staff remark on members."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypedDict, Unpack

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from training.models import Member, MemberComment

LABEL_OF_THE_SYSTEM = "Studio"


class CommentFacts(TypedDict, total=False):
    """Facts of a comment; what is left out is not changed."""

    body: str
    due_on: date | None


@taking_turns()
def add_comment(
    *, member: Member, body: str, due_on: date | None = None, actor: User | None, now: datetime
) -> MemberComment:
    """Add a remark on a member and return it; the author's name stays when the account goes.

    due_on: an alert up to and including this day; None for a plain remark
    actor: None for the product itself
    raises: facts.BadFacts
    """
    label = actor.label if actor else LABEL_OF_THE_SYSTEM
    comment = MemberComment(member=member, author=actor, author_label=label, is_by_system=actor is None)
    facts.set_facts(comment, {"body": body.strip(), "due_on": due_on})
    with facts.saving(comment):
        comment.save(force_insert=True)
    changes = {"member": (None, member), "due_on": (None, due_on)}
    audit.record(verb="create", subject=comment, actor=actor, now=now, changes=changes)
    return comment


@taking_turns()
def remark_on_each(*, bodies: Mapping[Member, str]) -> None:
    """Add a remark of the product itself on each of several members; what it is about has its own rows in the trail.

    queries: 1 for 1,000 of them
    """
    comments = [
        MemberComment(member=member, author_label=LABEL_OF_THE_SYSTEM, body=body, is_by_system=True)
        for member, body in bodies.items()
    ]
    MemberComment.objects.bulk_create(comments, batch_size=1000)


@taking_turns()
def change_comment(
    *, comment: MemberComment, actor: User | None, now: datetime, **given: Unpack[CommentFacts]
) -> MemberComment:
    """Change what a comment says, or until when it is an alert; who wrote it stays.

    raises: facts.BadFacts
    """
    changed = MemberComment.objects.select_for_update(no_key=True).get(pk=comment.pk)
    facts.change_facts(row=changed, given=given, actor=actor, now=now)
    return changed


@taking_turns()
def delete_comment(*, comment: MemberComment, actor: User | None, now: datetime) -> None:
    """Take a comment back; the trail keeps what it said."""
    gone = MemberComment.objects.select_for_update().get(pk=comment.pk)
    changes = {"body": (gone.body, None), "due_on": (gone.due_on, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()
