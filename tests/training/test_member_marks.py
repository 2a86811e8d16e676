"""What stands beside a member's session: each from its threshold on, on the studio's calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from studio.office.models import StudioProfile
from tests.factories import NOW
from tests.training_factories import CheckupFactory, CommentFactory, TrainingSessionFactory
from training.selectors.member_marks import Standing, indicators_of, marks_of

ON, DAY = date(2026, 6, 1), timedelta(days=1)
NOTHING = {"ends_on": None, "paid_from": None, "since_checkup": 0, "owes": False, "comments_due": ()}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ends_on": ON + 36 * DAY}, []),
        ({"ends_on": ON + 35 * DAY}, ["The plan ends in 35 days."]),
        ({"ends_on": ON + DAY}, ["The plan ends in 1 day."]),
        ({"ends_on": ON}, ["The plan ends on this day."]),
        ({"ends_on": ON - DAY}, []),
        ({"since_checkup": 4}, []),
        ({"since_checkup": 5}, ["A check-up is due: 5 sessions since the last one."]),
        ({"owes": True, "paid_from": ON - 26 * DAY}, []),
        (
            {"owes": True, "paid_from": ON - 27 * DAY},
            ["A payment is due: something is open, 27 days after the plan began."],
        ),
        ({"owes": False, "paid_from": ON - 99 * DAY}, []),
        ({"owes": True, "paid_from": ON - 99 * DAY, "paid_on": ON - 26 * DAY}, []),
        (
            {"owes": True, "paid_on": ON - 27 * DAY},
            ["A payment is due: something is open, 27 days after the last payment."],
        ),
        ({"owes": True}, []),
    ],
)
def test_an_indicator_stands_from_its_threshold_on(given, told):
    marks = indicators_of(Standing(**NOTHING | given), ON, StudioProfile())

    assert [mark.sentence for mark in marks] == told


@pytest.mark.django_db
def test_comments_count_until_they_are_due_and_sessions_since_the_last_check_up(ada, django_assert_num_queries):
    # 22:30 in UTC is the next day in Paris: one on the day of the check-up, four after it.
    for number in range(5):
        at = datetime(2026, 5, 20, 22, 30, tzinfo=UTC) + number * DAY
        TrainingSessionFactory(member=ada, status="completed", scheduled_start=at)
    TrainingSessionFactory(member=ada, status="no_show", scheduled_start=NOW - 2 * DAY)
    checkup = CheckupFactory(member=ada, checked_on=date(2026, 5, 21))
    for due_on in (ON - DAY, ON, ON + DAY, None):
        CommentFactory(member=ada, due_on=due_on)
    sessions = [TrainingSessionFactory(member=ada, scheduled_start=NOW + number * DAY) for number in range(3)]
    profile = StudioProfile.objects.get()

    with django_assert_num_queries(1):
        found = marks_of(sessions, profile)
    alerts = [found[each.pk].alerts if each.pk in found else 0 for each in sessions]
    assert (alerts, [mark for marks in found.values() for mark in marks.indicators]) == ([2, 1, 0], [])

    type(checkup).objects.update(checked_on=date(2026, 5, 20))
    (mark,) = marks_of(sessions, profile)[sessions[2].pk].indicators
    assert mark.sentence == "A check-up is due: 5 sessions since the last one."
