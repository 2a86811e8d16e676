"""What a project has cost: sessions that took place, hours at their rates, and what billing pushes down."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import Project, StudioSession
from sessions_app.selectors.costs import costs, costs_of, with_costs
from sessions_app.services import deliveries, projects
from tests.factories import NOW, ClientFactory, ProjectFactory, SessionFactory, TimeEntryFactory, TrackFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def project():
    return ProjectFactory(name="Night Train", budget=Decimal(1000), client=ClientFactory(currency="EUR"))


def session(project, total, status, days=0, **given):
    made = SessionFactory(client=project.client, project=project, starts_at=TEN + timedelta(days=days))
    StudioSession.objects.filter(pk=made.pk).update(total=total, status=status, **given)
    return made


def test_what_took_place_is_spent_and_what_is_coming_is_booked(project):
    for number, (total, status) in enumerate(
        [(200, "completed"), (50, "no_show"), (30, "in_progress"), (400, "scheduled"), (99, "cancelled")]
    ):
        session(project, total, status, days=number)
    SessionFactory()

    found = costs_of(project)

    assert (found.sessions, found.booked, found.actual) == (Decimal(280), Decimal(400), Decimal(280))
    assert (found.left, found.percent, found.expected_percent) == (Decimal(720), 28, 68)


def test_hours_of_the_project_its_sessions_and_tracks_count_once(project):
    made = session(project, None, "completed")
    for target in (project, made, TrackFactory(project=project)):
        TimeEntryFactory(target=target, started_at=NOW - timedelta(hours=2))
    TimeEntryFactory()

    assert costs_of(project).hours == Decimal(180)


def test_another_currency_cannot_be_added(project):
    session(project, 200, "completed", currency="USD")

    assert costs_of(project).sessions == 0


def test_what_billing_pushes_down_counts(project):
    Project.objects.filter(pk=project.pk).update(actual_cost=Decimal("1200.50"))

    found = costs_of(project)

    assert (found.other, found.left, found.percent) == (Decimal("1200.50"), Decimal("-200.50"), 120)


def test_without_a_budget_nothing_is_left_or_overdrawn():
    found = costs_of(ProjectFactory())

    assert (found.budget, found.left, found.percent, found.expected_percent) == (None, None, 0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_is_added_up_in_one_query(count, django_assert_num_queries):
    for _number in range(count):
        session(ProjectFactory(), 10, "completed")

    with django_assert_num_queries(1):
        found = [costs(each).actual for each in with_costs(Project.objects.select_related("client"))]
    assert found == [Decimal(10)] * count


def test_a_project_is_delivered_once_and_not_before_the_day(project, desk):
    today = NOW.date()
    with pytest.raises(deliveries.DeliveredTooSoon):
        deliveries.deliver_project(
            project=project, delivered_on=today + timedelta(days=1), today=today, actor=desk, now=NOW
        )

    made = deliveries.deliver_project(project=project, delivered_on=today, today=today, actor=desk, now=NOW)

    assert (made.status, made.delivered_on) == ("delivered", today)
    with pytest.raises(deliveries.AlreadyDelivered):
        deliveries.deliver_project(project=project, delivered_on=today, today=today, actor=desk, now=NOW)
    projects.archive_project(project=project, actor=desk, now=NOW)
