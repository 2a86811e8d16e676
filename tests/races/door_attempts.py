"""One slot, wanted through every door at once: the services, a page of the back office, and raw SQL."""

from functools import cache

from django.db import connection
from django.test import Client

from sessions_app.models import Room
from sessions_app.services import bookings, facts, requests, slots
from studio.accounts.models import User
from studio.db import Deadlocked, refusing
from studio.office.selectors.profile import current_profile
from studio.tenancy.context import as_owner, current_schema
from studio.tenancy.models import Domain
from tests.races.recording_attempts import HOUR, NOW, slot_of

ADD = "/admin/sessions_app/studiosession/add/"
INSERT = """
    INSERT INTO sessions (title, room_id, starts_at, ends_at, blocked_from, blocked_to, status)
    VALUES ('Raw', %(room)s, %(from)s, %(to)s, %(from)s, %(to)s, 'scheduled')
"""


@cache
def browser():
    """Return a browser of this process's own, with the owner signed in."""
    schema = current_schema()
    with as_owner():
        host = Domain.objects.get(studio__schema_name=schema, is_primary=True).domain
    client = Client(headers={"host": host})
    client.force_login(User.objects.get(name="Owner"))
    return client


def by_service(room, start):
    """Book as the shell does."""
    bookings.book_session(title="Shell", room=room, starts_at=start, ends_at=start + HOUR, actor=None, now=NOW)


def by_request(room, start):
    """Ask for it as a visitor does."""
    visitor = requests.Visitor(f"visitor of {start}")
    times = {"starts_at": start, "ends_at": start + HOUR}
    requests.request_session(title="Asked", room=room, awaits="approval", visitor=visitor, actor=None, now=NOW, **times)


def by_page(room, start):
    """Fill in the booking form."""
    begins, ends = (each.astimezone(current_profile().zone) for each in (start, start + HOUR))
    typed = {"title": "Page", "kind": "studio", "booking_type": "hourly", "client": "", "project": "", "room": room.pk}
    times = {"day": f"{begins:%Y-%m-%d}", "start": f"{begins:%H:%M}", "end": f"{ends:%H:%M}", "last_day": ""}
    answer = browser().post(ADD, {**typed, **times, "notes": ""})
    if answer.status_code == 409:
        raise slots.RoomTaken("")
    assert answer.status_code == 302, answer.content.decode()


def by_raw_sql(room, start):
    """Insert a row, with no lock: whoever waits for somebody who waits in turn is told so, and has not got it."""
    taken = slots.RoomTaken("")
    try:
        with refusing(**dict.fromkeys(facts.SLOT_IS_FREE, taken)), connection.cursor() as cursor:
            cursor.execute(INSERT, {"room": room.pk, "from": start, "to": start + HOUR})
    except Deadlocked:
        raise taken from None


DOORS = (by_service, by_request, by_page, by_raw_sql)


def enter(number, racer):
    """Take the one slot of a round through the racer's own door."""
    DOORS[racer % len(DOORS)](Room.objects.order_by("pk")[0], slot_of(number))


ATTEMPTS = {"enter": enter}
