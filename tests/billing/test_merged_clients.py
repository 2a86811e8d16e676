"""Documents and money of clients that are put together, and taken apart again."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Invoice
from sessions_app.services import merging
from tests.billing.test_payments import owed
from tests.billing_factories import issued, paid
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db


def locked_tables(act):
    """Return what an act does, and the tables of which it locked rows, in the order of their first lock."""
    with CaptureQueriesContext(connection) as captured:
        done = act()
    locks = [query["sql"] for query in captured if re.search(r"FOR (NO KEY )?UPDATE", query["sql"])]
    return done, list(dict.fromkeys(re.search(r'FROM "(\w+)"', sql)[1] for sql in locks if "FROM" in sql))


def test_money_follows_its_client_there_and_back_and_is_locked_after_it():
    invoice, survivor = issued(), ClientFactory()
    merged = invoice.client
    paid(invoice, "50")
    given = {"survivor": survivor, "merged": merged, "actor": None, "now": NOW}
    merge, tables = locked_tables(lambda: merging.merge_clients(**given))
    last = ["clients", "invoices", "payments", "ledger_transactions"]
    assert [table for table in tables if table in last] == last
    assert (owed(survivor), owed(merged)) == (70, 0)
    assert Invoice.objects.get(pk=invoice.pk).client == survivor
    _undone, tables = locked_tables(lambda: merging.undo_merge(merge=merge, actor=None, now=NOW))
    assert [table for table in tables if table in last] == last
    assert (owed(survivor), owed(merged)) == (0, 70)
    assert Invoice.objects.get(pk=invoice.pk).client == merged
