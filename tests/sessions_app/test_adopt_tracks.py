"""Former tracks, comments and credits arrive whole, and their faults are settled by stated rules."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sessions_app.models import Track, TrackComment, TrackCredit, TrackVersion
from studio.office.models import AdoptionLink, AdoptionRow
from studio.tenancy.adoption.run import adopt
from studio.tenancy.adoption.source import opened

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
TABLES = """
CREATE TABLE clients (id integer PRIMARY KEY, name text);
CREATE TABLE projects (id integer PRIMARY KEY, client_id integer, name text);
CREATE TABLE musicians (id integer PRIMARY KEY, name text);
CREATE TABLE tracks (id integer PRIMARY KEY, project_id integer, title text, track_number integer, duration integer,
    isrc text, status text, bpm integer, key text, lyrics text, demo_url text, master_url text, composer text,
    microphones_used text, session_id integer);
CREATE TABLE track_comments (id integer PRIMARY KEY, track_id integer, version_type text, author_id integer,
    author_name text, author_type text, content text, timestamp numeric, parent_id integer, status text);
CREATE TABLE track_credits (id integer PRIMARY KEY, track_id integer, musician_id integer, role text, credit_name text,
    is_primary boolean, split_percent numeric);
INSERT INTO clients VALUES (1, 'Ada');
INSERT INTO projects VALUES (1, 1, 'Album'), (2, 1, 'Single');
INSERT INTO musicians VALUES (1, 'Bea Bass');
INSERT INTO tracks (id, project_id, title, track_number) VALUES (1, 1, 'Opener', 1), (2, 1, 'Closer', 2);
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


def kept(table, row):
    found = AdoptionRow.objects.filter(table_name=table, row_id=str(row)).first()
    return found.content if found else {}


def track_sql(**facts):
    facts = {"id": 7, "project_id": 1, "title": "'Song'"} | facts
    values = ", ".join(str(value) for value in facts.values())
    return f"INSERT INTO tracks ({', '.join(facts)}) VALUES ({values});"


def test_a_track_arrives_with_all_it_has(take_over):
    take_over(
        track_sql(
            track_number=9,
            duration=181,
            isrc="'frz032600001'",
            status="'mixing'",
            bpm=120,
            key="'Am'",
            microphones_used="'U 87'",
            composer="'Ada'",
            demo_url="'https://former.example/demo.mp3'",
        )
    )

    track = Track.objects.get(pk=became("tracks", 7))
    assert (track.number, track.duration, track.isrc, track.status) == (9, 181, "FRZ032600001", "mixing")
    assert (track.bpm, track.key, track.technical_sheet) == (Decimal(120), "Am", {"microphones": "U 87"})
    version = track.versions.get()
    assert (str(version), version.audio_elsewhere, version.file) == ("demo 1", True, None)
    assert version.notes == "The audio was at https://former.example/demo.mp3."
    assert (track.credits.get().role, track.credits.get().name) == ("composer", "Ada")
    assert kept("tracks", 7) == {}


@pytest.mark.parametrize(
    ("facts", "expected", "left"),
    [
        ({"track_number": 2}, {"number": 3}, {"track_number": 2}),
        ({"track_number": 0}, {"number": 3}, {"track_number": 0}),
        ({}, {"number": 3}, {}),
        ({"isrc": "'not-an-isrc'"}, {"isrc": ""}, {"isrc": "not-an-isrc"}),
        ({"duration": -3}, {"duration": None}, {"duration": -3}),
        ({"bpm": 5}, {"bpm": None}, {"bpm": 5}),
    ],
    ids=["taken number", "no number", "without a number", "no code", "no duration", "no tempo"],
)
def test_a_fault_of_a_track_is_repaired_and_kept(take_over, facts, expected, left):
    take_over(track_sql(**facts))

    track = Track.objects.get(pk=became("tracks", 7))
    assert {name: getattr(track, name) for name in expected} == expected
    assert kept("tracks", 7) == left


def test_a_code_names_one_track(take_over):
    take_over(track_sql(isrc="'FRZ032600001'") + track_sql(id=8, project_id=2, isrc="'FR-Z03-26-00001'"))

    assert [Track.objects.get(pk=became("tracks", row)).isrc for row in (7, 8)] == ["FRZ032600001", ""]
    assert kept("tracks", 8) == {"isrc": "FR-Z03-26-00001"}


