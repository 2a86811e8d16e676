"""A session opened out of the grid, and what is done to it there."""

import html
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.staff import account, signed_in
from tests.training_factories import TrainingSessionFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def act(session, name):
    return f"/admin/training/trainingsession/{session.pk}/{name}/"


def opened(browser, session):
    page = html.unescape(browser.get(f"/admin/training/session/{session.pk}/").content.decode())
    return page, re.findall(r'class="object-action[^"]*" href="[^"]*/([a-z-]+)/"', page)


def test_opened_session_offers_what_can_be_done_to_whom_it_is_allowed(web, over, machine, ada):
    coming = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=timezone.now() + timedelta(days=3))
    desk_ = signed_in(web, account("front_desk"))

    assert opened(desk_, coming)[1] == ["move", "assign", "cancel"]
    assert opened(desk_, over)[1] == ["move", "assign", "start", "complete", "cancel"]
    reader = signed_in(web, account("read_only"))
    page, acts = opened(reader, coming)
    assert (acts, "Ada Morel" in page) == ([], True)
    part = reader.get(f"/admin/training/session/{coming.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in part, "Ada Morel" in part) == (False, True)
    assert reader.get("/admin/training/session/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_change_cancel_and_start_through_their_pages(web, only_two, ada):
    left, right = only_two
    start = (timezone.now() + timedelta(days=3)).astimezone(PARIS).replace(hour=10, minute=0, second=0, microsecond=0)
    session = TrainingSessionFactory(machine=left, member=ada, session_type_id="trial", scheduled_start=start)
    TrainingSessionFactory(machine=right, scheduled_start=start)
    browser = signed_in(web, account("front_desk"))
    form = {"day": f"{start:%Y-%m-%d}", "start": "10:00", "end": "10:30", "machine": right.pk, "notes": "Shoes"}

    refused = browser.post(act(session, "move"), form)
    page = html.unescape(refused.content.decode())
    assert (refused.status_code, "Right is taken at that time" in page, "Shoes" in page) == (409, True, True)
    offered = re.findall(r'name="alternative" value="([^"]+)"', page)
    filled = browser.post(act(session, "move"), form | {"alternative": offered[-1]})
    assert (filled.status_code, "Nothing is changed yet." in filled.content.decode()) == (200, True)
    assert browser.post(act(session, "move"), form | {"start": "11:00", "end": "11:30"}).status_code == 302
    session.refresh_from_db()
    assert (session.machine, session.notes) == (right, "Shoes")

    assert browser.post(act(session, "start")).status_code == 409  # days too early
    assert browser.post(act(session, "cancel"), {"reason": ""}).status_code == 400
    assert browser.post(act(session, "cancel"), {"reason": "ill"}).status_code == 302
    session.refresh_from_db()
    assert (session.status, session.cancellation_reason) == ("cancelled", "ill")


def test_alternative_that_is_none_changes_nothing(web, over):
    browser = signed_in(web, account("front_desk"))

    for nonsense in ("x", "||", "a|b|c", "a|0001-01-01T00:00:00Z|9999-12-31T00:00:00Z", f"{over.pk}|2026-06-02|"):
        assert browser.post(act(over, "move"), {"alternative": nonsense}).status_code == 400
