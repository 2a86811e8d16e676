"""One member on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from studio.clock import local_day
from studio.office.models import StudioProfile
from studio.showing import money
from training.models import (
    BodyCheckup,
    EmergencyContact,
    Member,
    MemberComment,
    Subscription,
    TrainingSession,
    TrainingStatus,
)
from training.models.training_session import not_begun
from training.selectors.member_alerts import Alert, alerts_of
from training.selectors.weight_chart import WeightChart, weight_chart

COMMENTS_SHOWN, CHECKUPS_SHOWN, SESSIONS_SHOWN, PLANS_SHOWN = 20, 12, 5, 5


@dataclass(frozen=True, slots=True)
class Attendance:
    """How somebody has come so far.

    rate: percent of the sessions that were to take place; None before the first
    """

    completed: int
    missed: int
    cancelled: int
    to_come: int

    @property
    def rate(self) -> int | None:
        """How often somebody came, in percent of what took place or should have."""
        due = self.completed + self.missed
        return round(100 * self.completed / due) if due else None


@dataclass(frozen=True, slots=True)
class MemberProfile:
    """What the page of a member shows.

    comments, checkups, past, plans: newest first, the plans with `balance` and `lapsed`; `next` the next one first
    age: in full years; None where the date of birth is not known
    """

    member: Member
    today: date
    alerts: Sequence[Alert]
    comments: Sequence[MemberComment]
    checkups: Sequence[BodyCheckup]
    chart: WeightChart | None
    contacts: Sequence[EmergencyContact]
    plans: Sequence[Subscription]
    next: Sequence[TrainingSession]
    past: Sequence[TrainingSession]
    attendance: Attendance
    referrals: Sequence[Member]
    age: int | None


def member_profile(
    *, member: Member, profile: StudioProfile, now: datetime, with_money: bool, with_partner: bool, with_comments: bool
) -> MemberProfile:
    """Return everything about a member but their health, which the page shows to whom may read it.

    with_money, with_partner, with_comments: whether the alerts say what is owed, when a partner's contract ends,
        and which comments are due
    queries: 10
    """
    today = local_day(now, profile.zone)
    sessions = TrainingSession.objects.filter(member=member)
    with_parts = sessions.select_related("machine", "trainer", "session_type")
    checkups = list(BodyCheckup.objects.filter(member=member).in_order())
    plans = list(Subscription.objects.filter(member=member).with_balance().with_lapsed().order_by("-starts_on", "-pk"))
    running = next((plan for plan in plans if plan.is_current), None)
    return MemberProfile(
        member=member,
        today=today,
        alerts=alerts_of(
            member,
            today,
            plan_ends_on=running.ends_on if running else None,
            owed=_owed(member) if with_money else "",
            with_partner=with_partner,
            with_comments=with_comments,
        ),
        comments=list(MemberComment.objects.filter(member=member).newest_first()[:COMMENTS_SHOWN]),
        checkups=checkups[: -CHECKUPS_SHOWN - 1 : -1],
        chart=weight_chart(checkups),
        contacts=list(EmergencyContact.objects.filter(member=member).order_by("-is_primary", "name", "pk")),
        plans=plans[:PLANS_SHOWN],
        next=list(with_parts.ahead(now).order_by("scheduled_start")[:SESSIONS_SHOWN]),
        past=list(with_parts.filter(scheduled_start__lte=now).order_by("-scheduled_start")[:SESSIONS_SHOWN]),
        attendance=_attendance(member, now),
        referrals=list(member.referrals.order_by("last_name", "first_name", "pk")),
        age=age(member.date_of_birth, today),
    )


def age(born_on: date | None, today: date) -> int | None:
    """Return somebody's age in full years; None where the day is not known or lies ahead."""
    if born_on is None or born_on > today:
        return None
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _owed(member: Member) -> str:
    client = member.client
    return money(client.balance_due, client.currency) if client.balance_due > 0 else ""


def _attendance(member: Member, now: datetime) -> Attendance:
    counts = TrainingSession.objects.filter(member=member).aggregate(
        completed=Count("pk", filter=Q(status=TrainingStatus.COMPLETED)),
        missed=Count("pk", filter=Q(status=TrainingStatus.NO_SHOW)),
        cancelled=Count("pk", filter=Q(status=TrainingStatus.CANCELLED)),
        to_come=Count("pk", filter=not_begun(now)),
    )
    return Attendance(**counts)
