"""What members' lists and books cost: questions by their indexes, and as many statements for one as for many."""

import pytest
from django.db import connection

from studio.tenancy.context import as_owner
from tests.factories import NOW
from tests.membership_factories import SubscriptionFactory
from training.models import Member
from training.selectors.credits import breakdowns, broken_lots
from training.selectors.member_list import with_columns

pytestmark = pytest.mark.django_db
ROWS = """
    WITH made AS (
        INSERT INTO clients (name, updated_at)
        SELECT 'Client ' || n, now() FROM generate_series(1, %s) AS n
        RETURNING id
    )
    INSERT INTO members (client_id, first_name, last_name, email, phone, updated_at)
    SELECT id, substr(md5(id::text), 1, 8), 'Body ' || id, 'm' || id || '@example.org', '06 ' || lpad(id::text, 8, '0'),
           now()
    FROM made
"""


@pytest.fixture
def many(studio):
    """Members in number, of whom the planner knows."""
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE members IN SHARE UPDATE EXCLUSIVE MODE")  # keeps the vacuum out
        cursor.execute("ALTER INDEX members_searched SET (fastupdate = off)")
        cursor.execute(ROWS, [5000])
        cursor.execute("ANALYZE members; ANALYZE training_sessions; ANALYZE subscriptions")


def test_the_list_and_the_search_go_by_their_indexes(many):
    listed = Member.objects.order_by("last_name", "first_name", "pk")[:51].explain()
    assert ("members_by_name" in listed, "Sort" in listed) == (True, False)

    last = Member.objects.order_by("-client")[0]
    for words in (last.email[:12], last.phone, last.first_name.upper(), f"{last.client_id}@exam"):
        searched = with_columns(Member.objects.searched(words), ["next_session", "plan"], NOW)[:51].explain()
        assert ("members_searched" in searched, "Seq Scan on members" in searched) == (True, False), words


def test_where_credits_are_takes_two_statements_however_many_lots(django_assert_num_queries):
    lots = [SubscriptionFactory() for _number in range(3)]

    for some in (lots[:1], lots):
        with django_assert_num_queries(2):
            assert [each.remaining for each in breakdowns(some)] == [10] * len(some)
    with django_assert_num_queries(3):
        assert broken_lots() == []
