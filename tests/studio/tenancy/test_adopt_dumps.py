"""The command and whole former studios: every row is accounted for, and a second run creates nothing."""

from collections import Counter
from types import SimpleNamespace

import pytest

from studio.accounts.models import AuditEvent
from studio.office.models import AdoptionLink, AdoptionRow
from tests.lasting import lasting
from tests.studio.tenancy.test_adopt import GYM, SET_ASIDE, TENANT_1, TENANT_16, adopt, written

NAMES = {TENANT_1: "tenant_1", TENANT_16: "tenant_16", GYM: "gym"}
ROWS = {TENANT_1: 1622, TENANT_16: 1656, GYM: 2344}
EVERYWHERE = {
    "client_contacts": 15,
    "client_notes": 60,
    "rooms": 5,
    "projects": 25,
    "sessions": 398,
    "musicians": 20,
    "equipment": 30,
    "tracks": 90,
    "track_comments": 40,
    "track_credits": 100,
    "time_entries": 146,
    "contracts": 5,
    "expenses": 12,
    "invoices": 119,
    "payment_transactions": 20,
    "quote_items": 30,
    "quotes": 30,
    "service_catalog": 3,
}
CREATED = {
    TENANT_1: {"clients": 40, "invoice_items": 340, "payments": 73, **EVERYWHERE},
    TENANT_16: {"clients": 55, "invoice_items": 366, "payments": 74, **EVERYWHERE},
    GYM: {
        "trainers": 4,
        "members": 120,
        "member_comments": 40,
        "member_body_checkups": 30,
        "subscription_plans": 3,
        "member_subscriptions": 93,  # all have ended by now, so the two of one member do not meet
        "training_sessions": 1128,
        "subscription_payments": 92,
    },
}


@pytest.fixture(scope="module", params=NAMES, ids=NAMES.values())
def taken(request, django_db_setup, django_db_blocker):
    """A former studio that was taken over: its dump, the exit code and the report."""
    with lasting(django_db_blocker) as studio:
        code, report = adopt(request.param, studio)
        yield SimpleNamespace(source=request.param, code=code, report=report)


def of(*sources):
    return pytest.mark.parametrize("taken", sources, ids=map(NAMES.get, sources), indirect=True)


def test_every_row_of_every_table_is_created_existing_or_set_aside(taken, studio):
    source, report = taken.source, taken.report
    assert taken.code == (0 if source == GYM else SET_ASIDE)
    assert sum(table["read"] for table in report["tables"].values()) == ROWS[source]
    for table in report["tables"].values():
        assert table["read"] == table["created"] + table["existing"] + table["set_aside"]
        assert len(table["reasons"]) == table["set_aside"]
        assert all(set(reason) == {"row", "why"} and reason["why"] for reason in table["reasons"])
    assert {name: table["created"] for name, table in report["tables"].items() if table["created"]} == CREATED[source]
    linked = Counter(AdoptionLink.objects.values_list("table_name", flat=True))
    arrived = {name: table["created"] + table["existing"] for name, table in report["tables"].items()}
    assert linked == {name: count for name, count in arrived.items() if count}
    links = set(AdoptionLink.objects.values_list("table_name", "row_id"))
    kept = Counter(
        name for name, row in AdoptionRow.objects.values_list("table_name", "row_id") if (name, row) not in links
    )
    assert kept == {name: table["set_aside"] for name, table in report["tables"].items() if table["set_aside"]}
    if source == TENANT_16:
        _what_nobody_knows_is_kept(report)


def _what_nobody_knows_is_kept(report):
    """A table whole, a column with its row."""
    assert "legacy_badges" in report["unknown"]
    assert list(AdoptionRow.objects.filter(table_name="legacy_badges").order_by("row_id").values("content")) == [
        {"content": {"id": 1, "label": "first ten", "client_id": 3}},
        {"content": {"id": 2, "label": "lost owner", "client_id": 999}},
    ]
    kept = AdoptionRow.objects.get(table_name="clients", row_id="6")
    assert kept.content == {"loyalty_tier": "gold", "portal_access": False}
    assert kept.settled_at is None


@of(TENANT_1, GYM)
def test_a_second_run_creates_nothing(taken, studio):
    first, before = taken.report, written()

    code, second = adopt(taken.source, studio)

    assert code == (SET_ASIDE if taken.source == TENANT_1 else 0)
    assert written() == before
    for name, table in second["tables"].items():
        arrived = first["tables"][name]["created"] + first["tables"][name]["existing"]
        assert (table["created"], table["existing"]) == (0, arrived)
        assert table["reasons"] == first["tables"][name]["reasons"]


@of(TENANT_1)
def test_one_line_of_the_trail_tells_of_the_whole_run(taken, studio):
    adopt(taken.source, studio)

    event = AuditEvent.objects.get(verb="adopt")
    assert event.object_label == "tenant_1.sql.gz"
    assert event.changes["sessions"] == [0, 398]
