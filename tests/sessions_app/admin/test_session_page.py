"""The page of a session: its facts, what can be done with it, and what was done."""

import html
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from sessions_app.models import SessionStatus, StudioSession
from studio.accounts.models import AuditEvent
from tests.factories import ClientFactory, HoldFactory, ProjectFactory, SessionFactory
from tests.staff import account, signed_in

LIST = "/admin/sessions_app/studiosession/"
FAR = datetime(2090, 6, 6, 10, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")

pytestmark = pytest.mark.django_db


def page(session, name="change"):
    return f"{LIST}{session.pk}/{name}/"


def facts(session, **changed):
    given = {
        "title": session.title,
        "client": session.client_id or "",
        "project": session.project_id or "",
        "booking_type": session.booking_type,
        "location": session.location,
        "description": session.description,
        "notes": session.notes,
        "total": session.total if session.total is not None else "",
        "deposit_amount": "",
    }
    return given | changed


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response):
    return html.unescape(response.content.decode())


@pytest.fixture
def project():
    return ProjectFactory(name="First album")


@pytest.fixture
def session(project):
    return SessionFactory(title="Drums", client=project.client, project=project)


# Facts ------------------------------------------------------------------------------------------------


def test_a_project_is_added(office, project):
    alone = SessionFactory(client=project.client)

    response = office.post(page(alone), facts(alone, project=project.pk))

    alone.refresh_from_db()
    assert (response.status_code, alone.project, alone.project_label) == (302, project, "First album")


def test_a_project_is_changed(office, session):
    other = ProjectFactory(client=session.client, name="Second album")

    office.post(page(session), facts(session, project=other.pk))

    session.refresh_from_db()
    assert session.project == other


def test_a_project_is_removed(office, session):
    office.post(page(session), facts(session, project=""))

    session.refresh_from_db()
    assert (session.project, session.client_id is None) == (None, False)


def test_a_deleted_project_is_still_named(office, session, project):
    named = '<span class="trail-old">First album (deleted)</span>'
    before = text(office.get(page(session)))
    office.post(f"/admin/sessions_app/project/{project.pk}/remove/")

    after, history = text(office.get(page(session))), text(office.get(page(session, "history")))

    assert (before.count("First album (deleted)"), after.count("First album (deleted)")) == (0, 3)
    assert [(shown.count(named), shown.count("The project was deleted.")) for shown in (after, history)] == [(1, 1)] * 2


def test_only_what_was_changed_is_written_down(office, session, owner):
    office.post(page(session), facts(session, title="Loud drums"))

    event = AuditEvent.objects.get(verb="change")
    assert (event.changes, event.account) == ({"title": ["Drums", "Loud drums"]}, owner)


def test_a_refusal_comes_back_as_a_sentence_and_changes_nothing(office, session):
    stranger = ClientFactory()

    response = office.post(page(session), facts(session, title="Loud drums", client=stranger.pk))

    assert response.status_code == 400
    assert "This project belongs to another client." in text(response)
    session.refresh_from_db()
    assert (session.title, session.client_id == stranger.pk) == ("Drums", False)
    assert AuditEvent.objects.filter(verb="change").count() == 0


def seen_at(response):
    return re.search(r'name="seen_at" value="([^"]+)"', response.content.decode())[1]


def test_what_somebody_else_changed_meanwhile_is_not_undone(office, session):
    seen = seen_at(office.get(page(session)))
    first = office.post(page(session), facts(session, title="Loud drums", seen_at=seen))

    late = office.post(page(session), facts(session, notes="Bring brushes.", seen_at=seen))

    assert (first.status_code, late.status_code) == (302, 409)
    assert (
        "Somebody changed this session meanwhile: Title: Loud drums; Notes: -. "
        "What you typed is below; saving it now replaces this." in text(late)
    )
    assert late.context["adminform"].form["notes"].value() == "Bring brushes."
    session.refresh_from_db()
    assert (session.title, session.notes) == ("Loud drums", "")

    again = office.post(page(session), facts(session, title="Loud drums", notes="Brushes.", seen_at=seen_at(late)))
    session.refresh_from_db()
    assert (again.status_code, session.title, session.notes) == (302, "Loud drums", "Brushes.")


