"""Two owners leave at the same moment: one of them stays."""

from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.utils import timezone

from studio.accounts.models import User
from studio.accounts.services import roles, users
from studio.tenancy.context import as_owner, inside
from studio.tenancy.models import Studio

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def leave_together(studio: Studio, leavers: list[User]) -> list[str]:
    barrier, outcomes = Barrier(len(leavers)), []

    def leave(user: User) -> None:
        try:
            with inside(studio):
                barrier.wait()
                try:
                    roles.revoke_role(user=user, role="owner", actor=None, now=timezone.now())
                except roles.LastOwner:
                    outcomes.append("stays")
                else:
                    outcomes.append("left")
        finally:
            connections.close_all()

    threads = [Thread(target=leave, args=[user]) for user in leavers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def two_owners() -> list[User]:
    now = timezone.now()
    return [
        users.create_account(email=f"{name}@studio.example", role="owner", actor=None, now=now)
        for name in ("early", "late")
    ]


def test_of_two_owners_leaving_at_once_one_stays(studio):
    early, late = two_owners()

    for _round in range(ROUNDS):
        assert leave_together(studio, [early, late]) == ["left", "stays"]
        for user in (early, late):
            roles.grant_role(user=user, role="owner", actor=None, now=timezone.now())


def test_without_the_lock_both_can_leave(studio):
    """The same race against the guard without its lock shows a studio without an owner."""
    early, late = two_owners()
    find = "SELECT prosrc FROM pg_proc WHERE oid = 'last_owner_guard'::regproc"
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute(find)
        (source,) = cursor.fetchone()
        replace = "CREATE OR REPLACE FUNCTION last_owner_guard() RETURNS trigger LANGUAGE plpgsql AS $body${}$body$"
        waiting = source.replace("RETURN NULL;", "PERFORM pg_sleep(0.2); RETURN NULL;")
        cursor.execute(replace.format(waiting.replace("FOR NO KEY UPDATE OF g", "")))
    try:
        outcomes = leave_together(studio, [early, late])
    finally:
        with as_owner(studio.schema_name), connection.cursor() as cursor:
            cursor.execute(replace.format(source))

    assert outcomes == ["left", "left"]
