"""A training studio to look around in: a former one, brought to this week and spread over three machines."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from studio.accounts.models import RoleName, User
from studio.clock import local_day, local_midnight
from studio.errors import DomainError
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened
from studio.tenancy.models import Studio
from training.models import (
    Attendee,
    Machine,
    MachineOutage,
    Member,
    MemberStatus,
    MemberType,
    OutageDecision,
    SubscriptionStatus,
    Trainer,
    TrainingSession,
)
from training.models import TrainingStatus as Status
from training.selectors.attendees import why_not_for
from training.selectors.outage_plan import outage_plan
from training.services import bookings, demonstration_pay, member_comments, members, outages, overlaps
from training.services.machines import seed_machines
from training.services.outage_cases import Choice

DUMP = settings.BASE_DIR / "tests" / "data" / "legacy" / "gym_before_machines.sql.gz"
A_WEEK = date(2025, 9, 15)  # a Monday of the dump, with weeks before and after it; it becomes this week
LEFT_FOR_THE_DESK = timedelta(days=1)  # sessions of this age and younger wait for somebody to complete them
LENGTH = timedelta(minutes=30)
STARTS = [time(hour, minute) for hour in (9, 10, 11, 14, 16, 17, 18, 19) for minute in (0, 30)]
A_WEEK_OF_DAYS = 7
NEXT_WEEKS_REPAIR = (9, 10)  # from Wednesday to Thursday, in days after this Monday
JOINED_AGO = timedelta(days=400)
REMINDERS = (
    "Offer the renewal.",
    "Ask about the knee.",
    "Hand over the uniform.",
    "New telephone number?",
    "Birthday this week.",
)


def fill_studio(*, studio: Studio, now: datetime) -> str:
    """Fill an empty training studio, and return what was made, in words; nothing where there are members."""
    if Member.objects.exists():
        return ""
    zone = ZoneInfo(studio.time_zone)
    today = local_day(now, zone)
    monday = today - timedelta(days=today.weekday())
    with opened(str(DUMP)) as source, timezone.override(zone):  # labels tell the studio's time, as on its pages
        seed_machines()
        report = adopt(source=source, studio=studio, now=now, shift=monday - A_WEEK)
        spread_over_machines()
        tidy_times(now=now)
        introduce_people(studio=studio, today=today, now=now)
        demonstration_pay.pay_trainers(now=now)
        name_sessions(today=today, zone=zone, now=now)
        booked = book_week(monday=monday, zone=zone, now=now)
        plan_repair(monday=monday, zone=zone, now=now)
        # Somebody for the run over dormant members: joined long ago, and never came.
        members.create_member(
            first_name="Agathe",
            last_name="Perrin",
            email="agathe.perrin@pulse.example",
            phone="06 98 76 54 32",
            gender="female",
            join_date=today - JOINED_AGO,
            actor=None,
            now=now,
        )
    return f"{report.created} rows of a former database taken over, {booked} sessions booked this week."


def spread_over_machines() -> None:
    """Let sessions that all were on the first machine take turns on all of them; what overlaps still stays marked."""
    machines = list(Machine.objects.in_use())
    busy_until: dict[UUID, datetime] = {}
    sessions = list(TrainingSession.objects.occupying().order_by("scheduled_start", "pk"))
    if not sessions:
        return
    for number, session in enumerate(sessions):
        turns = [machines[(number + step) % len(machines)] for step in range(len(machines))]
        free = [each for each in turns if busy_until.get(each.pk, session.scheduled_start) <= session.scheduled_start]
        session.machine = (free or turns)[0]
        busy_until[session.machine.pk] = session.scheduled_end
    TrainingSession.objects.bulk_update(sessions, ["machine"], batch_size=500)
    overlaps.settle_overlaps(sessions[0].scheduled_start, sessions[-1].scheduled_end)


def tidy_times(*, now: datetime) -> None:
    """Complete what lies behind but for the last day, which waits for the desk, and schedule what lies ahead."""
    sessions = TrainingSession.objects.filter(status__in=[Status.SCHEDULED, Status.IN_PROGRESS, Status.COMPLETED])
    real = {"actual_start": F("scheduled_start"), "actual_end": F("scheduled_end")}
    since = now - LEFT_FOR_THE_DESK
    sessions.filter(scheduled_end__lte=since).update(status=Status.COMPLETED, **real)
    sessions.filter(scheduled_end__gt=since).update(status=Status.SCHEDULED, actual_start=None, actual_end=None)


def introduce_people(*, studio: Studio, today: date, now: datetime) -> None:
    """Give members waivers and something to be reminded of, and one trainer the trainer's account."""
    Member.objects.update(waiver_signed_on=F("join_date"))
    active = Member.objects.filter(status=MemberStatus.ACTIVE, member_type=MemberType.FULL).order_by("email")
    for number, member in enumerate(active[: len(REMINDERS)]):
        due_on = today + timedelta(days=2 + number)
        member_comments.add_comment(member=member, body=REMINDERS[number], due_on=due_on, actor=None, now=now)
    account = User.objects.filter(email=f"{RoleName.TRAINER.value}@{studio.slug}.example").first()
    trainer = Trainer.objects.filter(user=None).order_by("email").first()
    if account and trainer:
        trainer.user = account
        trainer.save(update_fields=["user"])


