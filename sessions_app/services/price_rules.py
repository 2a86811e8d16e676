"""The price list: writing, changing and striking out its rules. What was agreed before stays as it was agreed."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from sessions_app.models import PriceRule, Room
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns


class RuleFacts(TypedDict, total=False):
    """Facts of a rule; what is left out is not changed."""

    name: str
    is_active: bool
    room: Room | None
    room_kind: str
    weekdays: Sequence[int]
    booking_types: Sequence[str]
    window_from: int | None
    window_to: int | None
    min_minutes: int | None
    max_minutes: int | None
    valid_from: date | None
    valid_until: date | None
    priority: int
    effect: str
    amount: Decimal | None
    percent: Decimal | None


@taking_turns()
def create_rule(*, actor: User | None, now: datetime, **given: Unpack[RuleFacts]) -> PriceRule:
    """Write a rule and return it.

    raises: facts.BadFacts
    """
    rule = PriceRule()
    facts.set_facts(rule, {"name": "", **given})
    with facts.saving(rule):
        rule.save(force_insert=True)
    changes = {field: (None, value) for field, value in given.items() if value not in ("", None, [])}
    audit.record(verb="create", subject=rule, actor=actor, now=now, changes=changes)
    return rule


@taking_turns()
def change_rule(*, rule: PriceRule, actor: User | None, now: datetime, **given: Unpack[RuleFacts]) -> PriceRule:
    """Change the facts given and return the rule.

    raises: facts.BadFacts
    """
    changed = PriceRule.objects.select_for_update().get(pk=rule.pk)
    facts.change_facts(row=changed, given=given, actor=actor, now=now)
    return changed


@taking_turns()
def delete_rule(*, rule: PriceRule, actor: User | None, now: datetime) -> None:
    """Strike out a rule."""
    gone = PriceRule.objects.select_for_update().get(pk=rule.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    gone.delete()
