"""Many at once: a link's last views, a track's last percent, one upload."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from sessions_app.models import ShareLink, TrackCredit, TrackVersion
from sessions_app.services import share_links
from studio.accounts.tokens import scoped_digest
from studio.office.models import PendingFile, StoredFile
from studio.tenancy.context import as_owner, inside
from tests.factories import ProjectFactory, TrackFactory
from tests.fleet import environment, fleet
from tests.races.racing import KEY, NOW, RACERS, Race, outcomes_of

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5
VIEWS = 3
ONE_WINNER = Counter({"won": 1, "taken": RACERS - 1})
FIND = "SELECT prosrc FROM pg_proc WHERE oid = 'track_credits_splits_guard'::regproc"
REPLACE = "CREATE OR REPLACE FUNCTION track_credits_splits_guard() RETURNS trigger LANGUAGE plpgsql AS $body${}$body$"


@pytest.fixture
def place(monkeypatch):
    """A studio for this race alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with fleet(1) as (studio,):
        yield studio


def test_of_many_who_open_the_last_three_views_three_get_in(place):
    with inside(place):
        project = ProjectFactory(now=NOW)
        for number in range(ROUNDS):
            ShareLink.objects.create(
                project=project,
                recipient=f"Round {number}",
                token_hash=scoped_digest(share_links.PURPOSE, f"round {number}"),
                expires_at=NOW + timedelta(days=1),
                most_views=VIEWS,
            )

    outcomes = outcomes_of(Race(place.schema_name, "listen", ROUNDS))

    assert outcomes == [Counter({"won": VIEWS, "taken": RACERS - VIEWS})] * ROUNDS
    with inside(place):
        assert set(ShareLink.objects.values_list("views", flat=True)) == {VIEWS}


def add_tracks(place):
    with inside(place):
        project = ProjectFactory(now=NOW)
        for _number in range(ROUNDS):
            TrackFactory(project=project, now=NOW)


def test_of_many_who_take_sixty_percent_one_gets_them(place):
    add_tracks(place)

    assert outcomes_of(Race(place.schema_name, "split", ROUNDS)) == [ONE_WINNER] * ROUNDS
    with inside(place):
        assert TrackCredit.objects.count() == ROUNDS


def test_without_the_lock_the_splits_exceed_the_whole(place):
    """The same race against the guard without its lock."""
    add_tracks(place)
    with as_owner(place.schema_name), connection.cursor() as cursor:
        cursor.execute(FIND)
        (source,) = cursor.fetchone()
        slow = source.replace("RETURN NULL;", "PERFORM pg_sleep(0.2); RETURN NULL;")
        cursor.execute(REPLACE.format(slow.replace("FOR NO KEY UPDATE", "")))

    (outcome,) = outcomes_of(Race(place.schema_name, "split", 1))

    assert outcome["won"] > 1


def test_of_many_who_finish_one_upload_one_makes_the_version(place):
    with inside(place):
        TrackFactory(now=NOW)
        for number in range(ROUNDS):
            PendingFile.objects.create(
                pk=number + 1,
                key=KEY.format(number),
                name="mix.wav",
                purpose=f"round {number}",
                size=1,
                expires_at=NOW + timedelta(hours=1),
            )

    assert outcomes_of(Race(place.schema_name, "send", ROUNDS)) == [ONE_WINNER] * ROUNDS
    with inside(place):
        assert sorted(TrackVersion.objects.values_list("number", flat=True)) == list(range(1, ROUNDS + 1))
        assert (StoredFile.objects.count(), PendingFile.objects.count()) == (ROUNDS, 0)
