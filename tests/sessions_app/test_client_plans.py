"""The list, the search and the look for duplicates at a hundred thousand clients: each by its index."""

import pytest
from django.db import connection

from sessions_app.models import Client
from sessions_app.selectors import duplicates
from studio.tenancy.context import as_owner

pytestmark = pytest.mark.django_db
INDEXES = ("clients_search", "clients_searched", "clients_alike")
ROWS = """
    INSERT INTO clients (name, artist_name, email, phone, updated_at)
    SELECT 'Client ' || md5(n::text), 'DJ ' || substr(md5((n * 7)::text), 1, 8), 'c' || n || '@example.org',
           '06 ' || lpad(n::text, 8, '0'), now()
    FROM generate_series(1, %s) AS n
"""


@pytest.fixture(params=[20_000, pytest.param(100_000, marks=pytest.mark.long)], ids=str)
def many(request, studio):
    """Clients in number, of whom the planner knows."""
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE clients IN SHARE UPDATE EXCLUSIVE MODE")  # keeps the vacuum out
        for index in INDEXES:  # or new rows would wait beside it for a vacuum
            cursor.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        cursor.execute(ROWS, [request.param])
        cursor.execute("ANALYZE clients")


def plan(rows):
    return rows.explain()


def test_the_list_the_search_and_duplicates_go_by_their_indexes(many):
    listed = plan(Client.objects.present().order_by("name", "pk")[:51])
    assert "clients_by_name" in listed
    assert "Sort" not in listed

    for words in ("c19999@example", "06 00 01 99 99", "CLIENT \u00e0dc83b19", "19999@"):
        searched = plan(Client.objects.present().searched(words)[:51])
        assert "clients_searched" in searched, words
        assert "Seq Scan" not in searched, words

    sharing = plan(Client.objects.sharing(email="c7@example.org", phone="+33 6 00 00 00 08"))
    assert [name for name in ("clients_by_email_key", "clients_by_phone_key") if name in sharing] == [
        "clients_by_email_key",
        "clients_by_phone_key",
    ]

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {duplicates.SIMILAR}", [[Client.objects.order_by("-pk")[0].pk]])
        similar = "\n".join(line for (line,) in cursor.fetchall())
    assert "clients_alike" in similar
