"""The names beside links to accounts: no model is forgotten, and a new name reaches what was done before."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions_app.models import CalendarFeed, ClientDistinction, ClientImport, ClientMerge, FeedDetail, FeedScope
from sessions_app.services import feeds, labels, merging
from studio.accounts.models import User
from studio.accounts.services import users
from tests.factories import NOW, ClientFactory, ImportFactory, MergeFactory, RoomFactory

pytestmark = pytest.mark.django_db
UPDATE = re.compile(r'^UPDATE "(\w+)" SET "(\w+)" = .* WHERE "\1"\."(\w+)" = ')


def labelled():
    """Return (table, column of the label, column of the link) of every label beside a link to an account."""
    found = set()
    for model in apps.get_app_config("sessions_app").get_models():
        columns = {field.name: field.column for field in model._meta.concrete_fields}
        for field in model._meta.concrete_fields:
            if field.related_model is User and (label := columns.get(f"{field.name}_label", columns.get("label"))):
                found.add((model._meta.db_table, label, field.column))
    return found


def test_every_label_beside_an_account_is_written_anew(desk):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        labels.relabel_account(user=desk, label="Dana Day")

    written = [found.groups() for each in queries.captured_queries if (found := UPDATE.match(each["sql"]))]
    assert (set(written), len(written)) == (labelled(), len(labelled()))
    assert ("client_merges", "undone_by_label", "undone_by_id") in labelled()


def test_a_new_name_stands_beside_what_was_done_before(desk):
    merge = MergeFactory(actor=desk)
    merging.undo_merge(merge=merge, actor=desk, now=NOW)
    merging.tell_apart(one=ClientFactory(), other=ClientFactory(), actor=desk, now=NOW)
    ImportFactory(actor=desk)
    feeds.make_feed(name="Hall", scope=FeedScope.ROOM, detail=FeedDetail.BUSY, room=RoomFactory(), actor=desk, now=NOW)

    users.rename_account(user=desk, name="Dana Day", actor=None, now=NOW)

    label = "Dana Day <desk@example.org>"
    assert list(ClientMerge.objects.values_list("done_by_label", "undone_by_label")) == [(label, label)]
    assert list(ClientDistinction.objects.values_list("said_by_label", flat=True)) == [label]
    assert list(ClientImport.objects.values_list("sent_by_label", flat=True)) == [label]
    assert list(CalendarFeed.objects.values_list("created_by_label", flat=True)) == [label]