def name_sessions(*, today: date, zone: ZoneInfo, now: datetime) -> None:
    """Put members on what was taken over without a name and waits for the desk, or takes place today."""
    waiting = (
        TrainingSession.objects.filter(
            status=Status.SCHEDULED,
            current_participants=0,
            scheduled_start__lt=local_midnight(today + timedelta(days=1), zone),
        )
        .exclude(session_type__attendee=Attendee.NOBODY)
        .select_related("session_type")
    )
    known = list(Member.objects.filter(status__in=[MemberStatus.ACTIVE, MemberStatus.PENDING]).order_by("email"))
    for number, session in enumerate(waiting.order_by("scheduled_start", "pk")):
        attendee = session.session_type.attendee
        fitting = [each for each in known if not why_not_for(each, attendee, "")]
        for member in [*fitting[number:], *fitting[:number]]:
            with suppress(DomainError):  # taken at that time, or nothing left to pay with
                bookings.put_member_on(session=session, member=member, actor=None, now=now)
                break


def book_week(*, monday: date, zone: ZoneInfo, now: datetime) -> int:
    """Book hours of this week that lie ahead, as far as the rules allow, and return how many sessions were made."""
    members = list(
        Member.objects.filter(
            member_type=MemberType.FULL, status=MemberStatus.ACTIVE, subscriptions__status=SubscriptionStatus.ACTIVE
        ).order_by("email")
    )
    machines, trainers = list(Machine.objects.in_use()), [*Trainer.objects.order_by("email"), None]
    wishes = [
        (datetime.combine(monday + timedelta(days=day), start, tzinfo=zone), machine)
        for day in range(A_WEEK_OF_DAYS)
        for start in STARTS
        for machine in machines
    ]
    made = 0
    for number, (start, machine) in enumerate(wishes):
        if start <= now or number % 2 or not members:
            continue
        try:
            bookings.book_session(
                machine=machine,
                scheduled_start=start,
                scheduled_end=start + LENGTH,
                member=members[number // 2 % len(members)],
                trainer=trainers[number % len(trainers)],
                actor=None,
                now=now,
            )
        except DomainError:  # taken, closed, or nothing left to pay with
            continue
        made += 1
    return made


def plan_repair(*, monday: date, zone: ZoneInfo, now: datetime) -> MachineOutage:
    """Plan that the last machine is out of order for a day of next week; what is in the way goes elsewhere."""
    machine = list(Machine.objects.in_use())[-1]
    start, end = (
        datetime.combine(monday + timedelta(days=after), time(13), tzinfo=zone) for after in NEXT_WEEKS_REPAIR
    )
    choices = [
        Choice(
            each.session.pk,
            each.session.updated_at,
            OutageDecision.MOVED if each.proposals else OutageDecision.SETTLED,
            each.proposals[0] if each.proposals else None,
        )
        for each in outage_plan(machine, start, end, now=now).displaced
    ]
    return outages.plan_outage(
        machine=machine,
        starts_at=start,
        ends_at=end,
        reason="The belt is changed.",
        choices=choices,
        actor=None,
        now=now,
    )
