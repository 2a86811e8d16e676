"""A change of the house's hours asks for the sessions on the machines as well."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from sessions_app.services import opening_hours
from tests.factories import NOW
from tests.staff import account, signed_in
from tests.training_factories import TrainingSessionFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Paris


def close(**given):
    return opening_hours.add_closure(starts_on=TEN.date(), ends_on=TEN.date(), actor=None, now=NOW, **given)


def test_day_with_a_training_session_cannot_be_closed(ada):
    session = TrainingSessionFactory(member=ada, scheduled_start=TEN)
    TrainingSessionFactory(session_type_id="outage", member=None, scheduled_start=TEN)
    TrainingSessionFactory(status="cancelled", scheduled_start=TEN)

    with pytest.raises(opening_hours.SessionsWouldBeOutside, match=r"1 session would.*Ada Morel \(") as refused:
        close()

    assert refused.value.sessions == (session,)
    session.delete()
    assert close().pk


def test_page_of_closures_leads_to_the_training_session(web, ada, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    session = TrainingSessionFactory(member=ada, scheduled_start=TEN)
    signed_in(web, account("manager"))

    answer = web.post(reverse("admin:office_closure_add"), {"starts_on": TEN.date(), "ends_on": TEN.date()})

    assert answer.status_code == 409
    assert reverse("admin:training_trainingsession_change", args=[session.pk]) in answer.content.decode()
