"""Many at once: a link's last views, a track's last percent, one upload."""

from datetime import timedelta

import pytest
from django.db import connection

from sessions_app.models import ShareLink, TrackCredit, TrackVersion
from sessions_app.services import share_links
from studio.accounts.tokens import scoped_digest
from studio.office.models import PendingFile, StoredFile
from studio.tenancy.context import as_owner, inside
from tests.factories import ProjectFactory, TrackFactory
from tests.races.figures import in_rounds
from tests.races.racing import Race, outcomes_of, so_many_won
from tests.races.recording_attempts import KEY, NOW

pytestmark = pytest.mark.django_db(transaction=True)
VIEWS = 3
FIND = "SELECT prosrc FROM pg_proc WHERE oid = 'track_credits_splits_guard'::regproc"
REPLACE = "CREATE OR REPLACE FUNCTION track_credits_splits_guard() RETURNS trigger LANGUAGE plpgsql AS $body${}$body$"


@in_rounds(5)
def test_of_many_who_open_the_last_three_views_three_get_in(course, rounds):
    with inside(course):
        project = ProjectFactory(now=NOW)
        for number in range(rounds):
            ShareLink.objects.create(
                project=project,
                recipient=f"Round {number}",
                token_hash=scoped_digest(share_links.PURPOSE, f"round {number}"),
                expires_at=NOW + timedelta(days=1),
                most_views=VIEWS,
            )

    outcomes = outcomes_of(Race(course.schema_name, "listen", rounds))

    assert so_many_won(outcomes, VIEWS)
    with inside(course):
        assert set(ShareLink.objects.values_list("views", flat=True)) == {VIEWS}


def add_tracks(course, rounds):
    with inside(course):
        project = ProjectFactory(now=NOW)
        for _number in range(rounds):
            TrackFactory(project=project, now=NOW)


@in_rounds(5)
def test_of_many_who_take_sixty_percent_one_gets_them(course, rounds):
    add_tracks(course, rounds)

    assert so_many_won(outcomes_of(Race(course.schema_name, "split", rounds)))
    with inside(course):
        assert TrackCredit.objects.count() == rounds


@pytest.mark.usefixtures("own_rules")
def test_without_the_lock_the_splits_exceed_the_whole(course):
    """The same race against the guard without its lock."""
    add_tracks(course, 1)
    with as_owner(course.schema_name), connection.cursor() as cursor:
        cursor.execute(FIND)
        (source,) = cursor.fetchone()
        slow = source.replace("RETURN NULL;", "PERFORM pg_sleep(0.2); RETURN NULL;")
        cursor.execute(REPLACE.format(slow.replace("FOR NO KEY UPDATE", "")))

    (outcome,) = outcomes_of(Race(course.schema_name, "split", 1))

    assert outcome["won"] > 1


@in_rounds(5)
def test_of_many_who_finish_one_upload_one_makes_the_version(course, rounds):
    with inside(course):
        TrackFactory(now=NOW)
        for number in range(rounds):
            PendingFile.objects.create(
                pk=number + 1,
                key=KEY.format(number),
                name="mix.wav",
                purpose=f"round {number}",
                size=1,
                expires_at=NOW + timedelta(hours=1),
            )

    assert so_many_won(outcomes_of(Race(course.schema_name, "send", rounds)))
    with inside(course):
        assert sorted(TrackVersion.objects.values_list("number", flat=True)) == list(range(1, rounds + 1))
        assert (StoredFile.objects.count(), PendingFile.objects.count()) == (rounds, 0)
