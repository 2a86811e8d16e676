"""What the planner makes of a search of twenty thousand clients with a session each."""

import pytest
from django.db import connection
from django.test import RequestFactory

from sessions_app.models import Client, StudioSession
from studio.admin_sites import studio_site
from studio.tenancy.context import as_owner
from tests.lasting import lasting

pytestmark = pytest.mark.django_db

ROWS = """
    INSERT INTO clients (name, artist_name, email) SELECT 'Client ' || n, 'Artist ' || n, 'c' || n || '@example.org'
    FROM generate_series(1, 20000) n;
    INSERT INTO sessions (client_id, title, starts_at, ends_at, blocked_from, blocked_to)
    SELECT id, 'Take ' || id, now(), now() + interval '1 hour', now(), now() + interval '1 hour' FROM clients
"""


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """Twenty thousand clients with a session each, which the planner knows of."""
    with lasting(django_db_blocker) as studio:
        fill(studio)
        yield


def fill(studio):
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


def test_search_uses_the_trigram_index(many, studio):
    studio_site.get_urls()

    assert "clients_search" in plan(Client, "artist 19999")
    assert "Seq Scan on clients" not in plan(Client, "artist 19999")


def test_search_through_a_relation_uses_both_indexes(many, studio):
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
