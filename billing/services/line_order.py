"""The order of the lines of a draft."""

from datetime import datetime

from billing.models import MOST_LINES, Invoice, InvoiceItem
from billing.services import drafts, sums
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns

NOWHERE = MOST_LINES + 1  # a place that no line has


@taking_turns()
def move_line(*, item: InvoiceItem, up: bool, actor: User | None, now: datetime) -> Invoice:
    """Let a line of a draft change places with the one above or below it, and return the draft.

    The first does not go up, nor the last down: nothing happens then.
    raises: drafts.NotADraft
    """
    draft = drafts.locked_draft(item.invoice)
    moved = draft.items.get(pk=item.pk)
    if up:
        other = draft.items.filter(position__lt=moved.position).order_by("-position").first()
    else:
        other = draft.items.filter(position__gt=moved.position).order_by("position").first()
    if other is None:
        return draft
    before, after = moved.position, other.position
    for row, place in ((moved, NOWHERE), (other, before), (moved, after)):
        draft.items.filter(pk=row.pk).update(position=place)
    sums.refresh(draft)
    changes = {"line": (f"{before}. {moved.description}", f"{after}. {moved.description}")}
    audit.record(verb="change", subject=draft, actor=actor, now=now, changes=changes)
    return draft
