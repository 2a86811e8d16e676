"""What whoever books for a member should know of the member's plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.showing import day as day_text
from training.models import Member, SessionType
from training.selectors.credits import Lot, lot_for, open_lots

FEW_LEFT = 2  # sessions
ENDS_SOON = 7  # days


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for whoever books.

    tone: "danger" when the booking would be refused, else "warning"
    """

    tone: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands for a session on a day.

    lot: what would pay for it; None when nothing does
    """

    lots: Sequence[Lot]
    lot: Lot | None
    notices: Sequence[Notice]


def standing_of(member: Member, *, session_type: SessionType, day: date, today: date) -> Standing:
    """Return what pays for a session of a type on a day, and what to warn of; nothing for one without credit.

    queries: 2
    """
    if not session_type.takes_credit:
        return Standing((), None, ())
    lots = open_lots(member)
    lot = lot_for(lots, day)
    if lot is None:
        return Standing(lots, None, (Notice("danger", why_nothing_pays(member, lots, day)),))
    return Standing(lots, lot, warnings_of(lot, today))


def why_nothing_pays(member: Member, lots: Sequence[Lot], day: date) -> str:
    """Return why none of a member's open subscriptions pays for a session on a day."""
    named = {"member": member, "day": day_text(day)}
    if not lots:
        return _("%(member)s has no active subscription.") % named
    covering = [lot for lot in lots if lot.covers(day)]
    if not covering:
        last = lots[-1].subscription
        named |= {"plan": last.plan_name, "first": day_text(last.starts_on), "last": day_text(last.ends_on)}
        return _("%(plan)s of %(member)s runs from %(first)s to %(last)s, which leaves out %(day)s.") % named
    if all(lot.is_paused for lot in covering):
        return _("The subscription of %(member)s is paused. Resume it first.") % named
    return _("%(member)s has no sessions left on %(plan)s.") % {**named, "plan": covering[0].subscription.plan_name}


def warnings_of(lot: Lot, today: date) -> tuple[Notice, ...]:
    """Return what to warn of while booking on a subscription: few or no sessions left, paused, or soon over."""
    found, plan = [], lot.subscription.plan_name
    if lot.is_paused:
        found.append(Notice("danger", _("%(plan)s is paused.") % {"plan": plan}))
    if lot.balance == 0:
        found.append(Notice("danger", _("No session is left on %(plan)s.") % {"plan": plan}))
    elif lot.balance <= FEW_LEFT:
        told = ngettext(
            "%(count)d session is left on %(plan)s.", "%(count)d sessions are left on %(plan)s.", lot.balance
        )
        found.append(Notice("warning", told % {"count": lot.balance, "plan": plan}))
    if (lot.subscription.ends_on - today).days <= ENDS_SOON:
        told = _("%(plan)s ends on %(day)s.") % {"plan": plan, "day": day_text(lot.subscription.ends_on)}
        found.append(Notice("warning", told))
    return tuple(found)
