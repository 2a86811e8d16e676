"""The proof of the books: it finds nothing where nothing is wrong, and names whatever somebody did to them."""

import json

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from billing.selectors import books
from billing.selectors.books_guards import GUARDS, GUARDS_OF_DAYS
from billing.services import book_checks
from studio.accounts.models import AuditEvent, Notification, NotificationKind
from studio.tenancy.context import as_owner
from tests.billing import tampered_books, tampered_desk
from tests.billing.kept_books import kept_books
from tests.factories import NOW
from tests.staff import account

pytestmark = pytest.mark.django_db

TAMPERINGS = tampered_books.TAMPERINGS | tampered_desk.TAMPERINGS
STANDING = """
    SELECT tgrelid::regclass::text, tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgrelid = ANY (%s::regclass[]) ORDER BY 1, 2
"""


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


CHECKS_GONE = """
DO $do$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT conname, conrelid::regclass AS kept FROM pg_constraint
        WHERE contype = 'c' AND conrelid = ANY ('{TABLES}'::regclass[])
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.kept, each.conname);
    END LOOP;
END
$do$
"""


def found_after(statement, rule="", says=None):
    """Return (rule, sentence) of what is found once somebody took all guards away and ran a statement; all is undone.

    That the triggers are off is found as well.
    rule, says: the search ends with the finding that has them
    """
    found = []
    with as_owner(connection.schema_name), transaction.atomic():
        run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        run(CHECKS_GONE.replace("TABLES", ",".join(GUARDS)))
        for table in GUARDS:
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        run(statement)
        for finding in books.findings():
            found.append((finding.rule, finding.says))
            if finding.rule == rule and says in finding.says:
                break
        transaction.set_rollback(True)
    return found


def test_every_tampering_is_found_and_named():
    kept_books()
    assert list(books.findings()) == []
    missed = {}
    for what, (statement, (rule, says)) in TAMPERINGS.items():
        found = found_after(statement, rule, says)
        if not any(each == rule and says in sentence for each, sentence in found[-1:]):
            missed[what] = [each for each in found if each[0] != "L2"]
    assert missed == {}
    assert list(books.findings()) == []
    assert {rule for _statement, (rule, _says) in TAMPERINGS.values()} == {
        *("N1", "N2", "N3", "T1", "T2", "L1", "L2", "P1", "P2", "P3", "P4", "P5", "B1", "C1", "H1", "M1", "R1")
    }


def test_every_guard_of_the_tables_is_asked_for():
    tables = [model._meta.db_table for model in apps.get_app_config("billing").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [tables])
        standing = cursor.fetchall()
    assert standing == sorted((table, guard) for table, guards in GUARDS.items() for guard in guards)


def test_days_of_sessions_that_are_added_up_no_more_are_found():
    assert [found.says for found in books.findings()] == []
    with as_owner(connection.schema_name), transaction.atomic():
        for table, guards in GUARDS_OF_DAYS.items():
            for guard in guards:
                run(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
        found = [(finding.rule, finding.says) for finding in books.findings()]
        transaction.set_rollback(True)
    assert found == [
        ("L2", f"Rows of {table} can be rewritten: {guard} does not stand guard.")
        for table, guards in GUARDS_OF_DAYS.items()
        for guard in guards
    ]
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [list(GUARDS_OF_DAYS)])
        standing = [(table, guard) for table, guard in cursor.fetchall() if "days" in guard]
    assert standing == [(table, guard) for table, guards in GUARDS_OF_DAYS.items() for guard in guards]


def test_days_that_are_wrong_are_named_and_added_up_anew(capsys, studio):
    kept_books()
    with as_owner(connection.schema_name):
        for days, wrong in (("ledger_days", "credit = credit + 7"), ("session_days", "sessions = sessions + 2")):
            run(f"ALTER TABLE {days} DISABLE TRIGGER USER; UPDATE {days} SET {wrong}; SET CONSTRAINTS ALL IMMEDIATE")
            run(f"ALTER TABLE {days} ENABLE TRIGGER USER")
    found = [finding.says for finding in books.findings()]
    assert {each for each in found if "reports have" not in each} == set()
    call_command("rebuild_days", schema=[studio.schema_name])
    named = f"{studio.schema_name} {studio.name}"
    head, *told = capsys.readouterr().out.splitlines()
    assert head == f"{named}: {len(found)} sums were wrong and are right now"
    assert told == [f"    {says}" for says in found]
    assert any("3 sessions" in says for says in found)
    assert list(books.findings()) == []
    call_command("rebuild_days", schema=[studio.schema_name])
    assert capsys.readouterr().out == f"{named}: every sum was right\n"
    trail = AuditEvent.objects.filter(reason__startswith="Added up anew").values_list("changes", flat=True)
    assert list(trail) == [{"wrong_days": [len(found), 0]}]


def test_a_change_that_is_none_is_not_found():
    kept_books()
    found = found_after("UPDATE invoices SET sent_at = now(), issued_at = issued_at")
    assert {rule for rule, _says in found} == {"L2"}


def test_the_command_tells_of_every_studio_and_answers_programs(capsys, studio, other_studio):
    kept_books()
    call_command("verify_books")
    assert capsys.readouterr().out.splitlines() == [
        f"{studio.schema_name} {studio.name}: 8 documents, 5 payments, the books hold",
        f"{other_studio.schema_name} {other_studio.name}: 0 documents, 0 payments, the books hold",
    ]
    with as_owner(connection.schema_name):
        run("UPDATE clients SET balance_due = 1 WHERE name = 'Noor'")
    with pytest.raises(CommandError) as refusal:
        call_command("verify_books", "--json", schema=[studio.schema_name])
    assert refusal.value.returncode == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["holds"], [each["schema"] for each in told["studios"]]) == (False, [studio.schema_name])
    assert told["studios"][0]["findings"] == [
        {"rule": "B1", "says": "Noor: the balance says 1.00 EUR, the ledger 69.99."}
    ]
    with pytest.raises(CommandError) as refusal:
        call_command("verify_books", schema=["tenant_999"])
    assert refusal.value.returncode == 2


def test_owner_and_accountant_are_told_at_night(caplog):
    people = {role: account(role) for role in ("owner", "accountant", "engineer")}
    assert book_checks.report_broken(now=NOW) == []
    assert not Notification.objects.exists()
    kept_books()
    with as_owner(connection.schema_name):
        run("UPDATE clients SET balance_due = 1 WHERE name = 'Noor'")
    book_checks.report_broken(now=NOW)
    told = Notification.objects.filter(kind=NotificationKind.SYSTEM)
    assert set(told.values_list("user", "text")) == {
        (people[role].pk, "Noor: the balance says 1.00 EUR, the ledger 69.99.") for role in ("owner", "accountant")
    }
    assert "Noor" in caplog.text
