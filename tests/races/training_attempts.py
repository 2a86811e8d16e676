"""What racers try in a training studio."""

from datetime import UTC, datetime, timedelta

from sessions_app.services import bookings as studio_bookings
from studio.db import refusing
from training.models import (
    CreditEntry,
    Machine,
    MachineOutage,
    Member,
    OutageDecision,
    Plan,
    SessionType,
    Subscription,
    Trainer,
    TrainingSession,
)
from training.selectors.answers import Slot
from training.services import bookings, deletion, members, outages, slots, subscriptions, trial_bookings
from training.services.credits import NoCredit
from training.services.outage_cases import Choice, PlanChanged

MACHINES, WEEK = 4, timedelta(days=7)
PLAN_WEEKS = 200  # while every plan of a race runs
NOW = datetime(2030, 1, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
REFUSALS = (slots.SlotRefused, members.EmailTaken, members.ReferralCircle)
REFUSALS += (NoCredit, subscriptions.TermTaken, outages.AlreadyOut, outages.BadPeriod, PlanChanged, slots.SessionGone)


def unlock():
    """Take the advisory locks away."""
    slots.advisory_lock = lambda resources, **also: None


def start_of(number, after=0):
    """Return when the slot of a round begins: one a week, at noon.

    after: weeks of other attempts, which are left out
    """
    return NOW.replace(hour=12) + (number + after + 1) * WEEK


def member_of(racer):
    """Return the racer's own member."""
    return Member.objects.get(first_name=f"Racer {racer}")


def book(machine, member, start, **given):
    """Book half an hour."""
    end = start + HALF_HOUR
    return bookings.book_session(
        machine=machine, member=member, scheduled_start=start, scheduled_end=end, actor=None, now=NOW, **given
    )


def machine_of(racer):
    """Return one of the machines, another one for the next racer."""
    return Machine.objects.order_by("machine_number")[racer % MACHINES]


def train(number, racer):
    """Book the one slot of a round for the racer's own member."""
    book(machine_of(0), member_of(racer), start_of(number))


def train_everywhere(number, racer):
    """Book one and the same member, with one trainer, on the racer's machine; every second names nobody to train."""
    trainer = Trainer.objects.get() if racer % 2 else None
    book(machine_of(racer), member_of(0), start_of(number, after=600), trainer=trainer)


def train_or_record(number, racer):
    """Book one person at one hour: as a trainer on the racer's machine, or every second time as an engineer."""
    start = start_of(number, after=1800)
    if racer % 2:
        book(machine_of(racer), member_of(racer), start, trainer=Trainer.objects.select_related("user").get())
        return
    times = {"starts_at": start, "ends_at": start + HALF_HOUR}
    engineers = [Trainer.objects.select_related("user").get().user]
    studio_bookings.book_session(title="Mix", kind="remote", engineers=engineers, actor=None, now=NOW, **times)


def train_in_full_week(number, racer):
    """Book the racer's own slot in a week that takes one more."""
    book(machine_of(racer), member_of(racer), start_of(number, after=1200) + racer // MACHINES * HALF_HOUR)


def swap_machines(number, racer):
    """Move the racer's own session of a round to the next machine, at an hour that nobody else wants."""
    session = TrainingSession.objects.select_related("machine").get(member=member_of(racer))
    others = Machine.objects.exclude(pk=session.machine_id).order_by("machine_number")
    bookings.change_session(session=session, machine=others[racer % (MACHINES - 1)], actor=None, now=NOW)


def refer(number, racer):
    """Close one half of a circle of referrals; every second racer closes the other half."""
    pair = Member.objects.filter(last_name=f"of {number}").order_by("first_name")
    member, referrer = pair if racer % 2 else reversed(pair)
    members.change_member(member=member, referred_by_member=referrer, actor=None, now=NOW)


def join(number, racer):
    """Become a member under the one e-mail address of the round."""
    members.create_member(
        first_name=f"Racer {racer}", last_name="Doe", email=f"round{number}@example.org", actor=None, now=NOW
    )


def try_out(number, racer):
    """Book a first session, at the racer's own hour, for whoever has the e-mail of the round and never had one."""
    start = start_of(number) + racer * HALF_HOUR
    who = {"first_name": f"Racer {racer}", "last_name": "Doe", "email": f"round{number}@example.org"}
    trial_bookings.book_trial(
        who={**who, "phone": f"06{racer}", "gender": "female", "referral_source": "website"},
        machine=machine_of(racer),
        scheduled_start=start,
        scheduled_end=start + HALF_HOUR,
        session_type=SessionType.objects.get(code="trial"),
        actor=None,
        now=NOW,
    )


def spend(number, racer):
    """Book the one member of a round, whose plan has one session left, on the racer's own day."""
    turn, week = divmod(number, PLAN_WEEKS)
    book(machine_of(turn), member_of(number), start_of(week) + timedelta(days=racer % 5) + racer * HALF_HOUR)


def undo(number, racer):
    """Take the one session of a round back: every second racer deletes it, the others cancel it."""
    for session in TrainingSession.objects.filter(member=member_of(number)):
        if racer % 2:
            deletion.delete_session(session=session, actor=None, now=NOW)
        else:
            bookings.cancel_session(session=session, reason="Ill", by_house=True, actor=None, now=NOW)


def spend_by_hand(number, racer):
    """Take the one credit of a round past every service."""
    lot = Subscription.objects.get(member=member_of(number))
    with refusing(credit_entries_never_below_zero=NoCredit()):
        CreditEntry.objects.create(subscription=lot, kind="adjusted", quantity=-1, reason=f"Racer {racer}", at=NOW)


def sell(number, racer):
    """Give the one member of a round, who has none, the one plan."""
    subscriptions.grant_subscription(
        member=member_of(number), plan=Plan.objects.get(), starts_on=NOW.date(), actor=None, now=NOW
    )


def take_out(machine, start, choices=()):
    """Take a machine out of order for half an hour."""
    times = {"starts_at": start, "ends_at": start + HALF_HOUR}
    outages.plan_outage(machine=machine, reason="Belt", choices=choices, actor=None, now=NOW, **times)


def train_or_break(number, racer):
    """Book the one slot of a round; every second racer has seen that it is free and takes the machine out of order."""
    start = start_of(number, after=20)
    take_out(machine_of(0), start) if racer % 2 else book(machine_of(0), member_of(racer), start)


def break_own(number, racer):
    """Take the racer's machine out in a week of the racer's own, and move what is in its way to the next machine."""
    start = start_of(number, after=30 + racer * 6)
    session = book(machine_of(racer), member_of(racer), start)
    there = Slot(machine_of(racer + 1), start, start + HALF_HOUR)
    take_out(machine_of(racer), start, [Choice(session.pk, session.updated_at, OutageDecision.MOVED, there)])


def prolong_or_train(number, racer):
    """Book the half hour after the outage of a round; every second racer has seen that it is free and prolongs it."""
    start = start_of(number, after=90)
    if racer % 2 == 0:
        book(machine_of(0), member_of(racer), start + HALF_HOUR)
        return
    outage = MachineOutage.objects.get(starts_at=start)
    outages.prolong_outage(outage=outage, ends_at=start + 2 * HALF_HOUR, choices=[], actor=None, now=NOW)


def end_or_cancel(number, racer):
    """Cancel what was left alone in the outage of a round; every second racer ends that after an hour."""
    start = start_of(number, after=100)
    if racer % 2 == 0:
        session = TrainingSession.objects.get(scheduled_start=start + HALF_HOUR / 2, member__isnull=False)
        bookings.cancel_session(session=session, reason="Ill", actor=None, now=NOW)
        return
    outage = MachineOutage.objects.get(starts_at=start)
    outages.end_outage(outage=outage, ends_at=start + 2 * HALF_HOUR, actor=None, now=NOW)


ATTEMPTS = {
    attempt.__name__: attempt
    for attempt in (train, train_everywhere, train_or_record, train_in_full_week, swap_machines, refer, join)
}
ATTEMPTS |= {attempt.__name__: attempt for attempt in (try_out, spend, spend_by_hand, sell, undo)}
ATTEMPTS |= {attempt.__name__: attempt for attempt in (train_or_break, break_own, prolong_or_train, end_or_cancel)}