def test_another_mistake_makes_an_old_form_no_newer(office, session):
    seen = seen_at(office.get(page(session)))
    office.post(page(session), facts(session, title="Loud drums", seen_at=seen))

    wrong = office.post(page(session), facts(session, total="x", seen_at=seen))

    assert seen_at(wrong) == seen
    assert office.post(page(session), facts(session, total="90.00", seen_at=seen)).status_code == 409


def test_amounts_of_an_invoiced_session_stay(office, session):
    StudioSession.objects.filter(pk=session.pk).update(invoiced_at=timezone.now())

    response = office.post(page(session), facts(session, total="120.00"))

    assert response.status_code == 409
    assert "This session is invoiced: what it costs stays as it is until a credit note is written." in text(response)


def test_time_and_state_are_not_taken_from_the_form(office, session):
    before = StudioSession.objects.values().get(pk=session.pk)

    forged = {"status": "completed", "starts_at_0": "2031-01-01", "starts_at_1": "10:00", "deposit_paid": "on"}
    office.post(page(session), facts(session, **forged, overlap_kept="on", payment_status="paid", room=""))

    after = StudioSession.objects.values().get(pk=session.pk)
    assert after == before


def test_the_page_names_the_zone_and_what_was_done(office, session):
    shown = text(office.get(page(session)))

    assert "When (Europe/Paris)" in shown
    assert "Tue 2 Jun 2026, 12:00-14:00" in shown
    assert "booked" in shown


def test_a_session_is_never_deleted(office, session):
    assert office.get(page(session, "delete")).status_code == 403
    assert office.post(page(session, "delete"), {"post": "yes"}).status_code == 403
    assert StudioSession.objects.filter(pk=session.pk).exists()


# Acts -------------------------------------------------------------------------------------------------


@pytest.fixture
def soon():
    """A session that begins in an hour's time."""
    now = timezone.now().replace(microsecond=0)
    return SessionFactory(room=None, starts_at=now + timedelta(hours=1), now=now)


def begun(session):
    """Shift a session so that it began three hours ago and ended an hour ago."""
    shift = timedelta(hours=4)
    times = ("starts_at", "ends_at", "blocked_from", "blocked_to")
    StudioSession.objects.filter(pk=session.pk).update(**{name: getattr(session, name) - shift for name in times})
    session.refresh_from_db()
    return session


def offered(response):
    return [str(each.label) for each in response.context["offered_actions"]]


def test_the_buttons_follow_the_state(office, session, soon):
    far = SessionFactory(starts_at=FAR)
    hold = HoldFactory(starts_at=FAR)

    assert offered(office.get(page(far))) == ["Move", "Add people or equipment", "Add an extra", "Cancel the session"]
    assert offered(office.get(page(soon))) == [
        "Move",
        "Add people or equipment",
        "Check in",
        "Start",
        "Add an extra",
        "Cancel the session",
    ]
    assert offered(office.get(page(begun(soon)))) == [
        "Move",
        "Add people or equipment",
        "Check in",
        "Start",
        "Complete",
        "Nobody came",
        "Add an extra",
        "Cancel the session",
    ]
    assert offered(office.get(page(hold))) == [
        *("Move", "Add people or equipment", "Confirm", "Extend", "Release", "Cancel the session"),
    ]


def test_what_is_in_progress_is_completed_or_cancelled(office, soon):
    office.post(page(soon, "start"))

    assert offered(office.get(page(soon))) == [
        "Add people or equipment",
        "Check in",
        "Let it last longer",
        "Complete",
        "Add an extra",
        "Take back",
        "Cancel the session",
    ]
    assert told(office.post(page(soon, "cancel"), {"reason": "Fire"}))[-1:] == [
        "The session is cancelled and its slot is free."
    ]


