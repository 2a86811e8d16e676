"""What about a member should not be missed today."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.showing import day
from training.models import Member, MemberComment, MemberStatus, MemberType

SOON = timedelta(days=7)
CRITICAL = timedelta(days=3)
CONTRACT_SOON = timedelta(days=30)
WAIVER_SOON = timedelta(days=30)
LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to know about a member.

    on: the day that it is about; None for one that is so until somebody sees to it
    is_critical: within three days, or already in the way of booking
    """

    icon: str
    text: str
    on: date | None = None
    is_critical: bool = False


def live_comments(member: Member, today: date) -> list[Alert]:
    """Return the comments that are due today or later, the next one first.

    queries: 1
    """
    rows = MemberComment.objects.filter(member=member).live(today).order_by("due_on", "pk")
    told = [(Truncator(row.body).chars(LONGEST_TEXT), row.due_on) for row in rows]
    return [Alert("comment", text, due_on, _is_near(due_on, today)) for text, due_on in told]


def alerts_of(
    member: Member,
    today: date,
    *,
    plan_ends_on: date | None = None,
    owed: str = "",
    with_partner: bool = True,
    with_comments: bool = True,
) -> list[Alert]:
    """Return all that should not be missed: what is critical first, then by day.

    plan_ends_on: the last day of the active plan; None without one
    owed: what is owed to the studio, as text; empty for nothing, and for whom money is not shown
    with_partner: False for whom is not shown what is agreed with partners
    with_comments: False for whom is not shown what is remarked
    queries: 1
    """
    found = [
        *(live_comments(member, today) if with_comments else ()),
        *_plan(plan_ends_on, today),
        *_waiver(member, today),
        *(contract_alerts(member, today) if with_partner else ()),
        *_uniform(member),
        *_birthday(member, today),
        *([Alert("payments", _("Owes %(amount)s.") % {"amount": owed})] if owed else []),
    ]
    return sorted(found, key=lambda alert: (not alert.is_critical, alert.on or date.max))


def contract_alerts(member: Member, today: date) -> list[Alert]:
    """Return what is to be known of a partner's contract: that it has ended, or ends within 30 days."""
    ends_on = member.contract_ends_on
    if member.member_type != MemberType.COLLABORATION or ends_on is None or ends_on > today + CONTRACT_SOON:
        return []
    if ends_on < today:
        told = _("The contract ended on %(day)s.") % {"day": day(ends_on)}
    else:
        told = _("The contract ends %(when)s.") % {"when": _in_days(ends_on, today)}
    return [Alert("handshake", told, ends_on, _is_near(ends_on, today))]


def _is_near(on: date | None, today: date) -> bool:
    return on is not None and on - today <= CRITICAL


def _in_days(on: date, today: date) -> str:
    """Return how far a day is, e.g. "today" or "in 3 days"."""
    left = (on - today).days
    if left == 0:
        return _("today")
    return ngettext("in %(count)d day", "in %(count)d days", left) % {"count": left}


def _plan(ends_on: date | None, today: date) -> Iterator[Alert]:
    if ends_on is not None and today <= ends_on <= today + SOON:
        told = _("The plan ends %(when)s.") % {"when": _in_days(ends_on, today)}
        yield Alert("event_busy", told, ends_on, _is_near(ends_on, today))


def _waiver(member: Member, today: date) -> Iterator[Alert]:
    expires_on = member.waiver_expires_on
    if expires_on is None:
        return
    if expires_on <= today:
        told = _("The waiver expired on %(day)s: nothing can be booked.") % {"day": day(expires_on)}
        yield Alert("contract_delete", told, expires_on, is_critical=True)
    elif expires_on <= today + WAIVER_SOON:
        told = _("The waiver expires %(when)s.") % {"when": _in_days(expires_on, today)}
        yield Alert("contract", told, expires_on, _is_near(expires_on, today))


def _uniform(member: Member) -> Iterator[Alert]:
    is_due = member.member_type == MemberType.FULL and member.status == MemberStatus.ACTIVE
    if is_due and not member.uniform_received:
        told = _("The uniform is not handed out yet: size %(size)s.") % {"size": member.uniform_size}
        unknown = _("The uniform is not handed out yet, and no size is written down.")
        yield Alert("apparel", told if member.uniform_size else unknown)


def _birthday(member: Member, today: date) -> Iterator[Alert]:
    if member.date_of_birth is None:
        return
    on = next_birthday(member.date_of_birth, today)
    if on <= today + SOON:
        told: dict[str, Any] = {"when": _in_days(on, today), "years": on.year - member.date_of_birth.year}
        yield Alert("cake", _("Birthday %(when)s: %(years)d years.") % told, on)


def next_birthday(born_on: date, today: date) -> date:
    """Return the next birthday, today's among them; whoever was born on 29 February has it on the 28th otherwise."""
    this_year = _in_year(born_on, today.year)
    return this_year if this_year >= today else _in_year(born_on, today.year + 1)


def _in_year(born_on: date, year: int) -> date:
    try:
        return born_on.replace(year=year)
    except ValueError:
        return born_on.replace(year=year, day=28)
