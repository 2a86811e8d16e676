"""Check-ups of members."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from training.models import BodyCheckup, Member


class CheckupInFuture(DomainError):
    """A check-up lies behind, on the studio's calendar."""

    status_code = 400


class CheckupFacts(TypedDict, total=False):
    """Facts of a check-up; what is left out is not changed."""

    checked_on: date
    weight: Decimal | None
    notes: str


@taking_turns()
def record_checkup(*, member: Member, actor: User | None, now: datetime, **given: Unpack[CheckupFacts]) -> BodyCheckup:
    """Write down a check-up and return it; today's where no day is named.

    raises: CheckupInFuture, facts.BadFacts
    """
    checkup = BodyCheckup(member=member, checked_by=actor, checked_by_label=actor.label if actor else "")
    given.setdefault("checked_on", local_day(now, current_profile().zone))
    facts.set_facts(checkup, given)
    _insist_on_the_past(checkup, now)
    with facts.saving(checkup):
        checkup.save(force_insert=True)
    changes = {"member": (None, member), "weight": (None, checkup.weight)}
    audit.record(verb="create", subject=checkup, actor=actor, now=now, changes=changes)
    return checkup


@taking_turns()
def change_checkup(
    *, checkup: BodyCheckup, actor: User | None, now: datetime, **given: Unpack[CheckupFacts]
) -> BodyCheckup:
    """Change the facts given and return the check-up.

    raises: CheckupInFuture, facts.BadFacts
    """
    changed = BodyCheckup.objects.select_for_update(no_key=True).get(pk=checkup.pk)
    changes = facts.set_facts(changed, given)
    if changes:
        _insist_on_the_past(changed, now)
        with facts.saving(changed):
            changed.save(update_fields=list(changes))
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def delete_checkup(*, checkup: BodyCheckup, actor: User | None, now: datetime) -> None:
    """Strike a check-up that was written down by mistake; the trail keeps what it said."""
    gone = BodyCheckup.objects.select_for_update().get(pk=checkup.pk)
    changes = {"checked_on": (gone.checked_on, None), "weight": (gone.weight, None), "notes": (gone.notes, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()


def _insist_on_the_past(checkup: BodyCheckup, now: datetime) -> None:
    if checkup.checked_on > local_day(now, current_profile().zone):
        raise CheckupInFuture(_("A check-up cannot lie in the future."))
