"""Trainers: facts, certificates that end, pay computed at completion, statistics, and what deleting one leaves."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sessions_app.services import facts
from studio.accounts.models import AuditEvent, User
from studio.accounts.services import roles
from studio.money import quantise
from tests.factories import NOW, UserFactory
from tests.membership_factories import CertificateFactory
from tests.staff import account
from tests.training_factories import TrainingSessionFactory
from training.models import TrainerPay, TrainingSession
from training.selectors.trainer_work import day_schedule, statistics
from training.services import bookings, certificates, completion, trainers
from training.services.trainer_pay import compute_pay, reverse_pay

pytestmark = pytest.mark.django_db
DAY, HALF, MINUTE = timedelta(days=1), timedelta(minutes=30), timedelta(minutes=1)
LATER = NOW + 20 * DAY
RATES = {"session_rate": 20, "head_rate": 5, "no_show_rate": 8, "bonus_rate": 3, "bonus_after": 2}
PARIS = ZoneInfo("Europe/Paris")


def made(**given):
    return trainers.create_trainer(first_name="Theo", last_name="Rossi", actor=None, now=NOW, **given)


def held(trainer, days=0, status="completed", **given):
    start = given.pop("scheduled_start", NOW + days * DAY)
    return TrainingSessionFactory(
        trainer=trainer, trainer_label=trainer.name, scheduled_start=start, status=status, **given
    )


def pay(session):
    return [(line.kind, line.quantity, line.amount) for line in compute_pay(session=session, now=NOW)]


def test_a_renamed_trainer_is_called_so_everywhere_and_a_deleted_one_leaves_the_sessions(desk):
    trainer = made(**RATES)
    session = held(trainer)
    compute_pay(session=session, now=NOW)
    CertificateFactory(trainer=trainer, issuer="Red Cross", expires_on=NOW.date())

    trainers.change_trainer(trainer=trainer, last_name="Verdi", actor=desk, now=NOW)
    staying = trainers.delete_trainer(trainer=trainer, actor=desk, now=NOW)

    session = TrainingSession.objects.get()
    assert (staying, session.trainer, session.trainer_label) == (1, None, "Theo Verdi")
    assert set(TrainerPay.objects.values_list("trainer", "trainer_label")) == {(None, "Theo Rossi")}
    struck = AuditEvent.objects.get(verb="delete", object_type="training.trainercertificate").changes
    told = {"name": "First aid", "issuer": "Red Cross", "expires_on": "2026-06-01"}
    assert struck == {field: [value, None] for field, value in told.items()}
    with pytest.raises(facts.BadFacts, match="may not be negative"):
        made(session_rate=Decimal(-1))


@pytest.mark.parametrize(
    ("rates", "length", "expected"),
    [
        ({}, HALF, []),
        ({"session_rate": Decimal(20)}, HALF, [("session", 1, 20)]),
        ({"hourly_rate": Decimal(50)}, 3 * HALF, [("hours", Decimal("1.5"), 75)]),
        ({"hourly_rate": Decimal(50), "session_rate": Decimal(20)}, HALF, [("session", 1, 20)]),
        ({"hourly_rate": Decimal("33.33")}, HALF / 2, [("hours", Decimal("0.25"), Decimal("8.33"))]),
        ({"session_rate": Decimal(0), "head_rate": Decimal(5)}, HALF, [("head", 1, 5)]),
        ({"bonus_rate": Decimal(3)}, HALF, [("bonus", 1, 3)]),
    ],
)
def test_pay_is_what_the_rates_say(rates, length, expected):
    trainer = made(**rates)

    assert pay(held(trainer, scheduled_end=NOW + length)) == expected


def test_a_bonus_is_paid_once_enough_is_done_in_the_month_and_a_no_show_has_its_own_rate():
    trainer = made(**RATES)
    kinds = [[kind for kind, *_rest in pay(held(trainer, days))] for days in (0, 1, 2, 30)]

    assert kinds == [["session", "head"], ["session", "head"], ["session", "head", "bonus"], ["session", "head"]]
    assert pay(held(trainer, 3, "no_show")) == [("no_show", 1, 8)]
    assert pay(TrainingSessionFactory(status="completed")) == []


@pytest.mark.parametrize("minutes", [15, 20, 25, 50, 55, 70, 100, 479])
@pytest.mark.parametrize("rate", ["30", "33.33", "25.05", "0.05", "9999.99"])
def test_minutes_times_rate_is_the_amount_rounded_once(minutes, rate):
    trainer = made(hourly_rate=Decimal(rate))

    (line,) = compute_pay(session=held(trainer, scheduled_end=NOW + minutes * MINUTE), now=NOW)

    line.refresh_from_db()
    assert line.amount == quantise(minutes * line.rate / 60, "EUR")
    assert round(line.quantity * 60, 4) == minutes


def month(trainer):
    """What stands of a trainer's bonus, by session."""
    standing = TrainerPay.objects.filter(trainer=trainer, kind="bonus", reversal_of=None, reversed_by=None)
    return list(standing.order_by("earned_on").values_list("earned_on__day", flat=True))


