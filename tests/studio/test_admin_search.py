"""The search of a long list, and the index that serves it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from studio.tenancy.context import as_owner
from tests.factories import EquipmentFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db


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
