"""What the tables of tracks refuse whoever writes: raw SQL, as the studio's own role."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import Project, ShareLink, Track, TrackComment, TrackCredit, TrackVersion
from studio.db import constraint_name
from tests.factories import MusicianFactory, ProjectFactory, SessionFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 2, 12, 0, tzinfo=UTC)


def insert(table, **columns):
    """Insert one row with the columns given and return its id."""
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", list(columns.values()))
        return cursor.fetchone()[0]


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def committed(write, *args, **columns):
    """Run a write in a savepoint, and what a commit would check at its end."""
    with transaction.atomic():
        write(*args, **columns)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def refused_by(write, *args, **columns):
    """Return the name of the constraint that refuses a write."""
    with pytest.raises(IntegrityError) as refusal:
        committed(write, *args, **columns)
    return constraint_name(refusal.value)


@pytest.fixture
def project():
    return ProjectFactory(name="First album")


@pytest.fixture
def track(project):
    return insert("tracks", project_id=project.pk, number=1, title="Opener")


@pytest.fixture
def version(track):
    return insert("track_versions", track_id=track, kind="demo", number=1, audio_elsewhere=True)


def test_a_track_takes_the_defaults_other_programs_rely_on(track):
    row = Track.objects.get(pk=track)

    assert (row.status, row.isrc, row.technical_sheet, row.is_explicit, row.session_label) == (
        "recording",
        "",
        {},
        False,
        "",
    )
    assert row.created_at is not None


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"number": 0}, "tracks_number_from_1"),
        ({"number": 1000}, "tracks_number_from_1"),
        ({"title": ""}, "tracks_title_given"),
        ({"status": "lost"}, "tracks_status_known"),
        ({"duration": 0}, "tracks_duration_plausible"),
        ({"duration": 86401}, "tracks_duration_plausible"),
        ({"bpm": 9}, "tracks_bpm_plausible"),
        ({"isrc": "not-an-isrc"}, "tracks_isrc_well_formed"),
        ({"isrc": "frz032600001"}, "tracks_isrc_well_formed"),
        ({"number": 1}, "tracks_number_unique"),
        ({"isrc": "FRZ032600001"}, "tracks_isrc_unique"),
    ],
)
def test_a_track_is_refused(project, columns, constraint):
    insert("tracks", project_id=project.pk, number=1, title="First", isrc="FRZ032600001")

    assert refused_by(insert, "tracks", **{"project_id": project.pk, "number": 2, "title": "T"} | columns) == constraint


def test_numbers_can_change_places_when_the_rule_waits(project, track):
    second = insert("tracks", project_id=project.pk, number=2, title="Second")

    run("SET CONSTRAINTS tracks_number_unique DEFERRED")
    run("UPDATE tracks SET number = 2 WHERE id = %s", track)
    run("UPDATE tracks SET number = 1 WHERE id = %s", second)
    run("SET CONSTRAINTS ALL IMMEDIATE")

    assert list(Track.objects.order_by("number").values_list("pk", flat=True)) == [second, track]


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"kind": "acetate"}, "track_versions_kind_known"),
        ({"number": 0}, "track_versions_number_from_1"),
        ({"number": 1}, "track_versions_number_unique"),
        ({"audio_elsewhere": False}, "track_versions_audio_or_elsewhere"),
        ({"approved_at": NOON}, "track_versions_approval_named"),
        ({"approved_by_label": "Mina"}, "track_versions_approval_named"),
        ({"withdrawn_at": NOON, "withdrawal_reason": "hiss"}, "track_versions_withdrawal_reasoned"),
        (
            {"approved_at": NOON, "approved_by_label": "Mina", "withdrawn_at": NOON},
            "track_versions_withdrawal_reasoned",
        ),
    ],
)
def test_a_version_is_refused(track, version, columns, constraint):
    row = {"track_id": track, "kind": "demo", "number": 2, "audio_elsewhere": True} | columns

    assert refused_by(insert, "track_versions", **row) == constraint


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"body": ""}, "track_comments_body_given"),
        ({"second": -1}, "track_comments_second_within_track"),
        ({"second": 86401}, "track_comments_second_within_track"),
        ({"author_label": ""}, "track_comments_author_named"),
        ({"author_kind": "ghost"}, "track_comments_author_kind_known"),
    ],
)
def test_a_comment_is_refused(version, columns, constraint):
    row = {"version_id": version, "body": "More voice", "author_label": "Mina", "second": 3} | columns

    assert refused_by(insert, "track_comments", **row) == constraint


def test_an_answer_belongs_to_the_version_of_what_it_answers(track, version):
    other = insert("track_versions", track_id=track, kind="demo", number=2, audio_elsewhere=True)
    comment = insert("track_comments", version_id=version, body="More voice", author_label="Mina")
    answer = {"parent_id": comment, "body": "Done", "author_label": "Edith"}

    assert refused_by(insert, "track_comments", version_id=other, **answer) == "track_comments_answer_of_version"
    insert("track_comments", version_id=version, **answer)
    assert (
        refused_by(run, "UPDATE track_comments SET resolved_at = now() WHERE parent_id = %s", comment)
        == "track_comments_threads_resolved"
    )


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"role": ""}, "track_credits_role_given"),
        ({"name": ""}, "track_credits_name_given"),
        ({"split_percent": -1}, "track_credits_split_is_percent"),
        ({"split_percent": 101}, "track_credits_split_is_percent"),
        ({"split_percent": "40.01"}, "track_credits_splits_within_whole"),
    ],
)
def test_a_credit_is_refused(track, columns, constraint):
    insert("track_credits", track_id=track, role="composer", name="Mina", split_percent=60)
    row = {"track_id": track, "role": "author", "name": "Ada"} | columns

    assert refused_by(insert, "track_credits", **row) == constraint


def test_splits_fill_the_whole_and_no_more_by_a_change_either(track):
    insert("track_credits", track_id=track, role="composer", name="Mina", split_percent=60)
    half = insert("track_credits", track_id=track, role="author", name="Ada", split_percent=40)

    change = "UPDATE track_credits SET split_percent = %s WHERE id = %s"
    assert refused_by(run, change, "40.01", half) == "track_credits_splits_within_whole"


def test_splits_can_be_exchanged_when_the_rule_waits(track):
    more = insert("track_credits", track_id=track, role="composer", name="Mina", split_percent=60)
    less = insert("track_credits", track_id=track, role="author", name="Ada", split_percent=40)

    run("SET CONSTRAINTS track_credits_splits_within_whole DEFERRED")
    run("UPDATE track_credits SET split_percent = 60 WHERE id = %s", less)
    run("UPDATE track_credits SET split_percent = 40 WHERE id = %s", more)
    run("SET CONSTRAINTS ALL IMMEDIATE")

    assert list(TrackCredit.objects.order_by("pk").values_list("split_percent", flat=True)) == [40, 60]


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"token_hash": "secret"}, "share_links_token_hashed"),
        ({"recipient": ""}, "share_links_recipient_given"),
        ({"project_id": None}, "share_links_one_thing"),
        ({"most_views": 0}, "share_links_views_within_limit"),
        ({"most_views": 3, "views": 4}, "share_links_views_within_limit"),
    ],
)
def test_a_share_link_is_refused(project, columns, constraint):
    row = {"project_id": project.pk, "recipient": "Label", "token_hash": "a" * 64, "expires_at": NOON} | columns

    assert refused_by(insert, "share_links", **row) == constraint


def test_a_share_link_opens_one_thing(project, track):
    row = {"project_id": project.pk, "track_id": track, "recipient": "Label", "token_hash": "a" * 64}

    assert refused_by(insert, "share_links", expires_at=NOON, **row) == "share_links_one_thing"


def test_a_raw_delete_of_a_project_takes_its_parts_along_and_nothing_else(project, track, version):
    comment = insert("track_comments", version_id=version, body="More voice", author_label="Mina")
    insert("track_comments", version_id=version, parent_id=comment, body="Done", author_label="Edith")
    insert("track_credits", track_id=track, role="composer", name="Mina")
    insert("share_links", track_id=track, recipient="Label", token_hash="a" * 64, expires_at=NOON)
    other = insert("tracks", project_id=ProjectFactory().pk, number=1, title="Stays")

    run("DELETE FROM projects WHERE id = %s", project.pk)

    assert not Project.objects.filter(pk=project.pk).exists()
    assert [Track.objects.get().pk, TrackVersion.objects.count(), TrackComment.objects.count()] == [other, 0, 0]
    assert (TrackCredit.objects.count(), ShareLink.objects.count()) == (0, 0)


def test_a_track_and_a_credit_outlive_session_and_talent(track):
    session, talent = SessionFactory(title="Drums"), MusicianFactory(name="Ada")
    run("UPDATE tracks SET session_id = %s, session_label = 'Drums' WHERE id = %s", session.pk, track)
    credit = insert("track_credits", track_id=track, role="drums", name="Ada", musician_id=talent.pk)

    run("DELETE FROM sessions WHERE id = %s", session.pk)
    run("DELETE FROM musicians WHERE id = %s", talent.pk)

    assert Track.objects.values_list("session", "session_label").get() == (None, "Drums")
    assert TrackCredit.objects.values_list("musician", "name").get(pk=credit) == (None, "Ada")
