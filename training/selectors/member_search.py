"""Finding a member while booking: by name, e-mail or telephone, with what to know of their plan."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from training.models import Member, Subscription
from training.selectors.credits import Lot, balances_of
from training.selectors.standing import Notice, warnings_of

MOST_FOUND = 8


@dataclass(frozen=True, slots=True)
class FoundMember:
    """A member with the plan that runs.

    left: sessions that are left on it; None without a plan
    notices: what to warn of before it is booked on
    """

    member: Member
    subscription: Subscription | None
    left: int | None
    notices: tuple[Notice, ...] = ()


def found_members(term: str, *, today: date, chosen: UUID | None = None) -> list[FoundMember]:
    """Return members of whom every word stands in the name, the e-mail address or the telephone number.

    chosen: comes first and is found whatever the words are
    returns: 8 at most, by name
    queries: 3
    """
    words = term.replace("\0", "").strip()
    wanted = Q(pk__in=Member.objects.searched(words).values("pk")) if words else Q(pk__in=[])
    rows = Member.objects.filter(wanted | Q(pk=chosen)).annotate(is_chosen=Q(pk=chosen))
    members = list(rows.order_by("-is_chosen", "last_name", "first_name", "pk")[:MOST_FOUND])
    plans = {each.member_id: each for each in Subscription.objects.current().filter(member__in=members)}
    left = balances_of(plan.pk for plan in plans.values())
    return [_found(member, plans.get(member.pk), left, today) for member in members]


def _found(member: Member, plan: Subscription | None, left: dict[int, int], today: date) -> FoundMember:
    if plan is None:
        return FoundMember(member, None, None)
    return FoundMember(member, plan, left[plan.pk], warnings_of(Lot(plan, left[plan.pk]), today))
