"""Changing the facts of a session, its project first of all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sessions_app.models import StudioSession
from sessions_app.services import facts, prices, project_links, sessions
from studio.accounts.models import AuditEvent
from tests.factories import NOW, ClientFactory, ProjectFactory, SessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def project(client_):
    return ProjectFactory(client=client_, name="First")


@pytest.fixture
def session(client_):
    return SessionFactory(client=client_)


def linked(session):
    """Return the project and its label as they are stored."""
    kept = StudioSession.objects.select_related("project").get(pk=session.pk)
    return kept.project, kept.project_label


def test_change_session_adds_a_project(session, project, desk):
    sessions.change_session(session=session, project=project, actor=desk, now=NOW)

    assert linked(session) == (project, "First")


def test_change_session_removes_the_project(session, project, desk):
    sessions.change_session(session=session, project=project, actor=desk, now=NOW)

    sessions.change_session(session=session, project=None, actor=desk, now=NOW)

    assert linked(session) == (None, "")
    changes = AuditEvent.objects.filter(object_id=str(session.pk), verb="change").latest("pk").changes
    assert changes["project"] == [project.pk, None]


def test_change_session_without_project_sent_keeps_it(session, project, desk):
    sessions.change_session(session=session, project=project, actor=desk, now=NOW)

    sessions.change_session(session=session, title="Overdubs", actor=desk, now=NOW)

    assert linked(session) == (project, "First")
    session.refresh_from_db()
    assert session.title == "Overdubs"


def test_change_session_changes_the_project(session, project, client_, desk):
    second = ProjectFactory(client=client_, name="Second")
    sessions.change_session(session=session, project=project, actor=desk, now=NOW)

    sessions.change_session(session=session, project=second, actor=desk, now=NOW)

    assert linked(session) == (second, "Second")
    assert list(project.sessions.all()) == []
    assert list(second.sessions.all()) == [session]


def test_change_session_refuses_the_project_of_another_client(session, desk):
    theirs = ProjectFactory()

    with pytest.raises(project_links.ProjectOfAnotherClient):
        sessions.change_session(session=session, project=theirs, actor=desk, now=NOW)

    assert linked(session) == (None, "")


def test_change_session_refuses_another_client_while_the_project_stays(session, project, desk):
    sessions.change_session(session=session, project=project, actor=desk, now=NOW)

    with pytest.raises(project_links.ProjectOfAnotherClient):
        sessions.change_session(session=session, client=ClientFactory(), actor=desk, now=NOW)

    sessions.change_session(session=session, client=ClientFactory(), project=None, actor=desk, now=NOW)
    assert linked(session) == (None, "")


def test_change_session_to_nobody_s_keeps_the_project(session, project, desk):
    sessions.change_session(session=session, project=project, actor=desk, now=NOW)

    changed = sessions.change_session(session=session, client=None, actor=desk, now=NOW)

    assert (changed.client, linked(session)[0]) == (None, project)


def test_change_session_with_nothing_new_leaves_no_trace(session, desk):
    sessions.change_session(session=session, title=session.title, actor=desk, now=NOW)

    assert AuditEvent.objects.filter(object_id=str(session.pk), verb="change").count() == 0


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"title": ""}, "blank"),
        ({"title": "x" * 256}, "255"),
        ({"booking_type": "weekly"}, "not a valid choice"),
        ({"total": Decimal(-1)}, "may not be negative"),
    ],
    ids=["empty title", "long title", "unknown type", "negative total"],
)
def test_change_session_refuses_nonsense_in_a_sentence(session, desk, sent, sentence):
    with pytest.raises(facts.BadFacts, match=sentence):
        sessions.change_session(session=session, actor=desk, now=NOW, **sent)


@pytest.mark.parametrize("fact", ["total", "deposit_amount", "client", "project", "booking_type"])
def test_change_session_keeps_what_an_invoice_says(session, project, desk, fact):
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=NOW)
    new = {
        "total": Decimal(1),
        "deposit_amount": Decimal(1),
        "client": None,
        "project": project,
        "booking_type": "daily",
    }

    with pytest.raises(prices.AlreadyInvoiced):
        sessions.change_session(session=session, actor=desk, now=NOW, **{fact: new[fact]})

    assert sessions.change_session(session=session, notes="Loud", actor=desk, now=NOW).notes == "Loud"


def test_change_session_removes_the_project_of_an_invoiced_one(session, project, desk):
    sessions.change_session(session=session, project=project, actor=desk, now=NOW)
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=NOW)

    sessions.change_session(session=session, project=None, actor=desk, now=NOW)

    assert linked(session) == (None, "")


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show", "expired"])
def test_change_session_links_a_session_of_any_status(session, project, desk, status):
    StudioSession.objects.filter(pk=session.pk).update(status=status)

    sessions.change_session(session=session, project=project, actor=desk, now=NOW + timedelta(days=30))

    assert linked(session) == (project, "First")
