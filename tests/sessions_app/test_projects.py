"""Projects and the sessions that outlive them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import Project, StudioSession
from sessions_app.selectors import projects as project_pages
from sessions_app.selectors import timetable
from sessions_app.services import attendance, bookings, facts, projects, sessions
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory, ProjectFactory, SessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def project():
    return ProjectFactory(name="Night Train")


def session_of(project, days=0, **facts_given):
    """Book a session of a project, some days after the first."""
    return SessionFactory(client=project.client, project=project, starts_at=TEN + days * DAY, **facts_given)


def test_delete_project_leaves_its_sessions_with_the_name(project, desk):
    for days in range(3):
        session_of(project, days)
    before = list(StudioSession.objects.order_by("pk").values())

    left = projects.delete_project(project=project, actor=desk, now=NOW)

    assert left == 3
    assert list(StudioSession.objects.order_by("pk").values()) == [{**row, "project_id": None} for row in before]
    assert {row["project_label"] for row in before} == {"Night Train"}
    assert Project.objects.count() == 0


def test_delete_project_stands_in_the_trail_of_each_session(project, desk, django_assert_max_num_queries):
    left = [session_of(project, days) for days in range(3)]
    other = SessionFactory()

    with django_assert_max_num_queries(12):
        projects.delete_project(project=project, actor=desk, now=NOW)

    told = AuditEvent.objects.filter(object_type="sessions_app.studiosession", verb="change").order_by("pk")
    assert [(event.object_id, event.changes, event.reason, event.account, event.at) for event in told] == [
        (str(session.pk), {"project": [project.pk, None]}, "The project was deleted.", desk, NOW) for session in left
    ]
    assert str(other.pk) not in {event.object_id for event in told}


def test_delete_project_is_not_stopped_by_sessions_of_any_state(project, desk):
    done, paid, gone = session_of(project), session_of(project, 1), session_of(project, 2)
    attendance.complete_session(session=done, actual_start=TEN, actual_end=TEN + HOUR, actor=desk, now=TEN + DAY)
    StudioSession.objects.filter(pk=paid.pk).update(payment_status="paid", deposit_paid=True, invoiced_at=NOW)
    bookings.cancel_session(session=gone, reason="", actor=desk, now=NOW)

    projects.delete_project(project=project, actor=desk, now=NOW)

    assert StudioSession.objects.count() == 3
    assert AuditEvent.objects.get(verb="delete").object_label == "Night Train"


def test_delete_by_the_orm_alone_is_right_too(project):
    session = session_of(project)

    project.delete()

    session.refresh_from_db()
    assert (session.project_id, session.project_label, session.client_id) == (None, "Night Train", session.client_id)


def test_sessions_of_project_returns_exactly_the_linked_ones_in_order(project):
    late, early = session_of(project, 2), session_of(project)
    session_of(ProjectFactory())
    SessionFactory()

    assert list(project_pages.sessions_of_project(project)) == [early, late]


@pytest.mark.parametrize("item_count", [1, 3])
def test_sessions_of_project_is_one_query(project, item_count, django_assert_num_queries):
    for days in range(item_count):
        session_of(project, days)

    with django_assert_num_queries(1):
        seen = [(s.project.name, str(s.client), str(s.room)) for s in project_pages.sessions_of_project(project)]

    assert len(seen) == item_count


def test_relation_reads_both_ways_without_a_query_per_row(project, django_assert_num_queries):
    for days in range(3):
        session_of(project, days)

    with django_assert_num_queries(2):
        found = Project.objects.prefetch_related("sessions").get(pk=project.pk)
        assert [session.project.name for session in found.sessions.all()] == ["Night Train"] * 3


def test_archived_project_still_lists_its_sessions(project, desk):
    session = session_of(project)

    projects.archive_project(project=project, actor=desk, now=NOW)

    project.refresh_from_db()
    overview = project_pages.project_overview(project, now=NOW)
    assert (project.status, overview.sessions, overview.planned) == ("archived", (session,), 2 * HOUR)
    assert list(Project.objects.current()) == []


def test_overview_counts_real_times_of_completed_sessions(project, desk):
    done = session_of(project)
    attendance.complete_session(session=done, actual_start=TEN, actual_end=TEN + 3 * HOUR, actor=desk, now=TEN + DAY)
    bookings.cancel_session(session=session_of(project, 1), reason="", actor=desk, now=NOW)
    session_of(project, 3)

    overview = project_pages.project_overview(project, now=TEN + DAY)

    assert (len(overview.sessions), overview.worked, overview.planned) == (3, 3 * HOUR, 2 * HOUR)


def test_rename_reaches_the_labels(project, desk):
    session = session_of(project)

    projects.change_project(project=project, name="Day Train", actor=desk, now=NOW)

    session.refresh_from_db()
    assert session.project_label == "Day Train"


def test_change_project_refuses_nonsense_in_a_sentence(project, desk):
    with pytest.raises(facts.BadFacts, match="A budget may not be negative"):
        projects.change_project(project=project, budget=Decimal(-1), actor=desk, now=NOW)


def test_create_project_refuses_a_missing_name(desk):
    with pytest.raises(facts.BadFacts, match="blank"):
        projects.create_project(client=ClientFactory(), actor=desk, now=NOW)


def test_linked_and_standalone_sessions_live_side_by_side(project, desk):
    linked = session_of(project)
    alone = SessionFactory(starts_at=TEN + HOUR)

    assert list(StudioSession.objects.without_project()) == [alone]
    day = timetable.day_timetable(day=TEN.date(), zone=UTC)
    assert day.sessions == (linked, alone)
    sessions.change_session(session=alone, client=project.client, project=project, actor=desk, now=NOW)
    assert list(StudioSession.objects.without_project()) == []
