"""Former contacts and memberships arrive whole; what cannot be taken over is kept with its reason."""

from datetime import UTC, datetime

import pytest

from sessions_app.models import ClientContact, CompanyMember
from studio.office.models import AdoptionLink, AdoptionRow
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
TABLES = """
CREATE TABLE clients (id integer PRIMARY KEY, name text, type text);
CREATE TABLE client_contacts (id integer PRIMARY KEY, client_id integer, first_name text, last_name text, title text,
    email text, phone text, is_primary boolean, created_at timestamp);
CREATE TABLE company_members (id integer PRIMARY KEY, company_client_id integer, member_client_id integer, role text,
    is_primary boolean);
INSERT INTO clients VALUES (1, 'The Tides', 'company'), (2, 'Ann', 'individual'), (3, 'Bob', 'individual');
"""


@pytest.fixture
def take_over(studio, tmp_path):
    def from_sql(sql):
        path = tmp_path / "former.sql"
        path.write_text(TABLES + sql)
        with opened(str(path)) as source:
            return adopt(source=source, studio=studio, now=NOW)

    return from_sql


def became(table, row):
    return AdoptionLink.objects.get(table_name=table, row_id=str(row)).object_id


def counted(report, table):
    found = report.tables[table]
    return found.read, found.created, found.existing, found.set_aside


def test_contacts_arrive_and_of_two_asked_first_one_is(take_over):
    report = take_over("""INSERT INTO client_contacts VALUES
        (1, 1, ' Lina ', 'O''Brien', 'manager', 'LINA@X.org', '06', true, '2025-12-02 17:36'),
        (2, 1, 'Theo', '', NULL, 'none', NULL, true, NULL), (3, 1, '', ' ', NULL, NULL, NULL, false, NULL),
        (4, 99, 'Lost', 'Soul', NULL, NULL, NULL, false, NULL);""")

    rows = ClientContact.objects.order_by("pk")
    assert list(rows.values_list("first_name", "last_name", "title", "email", "phone", "is_primary")) == [
        ("Lina", "O'Brien", "manager", "lina@x.org", "06", True),
        ("Theo", "", "", "", "", False),
    ]
    assert rows[0].created_at == datetime(2025, 12, 2, 16, 36, tzinfo=UTC)
    assert AdoptionRow.objects.get(table_name="client_contacts", row_id="2").content == {
        "email": "none",
        "is_primary": True,
    }
    assert report.tables["client_contacts"].reasons == [
        (3, "It has no name."),
        (4, "client_id names no row of clients: 99."),
    ]
    assert counted(report, "client_contacts") == (4, 2, 0, 2)


def test_members_arrive_where_a_person_belongs_to_a_company(take_over):
    report = take_over("""INSERT INTO company_members VALUES
        (1, 1, 2, 'voice', true), (2, 1, 3, NULL, true), (3, 1, 2, 'again', false), (4, 2, 3, 'no company', false);""")

    assert list(CompanyMember.objects.order_by("pk").values_list("member__name", "role", "is_primary")) == [
        ("Ann", "voice", True),
        ("Bob", "", False),
    ]
    assert report.tables["company_members"].reasons == [
        (3, "This person belongs to it already."),
        (4, "A person belongs to a company; here it is otherwise."),
    ]
