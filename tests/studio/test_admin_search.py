"""The search of a long list, and the index that serves it."""

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from sessions_app.models import Client, StudioSession
from studio.admin_sites import studio_site
from studio.tenancy.context import as_owner
from tests.factories import EquipmentFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

ROWS = """
    INSERT INTO clients (name, artist_name, email) SELECT 'Client ' || n, 'Artist ' || n, 'c' || n || '@example.org'
    FROM generate_series(1, 20000) n;
    INSERT INTO sessions (client_id, title, starts_at, ends_at, blocked_from, blocked_to)
    SELECT id, 'Take ' || id, now(), now() + interval '1 hour', now(), now() + interval '1 hour' FROM clients
"""


@pytest.fixture
def many(studio):
    """Twenty thousand clients with a session each, which the planner knows of."""
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE clients, sessions IN SHARE UPDATE EXCLUSIVE MODE")  # keeps the vacuum out
        for index in ("clients_search", "sessions_search"):  # or new rows would wait beside it for a vacuum
            cursor.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        cursor.execute(ROWS)
        cursor.execute("ANALYZE clients, sessions")
        # What is asked is whether the index can serve the search; at this size the planner's taste may differ.
        cursor.execute("SET LOCAL enable_seqscan = off")


def plan(model, term):
    model_admin = studio_site._registry[model]
    rows, _many = model_admin.get_search_results(RequestFactory().get("/"), model._default_manager.order_by(), term)
    return rows[:51].explain()


@pytest.fixture
def boxes(web):
    browser = signed_in(web, account("owner"))

    def offered(term, **asked):
        asked = {"app_label": "sessions_app", "term": term, **asked}
        return [each["text"] for each in browser.get("/admin/autocomplete/", asked).json()["results"]]

    return offered


def test_a_box_offers_the_likeliest_first_in_natural_order(boxes):
    for name in ("Old micro 5", "Micro 15", "Micro 5", "micro 50", "Micro", "Micro 5b", "Micro"):
        EquipmentFactory(name=name)
    gear = {"model_name": "sessionassignment", "field_name": "equipment"}

    assert boxes("micro 5", **gear) == ["Micro 5", "Micro 5b", "micro 50", "Micro 15", "Old micro 5"]
    assert boxes("", **gear)[:4] == ["Micro", "Micro", "Micro 5", "Micro 5b"]
    assert boxes("MICRO", **gear)[:3] == ["Micro", "Micro", "Micro 5"]


def test_a_box_fetches_a_page_of_a_hundred_thousand_rows(studio, boxes):
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("INSERT INTO clients (name) SELECT 'Client ' || n FROM generate_series(1, 100000) n")
        cursor.execute("ANALYZE clients")
    client = {"model_name": "studiosession", "field_name": "client"}
    boxes("99", **client)

    with CaptureQueriesContext(connection) as asked:
        assert boxes("client", **client)[:3] == ["Client 1", "Client 2", "Client 3"]
        assert boxes("Client 5", **client)[:3] == ["Client 5", "Client 50", "Client 51"]
    of_clients = [query["sql"] for query in asked if 'FROM "clients"' in query["sql"]]
    assert of_clients
    assert [sql for sql in of_clients if " LIMIT " not in sql] == []


def test_search_uses_the_trigram_index(many):
    studio_site.get_urls()

    assert "clients_search" in plan(Client, "artist 19999")
    assert "Seq Scan on clients" not in plan(Client, "artist 19999")


def test_search_through_a_relation_uses_both_indexes(many):
    studio_site.get_urls()

    found = plan(StudioSession, "19999")

    assert [name for name in ("clients_search", "sessions_search", "sessions_of_client") if name in found] == [
        "clients_search",
        "sessions_search",
        "sessions_of_client",
    ]
    assert "Seq Scan" not in found


def test_without_the_index_search_reads_the_table(many, studio):
    studio_site.get_urls()
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP INDEX clients_search, clients_searched")

    assert "Seq Scan on clients" in plan(Client, "artist 19999")
