"""The plans on offer."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from training.models import Plan


class PlanFacts(TypedDict, total=False):
    """Facts of a plan; what is left out is not changed."""

    name: str
    description: str
    sessions_count: int
    months: int
    price: Decimal
    signup_fee: Decimal
    instalments: int
    is_collaboration: bool
    is_active: bool


@taking_turns()
def create_plan(*, actor: User | None, now: datetime, **given: Unpack[PlanFacts]) -> Plan:
    """Put a plan on offer and return it.

    raises: facts.BadFacts
    """
    plan = Plan()
    facts.set_facts(plan, {"name": "", "sessions_count": None, "price": None, **given})
    with facts.saving(plan):
        plan.save(force_insert=True)
    changes = {field: (None, getattr(plan, field)) for field in ("name", "sessions_count", "months", "price")}
    audit.record(verb="create", subject=plan, actor=actor, now=now, changes=changes)
    return plan


@taking_turns()
def change_plan(*, plan: Plan, actor: User | None, now: datetime, **given: Unpack[PlanFacts]) -> Plan:
    """Change the facts given and return the plan; what members have bought stays as it was.

    raises: facts.BadFacts
    """
    changed = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    facts.change_facts(row=changed, given=given, actor=actor, now=now)
    return changed


@taking_turns()
def delete_plan(*, plan: Plan, actor: User | None, now: datetime) -> None:
    """Delete a plan; members who have bought it keep what they bought."""
    gone = Plan.objects.select_for_update().get(pk=plan.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    gone.delete()