def test_the_bonus_of_a_month_follows_a_session_that_somebody_else_trained(desk):
    first, other = made(**RATES), made(**RATES, email="other@example.org")
    sessions = [done(first, days, desk) for days in range(4)]
    kept = done(other, 10, desk)
    assert (month(first), month(other)) == ([3, 4], [])

    # One that carried no bonus goes over: of the two who have it now, the last is one too many for the first.
    bookings.assign_trainer(session=sessions[0], trainer=other, actor=desk, now=LATER)
    assert (month(first), month(other)) == ([3], [])
    bookings.assign_trainer(session=sessions[1], trainer=other, actor=desk, now=LATER)
    assert (month(first), month(other)) == ([], [2])
    # Opened again and completed, nothing is paid twice.
    completion.reopen_session(session=kept, reason="The wrong times", actor=desk, now=LATER)
    assert month(other) == []
    again(kept, desk)
    assert (month(first), month(other)) == ([], [11])
    bookings.assign_trainer(session=sessions[1], trainer=first, actor=desk, now=LATER)
    assert (month(first), month(other)) == ([2], [])
    assert set(TrainerPay.objects.filter(amount__lt=0, kind="bonus").values_list("actor_label", flat=True)) == {
        desk.label
    }


def done(trainer, days, desk):
    return again(held(trainer, days, "scheduled"), desk)


def again(session, desk):
    times = {"actual_start": session.scheduled_start, "actual_end": session.scheduled_end}
    return completion.complete_session(session=session, trainer=session.trainer, actor=desk, now=LATER, **times)


def test_completing_twice_pays_once_and_opening_again_takes_back_each_line(desk):
    trainer = made(**RATES)
    session = held(trainer)

    first, again = (compute_pay(session=session, actor=desk, now=NOW) for _twice in range(2))
    trainers.change_trainer(trainer=trainer, session_rate=Decimal(30), actor=desk, now=NOW)
    session.refresh_from_db()
    back = reverse_pay(session=session, trainer=trainer, actor=desk, reason="Opened again", now=NOW)
    assert reverse_pay(session=session, trainer=trainer, actor=desk, reason="Twice", now=NOW) == []
    anew = compute_pay(session=session, now=NOW)

    assert [line.pk for line in first] == [line.pk for line in again]
    assert [(line.reversal_of_id, line.amount) for line in back] == [(line.pk, -line.amount) for line in first]
    assert [(line.completion, line.amount) for line in anew] == [(2, 30), (2, 5)]
    assert sum(TrainerPay.objects.values_list("amount", flat=True)) == 35
    assert (first[0].actor_label, first[0].earned_on, first[0].currency) == (desk.label, NOW.date(), "EUR")


def test_somebody_is_told_once_that_a_certificate_ends():
    manager, person, desk = account("manager"), UserFactory(), account("front_desk")
    roles.grant_role(user=person, role="trainer", actor=None, now=NOW)
    trainer = made(user=User.objects.get(pk=person.pk))
    last = NOW.date() + 30 * DAY
    certificate = CertificateFactory(trainer=trainer, expires_on=last)
    for others in ({"expires_on": None}, {"expires_on": last + DAY}):
        CertificateFactory(trainer=trainer, **others)

    assert [certificates.warn_of_ending(now=NOW - DAY), certificates.warn_of_ending(now=NOW)] == [0, 1]
    assert certificates.warn_of_ending(now=NOW) == 0
    sentence = f"First aid of {trainer} ends on 1 Jul 2026."
    told = {user: list(user.notifications.values_list("text", flat=True)) for user in (manager, person, desk)}
    assert told == {manager: [sentence], person: [sentence], desk: []}
    # A later last day is told of again.
    certificates.change_certificate(certificate=certificate, expires_on=last + 60 * DAY, actor=None, now=NOW)
    assert certificates.warn_of_ending(now=NOW + 100 * DAY) == 2


def test_statistics_are_those_of_the_studios_months(django_assert_num_queries):
    trainer = made(**RATES)
    # 22:30 in UTC on the last of May is June in Paris.
    edge = datetime(2026, 5, 31, 22, 30, tzinfo=NOW.tzinfo)
    sessions = [held(trainer, days) for days in (0, 1)]
    held(trainer, scheduled_start=edge)
    held(trainer, -40)
    held(trainer, 3, "no_show", member=sessions[0].member)
    held(trainer, 4, "cancelled")
    held(made(email="other@example.org"), 5)
    for session in sessions:
        compute_pay(session=session, now=NOW)

    with django_assert_num_queries(3):
        found = statistics(trainer, zone=PARIS, now=NOW, with_pay=True)

    june = found.months[-1]
    assert [found.months[0].first, june.first, len(found.months)] == [date(2025, 7, 1), date(2026, 6, 1), 12]
    assert (june.completed, june.missed, june.cancelled, june.attendance, june.pay) == (
        3,
        1,
        1,
        75,
        56,
    )  # both with the bonus
    assert (june.hours, found.whole.completed, found.members) == (3 * HALF, 4, 4)
    assert (statistics(made(), zone=PARIS, now=NOW, with_pay=False).whole.attendance) is None
    assert [each.pk for each in day_schedule(trainer, day=NOW.date(), zone=PARIS)] == [
        TrainingSession.objects.get(scheduled_start=edge).pk,
        sessions[0].pk,
    ]
