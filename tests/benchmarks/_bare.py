"""Booking by bare statements on the product's tables: what the service is measured against.

The first three write the session alone. The other two write every row that the service writes, in one transaction
under the same lock: less than that is no booking, so they are the floor of what one costs.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, connection

from sessions_app.models import Client, Room
from studio.db import advisory_lock, taking_turns
from studio.tenancy.context import current_schema

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT, PAGE, FILE = "x" * 500, "x" * 6000, b"x" * 1200  # about what the product's mail of a booking has
COLUMNS = "(title, room_id, starts_at, ends_at, blocked_from, blocked_to, updated_at)"
INSERT = f"INSERT INTO sessions {COLUMNS} VALUES ('x', %(room)s, %(start)s, %(end)s, %(start)s, %(end)s, now())"
TAKEN = """
    SELECT EXISTS (SELECT FROM sessions WHERE room_id = %(room)s AND status = 'scheduled'
        AND tstzrange(blocked_from, blocked_to) && tstzrange(%(start)s, %(end)s))
"""
SESSION = """
    INSERT INTO sessions (title, room_id, client_id, starts_at, ends_at, blocked_from, blocked_to, booked_at, terms,
        currency, total, total_source, deposit_amount, updated_at)
    VALUES ('x', %(room)s, %(client)s, %(start)s, %(end)s, %(start)s, %(end)s, %(now)s, %(terms)s,
        'EUR', %(total)s, 'rules', %(deposit)s, now()) RETURNING id
"""
AUDIT = """
    INSERT INTO audit_events (verb, object_type, object_id, object_label, changes, at, updated_at)
    VALUES ('book', 'sessions_app.studiosession', %(session)s::text, 'Session', %(changes)s, %(now)s, now())
"""
LINE = """
    INSERT INTO session_price_lines (session_id, position, what, unit, quantity, unit_price, amount, updated_at)
    VALUES (%(session)s, 1, 'Hours', 'hour', 1, %(total)s, %(total)s, now())
"""
NOTICE = """
    INSERT INTO session_notices (session_id, kind, occasion, letter, starts_at, ends_at, told_at, updated_at)
    VALUES (%(session)s, 'confirmation', '0', %(letter)s, %(start)s, %(end)s, %(now)s, now())
"""
MAIL = """
    INSERT INTO email_messages (kind, about, recipient, subject, text, html, message_id, next_try_at, updated_at)
    VALUES ('session_confirmation', 'sessions_app.letter:' || %(letter)s, 'mina@example.org', 'Your session', %(text)s,
        %(page)s, %(letter)s, %(now)s, now()) RETURNING id
"""
ATTACHMENT = """
    INSERT INTO email_attachments (message_id, name, content_type, content, updated_at)
    VALUES (%(mail)s, 'session.ics', 'text/calendar', %(file)s, now())
"""
JOB = "SELECT extensions.defer_job('studio', 'mail.send_email', %(job)s::jsonb, %(lock)s, NULL)"
WRITTEN = ("sessions", "audit_events", "session_price_lines", "session_notices", "email_messages", "email_attachments")


@dataclass(frozen=True)
class Wish:
    """Who wants which hour."""

    room: Room
    client: Client
    start: datetime
    end: datetime

    @property
    def values(self) -> dict[str, Any]:
        """What the statements are given."""
        return {"room": self.room.pk, "start": self.start, "end": self.end}


def on_conflict(wish: Wish) -> bool:
    """Insert unless the slot is taken, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"{INSERT} ON CONFLICT DO NOTHING", wish.values)
        return cursor.rowcount == 1


def plain(wish: Wish) -> bool:
    """Insert, and let the constraint refuse."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, wish.values)
    except IntegrityError:
        return False
    return True


def lock_then_check(wish: Wish) -> bool:
    """Take the room's lock, look, and insert the session alone."""
    return _under_lock(wish, lambda cursor: cursor.execute(INSERT, wish.values))


def rows_of_the_house(wish: Wish) -> bool:
    """Write what a booking in the house's own name writes: session and trail."""
    return _under_lock(wish, lambda cursor: _write(cursor, wish.values | {"client": None, "total": None}))


def rows_of_a_client(wish: Wish) -> bool:
    """Write what a client's booking writes: its price, and the mail with its file and its job as well."""

    def write(cursor: Any) -> None:
        given = wish.values | {"client": wish.client.pk, "total": wish.room.hourly_rate, "letter": uuid4().hex}
        given |= {"text": TEXT, "page": PAGE, "file": FILE}
        _write(cursor, given)
        cursor.execute(LINE, given)
        cursor.execute(NOTICE, given)
        cursor.execute(MAIL, given)
        given["mail"] = cursor.fetchone()[0]
        cursor.execute(ATTACHMENT, given)
        job = json.dumps({"schema": current_schema(), "email_id": given["mail"]})
        cursor.execute(JOB, {"job": job, "lock": f"{current_schema()}:email:{given['mail']}"})

    return _under_lock(wish, write)


def _write(cursor: Any, given: dict[str, Any]) -> None:
    """Write the session and its row of the trail, and add its key to what is given."""
    terms = json.dumps({"name": "", "grace_minutes": 0, "steps": []})
    deposit = None if given["total"] is None else given["total"] * 3 / 10
    given |= {"now": NOW, "terms": terms, "deposit": deposit}
    cursor.execute(SESSION, given)
    given["session"] = cursor.fetchone()[0]
    changes = {"status": [None, "scheduled"], "starts_at": [None, str(given["start"])], "room": [None, given["room"]]}
    cursor.execute(AUDIT, given | {"changes": json.dumps(changes)})


def _under_lock(wish: Wish, write: Callable[[Any], object]) -> bool:
    with taking_turns():
        advisory_lock([f"room:{wish.room.pk}"])
        with connection.cursor() as cursor:
            cursor.execute(TAKEN, wish.values)
            if cursor.fetchone()[0]:
                return False
            write(cursor)
    return True


def rows_written(act: Callable[[Wish], bool], wish: Wish) -> dict[str, int]:
    """Return how many rows a way of booking adds to each table."""
    before = _counts()
    if not act(wish):
        raise AssertionError("The slot was taken.")
    return {table: count - before[table] for table, count in _counts().items()}


def _counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in WRITTEN)
        cursor.execute(f"SELECT {counts}")
        return dict(zip(WRITTEN, cursor.fetchone(), strict=True))
