"""The demonstration after an interruption: a step is there whole or not at all, and the next run goes on."""

from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps

from sessions_app.management.commands import seed_demo
from sessions_app.models import StudioSession
from sessions_app.services import (
    assignments,
    bookings,
    challenges,
    feeds,
    share_links,
    task_types,
    time_entries,
)
from tests.factories import NOW, ClientFactory, MusicianFactory, ProjectFactory, RoomFactory, SessionFactory
from tests.staff import account

pytestmark = pytest.mark.django_db
LEFT = {"pendingfile"}  # bytes that arrived are known by their rows until the sweep
CLIENTS = """
CREATE TABLE clients (id serial PRIMARY KEY, name text, created_at timestamp);
INSERT INTO clients VALUES (1, 'Ada', '2025-01-01 10:00');
"""


def rows():
    """Return how many rows each table of the studio has."""
    models = [
        model
        for label in ("accounts", "office", "mail", "sessions_app")
        for model in apps.get_app_config(label).models.items()
    ]
    return {name: model._base_manager.count() for name, model in models if name not in LEFT}


@pytest.fixture
def house(studio, tmp_path, monkeypatch):
    """What the steps rest on: people, rooms, and a project."""
    dump = tmp_path / "clients.sql"
    dump.write_text(CLIENTS)
    monkeypatch.setattr(seed_demo, "DUMP", dump)
    task_types.seed_task_types()
    account("engineer")
    for number in range(2):
        RoomFactory(name=f"Room {number}")
        MusicianFactory(name=f"Talent {number}")
    ProjectFactory(client=ClientFactory())
    return studio


@pytest.fixture
def booked(house):
    """Two sessions of this week, where a step needs some."""
    for number in range(2):
        SessionFactory(starts_at=NOW + timedelta(days=1 + number, hours=4))
    return house


@pytest.mark.parametrize(
    ("step", "module", "name", "call"),
    [
        ("_fill", bookings, "book_session", 2),
        ("_crew", assignments, "assign_member", 2),
        ("_hours", time_entries, "add_entry", 2),
        ("_notices", feeds, "make_feed", 2),
        ("_waiting", challenges, "challenge_hold", 1),
        ("_tracks", share_links, "make_link", 1),
    ],
)
def test_a_step_that_was_interrupted_is_done_by_the_next_run(request, monkeypatch, step, module, name, call):
    studio = request.getfixturevalue("house" if step == "_fill" else "booked")
    run = getattr(seed_demo.Command(stdout=StringIO()), step)
    before, calls, really = rows(), [], getattr(module, name)

    def interrupted(**given):
        calls.append(given)
        if len(calls) == call:
            raise KeyboardInterrupt
        return really(**given)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(studio, NOW)
    assert rows() == before

    run(studio, NOW)
    whole = rows()
    assert whole != before
    run(studio, NOW)
    assert rows() == whole
    assert StudioSession.objects.exists()