def test_a_session_weeks_ahead_is_not_started(office):
    far = SessionFactory(starts_at=FAR)

    response = office.post(page(far, "start"))

    assert response.status_code == 409
    assert "A session can be started 60 minutes before its planned start at the earliest." in text(response)


def test_a_role_that_only_looks_has_no_buttons(web, session, studio):
    browser = signed_in(web, account("read_only"))

    assert offered(browser.get(page(session))) == []
    assert browser.post(page(session, "cancel"), {"reason": "x"}).status_code == 403
    session.refresh_from_db()
    assert session.status == SessionStatus.SCHEDULED


def test_cancels_with_a_reason(office, session, owner):
    asked = office.post(page(session, "cancel"), {"reason": ""})
    done = office.post(page(session, "cancel"), {"reason": "Ill"})

    assert (asked.status_code, done.status_code) == (400, 302)
    assert told(done) == ["The session is cancelled and its slot is free."]
    session.refresh_from_db()
    assert (session.status, session.cancellation_reason, session.cancelled_by) == ("cancelled", "Ill", owner)


def test_starts_and_completes_with_the_real_times(office, soon):
    session = begun(soon)
    office.post(page(session, "start"))
    local, ended = session.starts_at.astimezone(PARIS), session.ends_at.astimezone(PARIS)
    times = {"day": local.date(), "start": f"{local:%H:%M}", "last_day": ended.date(), "end": f"{ended:%H:%M}"}

    response = office.post(page(session, "complete"), times)

    assert told(response) == ["The session has started.", "The session is completed."]
    session.refresh_from_db()
    assert session.status == "completed"
    assert session.actual_end == session.ends_at.replace(second=0)


def test_nobody_can_have_missed_what_has_not_begun(office):
    response = office.post(page(SessionFactory(starts_at=FAR), "no-show"))

    assert response.status_code == 409
    assert "A session is a no-show 30 minutes after its start at the earliest." in text(response)


def test_confirms_a_hold(office):
    hold = HoldFactory(starts_at=FAR, expires_at=FAR)

    response = office.post(page(hold, "confirm"))

    hold.refresh_from_db()
    assert (told(response), hold.status) == (["The session is booked."], "scheduled")


def test_an_act_twice_says_why_not(office, session):
    office.post(page(session, "cancel"), {"reason": "Ill"})

    response = office.post(page(session, "start"))

    assert response.status_code == 409
    assert "This session is cancelled, so it cannot become: in progress." in text(response)


# Several at once --------------------------------------------------------------------------------------


def test_cancelling_several_asks_first(office, session):
    other = SessionFactory(title="Choir")
    chosen = {"action": "cancel_selected", "_selected_action": [session.pk, other.pk], "select_across": "0"}

    asked = office.post(LIST, chosen)

    assert asked.status_code == 200
    assert "This will be done to 2 rows:" in text(asked)
    assert StudioSession.objects.filter(status="cancelled").count() == 0

    done = office.post(LIST, {**chosen, "confirmed": "yes", "reason": "Flood"})

    assert told(done) == ["2 sessions are cancelled."]
    assert list(StudioSession.objects.values_list("status", "cancellation_reason")) == [("cancelled", "Flood")] * 2


def test_what_cannot_be_done_is_left_alone_and_named(office, session):
    done = SessionFactory(title="Choir")
    StudioSession.objects.filter(pk=done.pk).update(status="completed")
    chosen = {"action": "cancel_selected", "_selected_action": [session.pk, done.pk], "confirmed": "yes"}

    response = office.post(LIST, {**chosen, "reason": "Flood"})

    assert told(response) == [
        "Choir: This session is completed, so it cannot become: cancelled.",
        "1 session is cancelled.",
    ]
