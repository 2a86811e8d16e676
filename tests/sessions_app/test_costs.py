"""What a project has cost: sessions that took place, hours at their rates, and what billing pushes down."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import Project, SessionExtra, SessionFee, SessionStatus, StudioSession
from sessions_app.selectors.charges import OWES_ITS_TOTAL, charges_of
from sessions_app.selectors.costs import SPENT, costs, costs_of, with_costs
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

    assert (found.sessions, found.booked, found.actual) == (Decimal(230), Decimal(400), Decimal(230))
    assert (found.left, found.percent) == (Decimal(770), 23)


@pytest.mark.parametrize("status", SessionStatus.values)
@pytest.mark.parametrize("extra", [None, 300])
def test_a_project_has_cost_what_its_session_is_charged(project, status, extra):
    made = session(project, 800, status, hold_rank=1, hold_expires_at=TEN)
    if extra:
        SessionExtra.objects.create(
            session=made, description="Piano", quantity=1, unit_price=extra, amount=extra, added_at=NOW
        )
    SessionFee.objects.create(session=made, kind="no_show", amount=120, explanation="x", decided_at=NOW)
    SessionFee.objects.create(
        session=made, amount=70, explanation="x", decided_at=NOW, waived_at=NOW, waived_because="Ill"
    )
    made.refresh_from_db()

    charged, found = charges_of(made).total_due, costs_of(project)

    assert charged == (800 if status in OWES_ITS_TOTAL else 0) + (extra or 0) + 120
    assert found.sessions == (charged if status in SPENT else 0)
    assert found.booked == (charged if status == "scheduled" else 0)


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

    assert (found.budget, found.left, found.percent) == (None, None, 0)


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
