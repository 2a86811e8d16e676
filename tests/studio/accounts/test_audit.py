from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction

from studio.accounts.acting import acting, acting_for
from studio.accounts.models import AccountSession, AuditEvent
from studio.accounts.services import audit
from tests.studio.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_record_writes_who_did_what_to_which_thing(owner, stranger, now):
    event = audit.record(
        verb="move", subject=stranger, actor=owner, now=now, changes={"name": ("Ann", None)}, reason="asked by phone"
    )

    event.refresh_from_db()
    assert (event.account, event.actor_label) == (owner, "Owner <owner@studio.example>")
    assert (event.verb, event.reason, event.at) == ("move", "asked by phone", now)
    assert (event.object_type, event.object_id) == ("accounts.user", stranger.pk)
    assert event.object_label == "Stranger <stranger@studio.example>"
    assert event.changes == {"name": ["Ann", None]}


def test_record_of_the_product_itself_has_no_actor(owner, now):
    event = audit.record(verb="expire", subject=owner, actor=None, now=now)

    assert (event.account, event.actor_label, event.account_session, event.request_id) == (None, "", None, "")


def test_values_of_every_kind_are_kept_as_plain_json(owner, now):
    values = {
        "price": (Decimal("10.00"), Decimal("12.50")),
        "day": (date(2026, 3, 28), None),
        "at": (datetime(2026, 3, 28, 9, tzinfo=UTC), None),
        "id": (UUID(int=7), 7),
        "who": (owner, None),
        "set": ({"b", "a"}, ["x", Decimal(1)]),
        "on": (True, False),
    }

    event = audit.record(verb="change", subject=owner, actor=None, now=now, changes=values)

    event.refresh_from_db()
    assert event.changes == {
        "price": ["10.00", "12.50"],
        "day": ["2026-03-28", None],
        "at": ["2026-03-28T09:00:00Z", None],
        "id": ["00000000-0000-0000-0000-000000000007", 7],
        "who": [owner.pk, None],
        "set": [["a", "b"], ["x", "1"]],
        "on": [True, False],
    }


def test_sign_in_and_request_come_from_the_middleware(web, owner):
    web.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    web.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    other = web.__class__(headers={"host": web.defaults["HTTP_HOST"]})
    other.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    first, second = AccountSession.objects.order_by("pk")

    answer = web.post(f"/accounts/devices/{second.pk}/sign-out/", headers={"x-request-id": "chosen-by-me"})

    event = AuditEvent.objects.get(verb="revoke", object_type="accounts.accountsession")
    assert (event.account_session, event.account) == (first, owner)
    assert event.request_id == answer.headers["X-Request-Id"] != "chosen-by-me"


def test_one_request_does_not_lend_its_sign_in_to_the_next():
    with acting_for("one", 1):
        with acting_for("two"):
            assert (acting().request_id, acting().account_session_id) == ("two", None)
        assert (acting().request_id, acting().account_session_id) == ("one", 1)

    assert (acting().request_id, acting().account_session_id) == ("", None)


def test_a_failed_act_leaves_no_record(owner, now):
    before = AuditEvent.objects.count()

    with transaction.atomic():
        audit.record(verb="change", subject=owner, actor=owner, now=now)
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == before
