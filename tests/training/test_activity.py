"""How machines are used, what is missed, earned and lost, held against sums that go through every row."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sessions_app.selectors.missed_sessions import MissedBy
from sessions_app.selectors.occupancy import Use
from tests.factories import NOW, UserFactory
from tests.membership_factories import SubscriptionFactory
from tests.training_factories import (
    MachineFactory,
    MemberFactory,
    OutageFactory,
    TrainerFactory,
    TrainingSessionFactory,
)
from training.models import Machine, MemberStatus, TrainerPay, TrainingSession
from training.selectors.attendance_falls import retention
from training.selectors.machine_occupancy import machine_occupancy
from training.selectors.missed_training import missed_training
from training.selectors.pay_sheet import earned, pay_lines
from training.services import trainer_pay

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY = datetime(2026, 6, 2, 7, 0, tzinfo=UTC)  # 09:00 in Paris: the house opens, until midnight


def on(machine, start, length=HOUR, **given):
    return TrainingSessionFactory(machine=machine, scheduled_start=start, scheduled_end=start + length, **given)


def test_machine_occupancy_takes_outages_off(machine, other, django_assert_num_queries):
    Machine.objects.exclude(pk__in=[machine.pk, other.pk]).delete()
    retired = MachineFactory(machine_number=13, name="Former")
    OutageFactory(machine=machine, starts_at=TUESDAY + 10 * HOUR, ends_at=TUESDAY + 12 * HOUR)
    on(machine, TUESDAY, 2 * HOUR, status="completed")
    on(machine, TUESDAY + 3 * HOUR, status="no_show")
    on(machine, TUESDAY + 5 * HOUR, status="cancelled")
    on(machine, TUESDAY + 6 * HOUR, 2 * HOUR, member=None, session_type_id="non_bookable")
    on(other, TUESDAY - 24 * HOUR, status="completed")
    on(other, TUESDAY + 14 * HOUR, 3 * HOUR)  # until two in the morning
    on(retired, TUESDAY, 2 * HOUR)
    Machine.objects.filter(pk=retired.pk).update(is_available=False, retired_at=TUESDAY + 5 * HOUR)

    with django_assert_num_queries(4):
        found = machine_occupancy(first=date(2026, 6, 2), last=date(2026, 6, 2), zone=PARIS)

    assert [(row.name, row.use, row.sessions) for row in found.resources] == [
        ("Left", Use(11 * HOUR, 3 * HOUR), 2),
        ("Right", Use(15 * HOUR, HOUR), 1),
        ("Former", Use(5 * HOUR, 2 * HOUR), 1),
    ]
    assert (found.places[1, 9], found.places[1, 19]) == (Use(3 * HOUR, 2 * HOUR), Use(HOUR, 0 * HOUR))


@pytest.mark.parametrize("by", list(MissedBy))
def test_missed_training_is_what_every_row_adds_up_to(by, machine, django_assert_num_queries):
    members = [MemberFactory(first_name=name) for name in ("Ada", "Ben", "Cleo", "Reliable")]
    plans = {member.pk: SubscriptionFactory(member=member) for member in members}
    trainer = TrainerFactory(no_show_rate=Decimal("7.50"), session_rate=Decimal(20))
    statuses = ("completed", "no_show", "cancelled", "scheduled", "cancelled")
    for number in range(48):
        member = members[number % 3] if number % 8 else members[3]
        status = statuses[number % 5] if number % 8 else "completed"
        charged = plans[member.pk] if number % 4 else None
        made = on(machine, NOW + number * 5 * HOUR, status=status, member=member, trainer=trainer, subscription=charged)
        if status in {"completed", "no_show"}:
            trainer_pay.compute_pay(session=made, now=made.scheduled_end)
    without_plan = TrainingSession.objects.filter(status="no_show", subscription=None).order_by("-pk")
    asks_none = without_plan.first()
    TrainingSession.objects.filter(pk=asks_none.pk).update(session_type="contractual")
    guest = {
        "member": None,
        "guest_first_name": "G",
        "guest_last_name": "Guest",
        "guest_gym_name": "Elsewhere",
        "current_participants": 1,
    }
    on(machine, NOW - HOUR, status="no_show", session_type_id="multi_site", **guest)
    first, last = date(2026, 6, 1), date(2026, 6, 9)

    with django_assert_num_queries(2):
        found = missed_training(first=first, last=last, by=by, zone=PARIS, currency="EUR")

    expected = {}
    for session in TrainingSession.objects.exclude(member=None).prefetch_related("pay_lines"):
        begins = session.scheduled_start.astimezone(PARIS)
        late = session.status == "cancelled" and session.subscription_id
        if not first <= begins.date() <= last or not (late or session.status in {"completed", "no_show"}):
            continue
        sums = expected.setdefault(
            session.member_id if by is MissedBy.CLIENT else begins.isoweekday(), [0, 0, 0, 0 * HOUR, 0, 0, Decimal(0)]
        )
        missed = session.status != "completed"
        sums[0] += 1
        sums[1] += session.status == "no_show"
        sums[2] += bool(late)
        sums[3] += HOUR if missed else 0 * HOUR
        sums[4] += bool(missed and session.subscription_id)
        sums[5] += session.status == "no_show" and not session.subscription_id and session.pk != asks_none.pk
        sums[6] += sum((line.amount for line in session.pay_lines.all() if line.kind == "no_show"), Decimal(0))
    told = {row.who: [row.due, row.no_shows, row.late, row.lost, row.credits, row.unpaid, row.pay] for row in found}
    assert told == {key: sums for key, sums in expected.items() if by is MissedBy.WEEKDAY or sums[1] or sums[2]}
    assert (sum(row.pay for row in found) > 0, len(found)) == (True, 3 if by is MissedBy.CLIENT else 7)


def test_pay_sheet_is_what_the_lines_add_up_to(machine, django_assert_num_queries):
    account = UserFactory()
    theo = TrainerFactory(
        first_name="Theo",
        user=account,
        session_rate=Decimal(20),
        head_rate=Decimal(3),
        no_show_rate=Decimal(5),
        bonus_rate=Decimal(10),
        bonus_after=2,
    )
    vera = TrainerFactory(first_name="Vera", hourly_rate=Decimal("33.33"))
    gone = TrainerFactory(first_name="Gone", session_rate=Decimal(1))
    for number in range(24):
        trainer = (theo, vera, gone)[number % 3]
        status = "no_show" if number % 5 == 4 else "completed"
        made = on(machine, NOW + number * 12 * HOUR, HOUR / 2, status=status, trainer=trainer)
        trainer_pay.compute_pay(session=made, now=NOW + (number % 2) * 40 * DAY)
    back = TrainingSession.objects.filter(trainer=theo).earliest("scheduled_start")
    back.status = "scheduled"
    back.save(update_fields=["status"])
    trainer_pay.reverse_pay(session=back, trainer=theo, actor=None, reason="Not there.", now=NOW + 50 * DAY)
    theo.last_name = "Renamed"
    theo.save(update_fields=["last_name"])
    gone.delete()
    first, last = date(2026, 6, 1), date(2026, 6, 10)
    lines = pay_lines(first=first, last=last)

    with django_assert_num_queries(1):
        found = earned(lines, last=last, zone=PARIS)

    rows = [row for row in TrainerPay.objects.select_related("trainer") if first <= row.earned_on <= last]
    taken_back = {row.reversal_of_id for row in rows}
    expected = {}
    for row in rows:
        sums = expected.setdefault(row.trainer.name if row.trainer else row.trainer_label, [set(), *[Decimal(0)] * 6])
        if row.reversal_of_id is None and row.pk not in taken_back:
            sums[0].add(row.session_id)
        place = {"session": 1, "hours": 1, "head": 2, "bonus": 3, "no_show": 4}[row.kind]
        sums[place] += row.amount
        sums[5] += row.amount
        sums[6] += row.amount if row.at.astimezone(PARIS).date() > last else 0
    assert [
        (row.trainer, [row.sessions, row.base, row.heads, row.bonus, row.no_shows, row.total, row.later])
        for row in found
    ] == [(name, [len(sums[0]), *sums[1:]]) for name, sums in sorted(expected.items())]
    assert {row.trainer for row in found} == {"Gone Rossi", "Theo Renamed", "Vera Rossi"}
    assert {line.trainer_id for line in pay_lines(first=first, last=last, account=account)} == {theo.pk}
    assert sum(line.amount for line in lines) == sum(row.total for row in found)


def test_retention_lists_who_comes_half_as_often(machine, django_assert_num_queries):
    habits = {"Steady": (4, 4), "Fallen": (6, 1), "Half": (4, 2), "Once": (1, 0), "New": (0, 3), "Left": (5, 0)}
    now, at = datetime(2026, 6, 28, 9, 0, tzinfo=UTC), iter(range(1000))
    before, since = datetime(2026, 5, 4, 8, 0, tzinfo=UTC), datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
    members = {}
    for name, counts in habits.items():
        members[name] = MemberFactory(first_name=name, status=MemberStatus.ACTIVE)
        for begin, count in zip((before, since), counts, strict=True):
            for _each in range(count):
                on(machine, begin + next(at) * HOUR / 2, HOUR / 2, member=members[name], status="completed")
    on(machine, before - DAY, member=members["New"], status="completed")
    on(machine, since + 20 * DAY, member=members["Fallen"], status="no_show")
    on(machine, now + 3 * DAY, member=members["Half"])
    members["Left"].status = MemberStatus.INACTIVE
    members["Left"].save(update_fields=["status"])
    SubscriptionFactory(member=members["Fallen"])

    with django_assert_num_queries(2):
        found = retention(first=date(2026, 6, 8), last=date(2026, 6, 30), zone=PARIS, now=now)

    assert (found.before, found.first, found.last) == (date(2026, 5, 4), date(2026, 6, 1), date(2026, 6, 28))
    assert (found.came_before, found.stayed, found.came_anew, found.percent) == (5, 3, 1, 60)
    assert [(row.name, row.before, row.now, row.next_on, bool(row.plan)) for row in found.falling] == [
        ("Fallen Dubois", 6, 1, None, True),
        ("Half Dubois", 4, 2, date(2026, 7, 1), False),
    ]
