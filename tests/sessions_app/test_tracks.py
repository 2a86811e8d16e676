"""Tracks of a project: added, changed, ordered, and gone with their audio."""

import pytest

from sessions_app.models import Track, TrackVersion
from sessions_app.services import facts, projects, sessions, tracks
from studio.accounts.models import AuditEvent
from studio.office.models import PendingFile, StoredFile
from tests.factories import (
    NOW,
    ProjectFactory,
    SessionFactory,
    ShareLinkFactory,
    TrackCommentFactory,
    TrackFactory,
    TrackVersionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return ProjectFactory(name="Night Train")


def add(project, title="T", **given):
    return TrackFactory(project=project, title=title, **given)


def titles(project):
    return list(Track.objects.filter(project=project).in_order().values_list("number", "title"))


def test_add_track_takes_the_next_number(project, desk):
    add(project, "Opener")
    add(project, "Interlude", number=7)
    last = tracks.add_track(project=project, title="Closer", actor=desk, now=NOW)

    assert titles(project) == [(1, "Opener"), (7, "Interlude"), (8, "Closer")]
    event = AuditEvent.objects.get(object_id=str(last.pk), object_type="sessions_app.track")
    assert (event.verb, event.account, event.changes["title"]) == ("create", desk, [None, "Closer"])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"title": ""}, "Title: This field cannot be blank."),
        ({"title": "x" * 256}, "Title: Ensure this value has at most 255 characters"),
        ({"number": 0}, "Tracks are numbered from 1 to 999."),
        ({"number": -1}, "Number: Ensure this value is greater than or equal to 0."),
        ({"number": 1}, "Another track of this project has this number."),
        ({"duration": 0}, "A track lasts between a second and a day."),
        ({"duration": 10**9}, "A track lasts between a second and a day."),
        ({"bpm": "NaN"}, "Tempo: "),
        ({"status": "lost"}, "Status: "),
    ],
)
def test_add_track_refuses_with_a_sentence(project, given, sentence):
    add(project, "First")

    with pytest.raises(facts.BadFacts) as refusal:
        add(project, **given)

    assert str(refusal.value).startswith(sentence)
    assert titles(project) == [(1, "First")]


@pytest.mark.parametrize("typed", ["FR-Z03-26-00001", "frz032600001", " FR Z03 26 00001 "])
def test_an_isrc_is_stored_in_one_form(project, typed):
    assert add(project, isrc=typed).isrc == "FRZ032600001"


@pytest.mark.parametrize("typed", ["not-an-isrc", "FRZ03260000", "FRZ0326000011", "=cmd()", "\u0661" * 12, "x" * 5000])
def test_what_is_no_isrc_is_refused(project, typed):
    with pytest.raises(tracks.BadIsrc, match="is no ISRC"):
        add(project, isrc=typed)


def test_an_isrc_names_one_track_of_the_studio(project):
    add(project, isrc="FRZ032600001")

    with pytest.raises(facts.BadFacts, match="Another track has this ISRC"):
        add(ProjectFactory(), isrc="FR-Z03-26-00001")
    add(project, isrc="")
    add(project, isrc="")


def test_change_track_changes_what_is_given_and_puts_it_on_record(project, desk):
    track = add(project, "Opener", key="Am")

    changed = tracks.change_track(track=track, title="Overture", isrc="frz032600001", actor=desk, now=NOW)

    assert (changed.title, changed.isrc, changed.key) == ("Overture", "FRZ032600001", "Am")
    assert AuditEvent.objects.get(verb="change").changes == {
        "title": ["Opener", "Overture"],
        "isrc": ["", "FRZ032600001"],
    }
    tracks.change_track(track=track, title="Overture", actor=desk, now=NOW)
    assert AuditEvent.objects.filter(verb="change").count() == 1


def test_a_track_is_recorded_in_a_session_of_its_project_or_of_none(project):
    mine = SessionFactory(title="Drums", client=project.client, project=project)
    loose, other = SessionFactory(title="Loose"), SessionFactory(project=ProjectFactory())

    assert add(project, session=mine).session_label == "Drums"
    assert add(project, session=loose).session_label == "Loose"
    with pytest.raises(tracks.SessionOfAnotherProject):
        add(project, session=other)


def test_a_sessions_new_title_reaches_its_tracks_and_stays_when_it_is_gone(project, desk):
    session = SessionFactory(title="Drums")
    track = add(project, session=session)

    sessions.change_session(session=session, title="Drums and bass", actor=desk, now=NOW)
    session.delete()

    track.refresh_from_db()
    assert (track.session, track.session_label) == (None, "Drums and bass")


def test_reorder_tracks_gives_all_numbers_anew(project, desk):
    first, second, third = (add(project, title, number=number) for title, number in (("A", 1), ("B", 2), ("C", 9)))

    tracks.reorder_tracks(project=project, order=[third.pk, first.pk, second.pk], actor=desk, now=NOW)

    assert titles(project) == [(1, "C"), (2, "A"), (3, "B")]
    moved = AuditEvent.objects.filter(verb="move").order_by("pk")
    assert {event.object_id: event.changes["number"] for event in moved} == {
        str(third.pk): [9, 1],
        str(first.pk): [1, 2],
        str(second.pk): [2, 3],
    }


def test_reorder_tracks_refuses_an_order_of_other_tracks(project):
    first, second = add(project, "A"), add(project, "B")
    stranger = add(ProjectFactory(), "X")

    for order in ([first.pk], [first.pk, first.pk], [first.pk, second.pk, stranger.pk], []):
        with pytest.raises(tracks.OrderOutOfDate):
            tracks.reorder_tracks(project=project, order=order, actor=None, now=NOW)
    assert titles(project) == [(1, "A"), (2, "B")]


def test_delete_track_takes_its_parts_and_its_audio(project, desk):
    track = add(project, "Opener")
    version = TrackVersionFactory(track=track)
    TrackCommentFactory(version=version)
    ShareLinkFactory(subject=version)
    stays = TrackVersionFactory()

    tracks.delete_track(track=track, actor=desk, now=NOW)

    assert list(TrackVersion.objects.all()) == [stays]
    assert list(StoredFile.objects.all()) == [stays.file]
    assert PendingFile.objects.get().key == version.file.key
    assert AuditEvent.objects.get(verb="delete").object_label == "1. Opener"


def test_delete_project_takes_the_tracks_that_somebody_confirmed(project, desk):
    track = add(project, "Opener")
    version = TrackVersionFactory(track=track)

    with pytest.raises(projects.TracksNotConfirmed, match=r"These tracks would go as well: 1\. Opener\."):
        projects.delete_project(project=project, actor=desk, now=NOW)
    late = add(project, "Closer")
    with pytest.raises(projects.TracksNotConfirmed, match=r"1\. Opener, 2\. Closer"):
        projects.delete_project(project=project, tracks=[track.pk], actor=desk, now=NOW)
    projects.delete_project(project=project, tracks=[track.pk, late.pk], actor=desk, now=NOW)

    assert not Track.objects.exists()
    assert PendingFile.objects.get().key == version.file.key
    gone = AuditEvent.objects.filter(verb="delete").order_by("pk").values_list("object_label", flat=True)
    assert list(gone) == ["Night Train", "1. Opener", "2. Closer"]


def test_delete_project_refuses_tracks_that_are_not_there(project):
    track = add(project)
    tracks.delete_track(track=track, actor=None, now=NOW)

    with pytest.raises(projects.TracksNotConfirmed, match="gone by now"):
        projects.delete_project(project=project, tracks=[track.pk], actor=None, now=NOW)