def test_a_track_without_a_project_or_a_title_waits_with_what_is_said_of_it(take_over):
    report = take_over(
        track_sql(project_id=99)
        + track_sql(id=8, title="' '")
        + "INSERT INTO track_comments (id, track_id, content) VALUES (1, 7, 'Lost');"
        + "INSERT INTO track_credits (id, track_id, role, credit_name) VALUES (1, 8, 'drums', 'Cy');"
    )

    assert {name: report.tables[name].set_aside for name in ("tracks", "track_comments", "track_credits")} == {
        "tracks": 2,
        "track_comments": 1,
        "track_credits": 1,
    }


COMMENT = "INSERT INTO track_comments (id, track_id, version_type, author_name, author_type, content, timestamp, "
COMMENT += "parent_id, status) VALUES "


def test_comments_make_threads_on_the_version_of_their_kind(take_over):
    take_over(
        COMMENT
        + """(1, 1, 'roughMix', 'Mina', 'client', 'More voice', 13.345, NULL, 'resolved'),
        (2, 1, 'roughMix', 'Edith', 'admin', 'Done', 13.345, 1, 'open'),
        (3, 1, 'roughMix', 'Mina', 'client', 'Thanks', 13.345, 2, 'open'),
        (4, 2, 'roughMix', 'Mina', 'client', 'Elsewhere', 99, 1, 'open'),
        (5, 1, 'master', '', 'client', 'Loud', -4, NULL, 'open');"""
    )

    first, second, third, fourth, fifth = (
        TrackComment.objects.get(pk=became("track_comments", row)) for row in range(1, 6)
    )
    assert (first.second, first.author_kind, first.resolved_at) == (Decimal("13.345"), "client", NOW)
    assert (second.parent, third.parent, second.author_kind) == (first, first, "staff")
    assert (fourth.parent, fourth.version.track.title, kept("track_comments", 4)) == (
        None,
        "Closer",
        {"parent_id": 1},
    )
    assert (fifth.second, fifth.version.kind, fifth.author_label) == (Decimal(0), "master", "former user")
    assert TrackVersion.objects.count() == 3


def test_shares_beyond_the_whole_are_left_for_people_to_settle(take_over):
    take_over("""INSERT INTO track_credits VALUES (1, 1, 1, 'composer', 'Bea', true, 60),
        (2, 1, NULL, 'author', 'Cy', false, 60), (3, 1, NULL, 'author', 'Di', false, -5),
        (4, 1, 99, 'drums', 'Ed', false, 40), (5, 1, 1, 'bass', '', false, NULL);""")

    found = TrackCredit.objects.order_by("pk").values_list("name", "split_percent", "musician__name")
    assert list(found) == [
        ("Bea", 60, "Bea Bass"),
        ("Cy", None, None),
        ("Di", None, None),
        ("Ed", 40, None),
        ("Bea Bass", None, "Bea Bass"),
    ]
    assert [kept("track_credits", row) for row in range(1, 6)] == [
        {},
        {"split_percent": 60},
        {"split_percent": -5},
        {"musician_id": 99},
        {},
    ]


def test_each_former_credit_is_one_here_unless_the_track_named_its_writer(take_over):
    report = take_over(
        track_sql(composer="'Ann'")
        + """INSERT INTO track_credits VALUES (1, 7, NULL, 'composer', 'Ann', true, 60),
        (2, 7, NULL, 'composer', 'Ann', false, 30), (3, 2, NULL, 'composer', 'Bo', false, 50),
        (4, 2, NULL, 'composer', 'Bo', false, NULL);"""
    )

    found = [TrackCredit.objects.get(pk=became("track_credits", row)) for row in range(1, 5)]
    assert [(credit.name, credit.split_percent) for credit in found] == [
        ("Ann", 60),
        ("Ann", 30),
        ("Bo", 50),
        ("Bo", None),
    ]
    counts = report.tables["track_credits"]
    assert (counts.read, counts.created, counts.existing) == (4, 3, 1)
    assert TrackCredit.objects.count() == 4
