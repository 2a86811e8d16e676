"""What there is to say of a member beside a session: comments that are due, a plan that ends, a check-up, a payment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.clock import local_day
from studio.office.models import StudioProfile
from training.models import (
    BodyCheckup,
    Member,
    MemberComment,
    Subscription,
    TrainingSession,
    TrainingStatus,
)

PLAN, CHECKUP, PAYMENT = "plan", "checkup", "payment"
ICONS = {PLAN: "event_busy", CHECKUP: "monitor_weight", PAYMENT: "payments"}


@dataclass(frozen=True, slots=True)
class Mark:
    """An indicator beside a session, as a whole sentence."""

    kind: str
    sentence: str

    @property
    def icon(self) -> str:
        """A name out of Material Symbols."""
        return ICONS[self.kind]


@dataclass(frozen=True, slots=True)
class Marks:
    """What there is to say of a session's member.

    alerts: how many comments are due on the session's day or later
    """

    alerts: int
    indicators: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands, as far as the indicators go.

    ends_on, paid_from: of the plan that runs; None without one
    paid_on: the day of the last payment; None where none is known
    since_checkup: completed sessions since the last check-up; all of them where there was none
    comments_due: the days on which comments are due
    """

    ends_on: date | None
    paid_from: date | None
    since_checkup: int
    owes: bool
    comments_due: Sequence[date]
    paid_on: date | None = None


def marks_of(sessions: Sequence[TrainingSession], profile: StudioProfile) -> Mapping[UUID, Marks]:
    """Return what there is to say of each session that has a member.

    queries: 1
    """
    keys = {session.member_id for session in sessions if session.member_id}
    standings = standings_of(keys, profile)
    found = {}
    for session in sessions:
        standing = standings.get(session.member_id) if session.member_id else None
        if standing is None:
            continue
        on = local_day(session.scheduled_start, profile.zone)
        alerts = sum(due_on >= on for due_on in standing.comments_due)
        indicators = indicators_of(standing, on, profile)
        if alerts or indicators:
            found[session.pk] = Marks(alerts, indicators)
    return found


def standings_of(keys: Iterable[Any], profile: StudioProfile) -> Mapping[Any, Standing]:
    """Return where members stand, by their keys.

    queries: 1
    """
    plan = Subscription.objects.current().filter(member=OuterRef("pk"))
    last = BodyCheckup.objects.filter(member=OuterRef("pk")).order_by().values("member").annotate(on=Max("checked_on"))
    comments = MemberComment.objects.filter(member=OuterRef("pk"), due_on__isnull=False).order_by("due_on")
    rows = (
        Member.objects.filter(pk__in=list(keys))
        .annotate(
            ends_on=Subquery(plan.values("ends_on")[:1]),
            paid_from=Subquery(plan.values("starts_on")[:1]),
            checked_on=Subquery(last.values("on")[:1]),
            balance=F("client__balance_due"),
            comments_due=ArraySubquery(comments.values("due_on")),
        )
        .annotate(
            since=Count(
                "sessions",
                filter=Q(sessions__status=TrainingStatus.COMPLETED)
                & (
                    Q(checked_on__isnull=True)
                    | Q(checked_on__lt=TruncDate("sessions__scheduled_start", tzinfo=profile.zone))
                ),
            )
        )
        .values_list("pk", "ends_on", "paid_from", "since", "balance", "comments_due", "client__last_paid_on")
    )
    return {
        pk: Standing(ends_on, paid_from, since, balance > 0, due, paid_on)
        for pk, ends_on, paid_from, since, balance, due, paid_on in rows
    }


def indicators_of(standing: Standing, on: date, profile: StudioProfile) -> list[Mark]:
    """Return the indicators of a day, each once its threshold in the settings is reached."""
    marks = []
    if standing.ends_on is not None:
        left = (standing.ends_on - on).days
        if 0 <= left <= profile.subscription_warning_days:
            sentence = ngettext("The plan ends in %(n)d day.", "The plan ends in %(n)d days.", left) % {"n": left}
            marks.append(Mark(PLAN, sentence if left else _("The plan ends on this day.")))
    if standing.since_checkup >= profile.body_checkup_sessions:
        sentence = _("A check-up is due: %(n)d sessions since the last one.")
        marks.append(Mark(CHECKUP, sentence % {"n": standing.since_checkup}))
    if standing.owes and (from_day := standing.paid_on or standing.paid_from) is not None:
        since = on - from_day
        if since >= timedelta(days=profile.payment_reminder_days):
            by_payment = _("A payment is due: something is open, %(n)d days after the last payment.")
            by_plan = _("A payment is due: something is open, %(n)d days after the plan began.")
            sentence = by_payment if standing.paid_on else by_plan
            marks.append(Mark(PAYMENT, sentence % {"n": since.days}))
    return marks


def explained(profile: StudioProfile) -> list[Mark]:
    """Return what each indicator means, with the thresholds of the settings."""
    told = {
        PLAN: (_("The plan ends within %(n)d days."), profile.subscription_warning_days),
        CHECKUP: (_("A check-up is due: %(n)d sessions or more since the last one."), profile.body_checkup_sessions),
        PAYMENT: (
            _("A payment is due: the last one is %(n)d days ago."),
            profile.payment_reminder_days,
        ),
    }
    return [Mark(kind, sentence % {"n": number}) for kind, (sentence, number) in told.items()]
