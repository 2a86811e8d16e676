"""Share links: what they open, for how long, how often, and what a listener may do behind them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sessions_app.models import ShareLink, TrackVersion
from sessions_app.selectors import shared
from sessions_app.services import facts, listening, projects, share_links, track_comments, versions
from studio.accounts.models import AuditEvent
from studio.tenancy.context import inside
from tests.factories import (
    NOW,
    ProjectFactory,
    ShareLinkFactory,
    TrackCommentFactory,
    TrackFactory,
    TrackVersionFactory,
)

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def album():
    """A project of two tracks, the first with three rough mixes and a master."""
    project = ProjectFactory(name="Night Train")
    opener = TrackFactory(project=project, title="Opener")
    for kind in ("rough_mix", "rough_mix", "rough_mix", "master"):
        TrackVersionFactory(track=opener, kind=kind)
    TrackVersionFactory(track=TrackFactory(project=project, title="Closer"), kind="demo")
    return project


def heard(link):
    return [
        (each.track.title, [str(version.version) for version in each.versions]) for each in shared.shared_tracks(link)
    ]


def test_the_secret_is_stored_as_its_digest_only(album, desk):
    link = ShareLinkFactory(subject=album, actor=desk)

    stored = ShareLink.objects.values().get()
    assert link.token not in {str(value) for value in stored.values()}
    assert (link.created_by, link.created_by_label, len(link.token)) == (desk, desk.label, 43)
    assert AuditEvent.objects.get(verb="create", object_type="sessions_app.sharelink").account == desk
    assert link.token not in str(list(AuditEvent.objects.values()))


def test_a_link_opens_the_newest_version_of_each_kind_with_the_record_first(album):
    opener, closer = album.tracks.order_by("number")

    assert heard(ShareLinkFactory(subject=album)) == [("Opener", ["master 1", "rough mix 3"]), ("Closer", ["demo 1"])]
    assert heard(ShareLinkFactory(subject=closer)) == [("Closer", ["demo 1"])]
    first = opener.versions.get(kind="rough_mix", number=1)
    assert heard(ShareLinkFactory(subject=first)) == [("Opener", ["rough mix 1"])]


def test_a_version_without_its_audio_is_not_offered(album):
    track = album.tracks.get(title="Closer")
    TrackVersion.objects.create(track=track, kind="demo", number=2, audio_elsewhere=True)

    assert heard(ShareLinkFactory(subject=track)) == [("Closer", ["demo 1"])]


def test_what_a_link_opens_takes_two_queries(album, django_assert_num_queries):
    link = ShareLinkFactory(subject=album, may_comment=True)
    for version in TrackVersion.objects.all():
        TrackCommentFactory(version=version)

    with django_assert_num_queries(2):
        assert sum(len(version.threads) for track in shared.shared_tracks(link) for version in track.versions) == 3


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=-1), timedelta(days=367)])
def test_a_link_ends_in_the_future_within_a_year(after):
    with pytest.raises(share_links.BadEnd):
        ShareLinkFactory(expires_at=NOW + after)


@pytest.mark.parametrize("given", [{"recipient": " "}, {"recipient": "x" * 256}, {"most_views": 0}, {"most_views": -1}])
def test_a_link_that_makes_no_sense_is_refused(given):
    with pytest.raises(facts.BadFacts):
        ShareLinkFactory(**given)


def test_looking_at_a_link_counts_nothing_and_opening_it_does(album):
    link = ShareLinkFactory(subject=album, most_views=2)

    for _time in range(5):
        assert share_links.found_link(token=link.token, now=NOW) == link
    for _time in range(2):
        share_links.open_link(token=link.token, now=NOW)
    with pytest.raises(share_links.LinkUnusable, match="as often as it may be"):
        share_links.open_link(token=link.token, now=NOW)

    link.refresh_from_db()
    assert (link.views, link.last_viewed_at) == (2, NOW)


def test_a_link_ends_by_itself_or_by_somebody(album, desk):
    over, closed = ShareLinkFactory(subject=album, expires_at=NOW + WEEK), ShareLinkFactory(subject=album)

    share_links.revoke_link(link=closed, actor=desk, now=NOW)

    assert share_links.open_link(token=over.token, now=NOW + WEEK - timedelta(seconds=1)) == over
    for token, now in ((over.token, NOW + WEEK), (closed.token, NOW), ("", NOW), (over.token + "x", NOW)):
        with pytest.raises(share_links.LinkUnusable, match="does not lead anywhere"):
            share_links.open_link(token=token, now=now)
    with pytest.raises(share_links.AlreadyRevoked):
        share_links.revoke_link(link=closed, actor=desk, now=NOW)


def test_a_secret_of_one_studio_opens_nothing_in_another(album, other_studio):
    link = ShareLinkFactory(subject=album)
    with inside(other_studio):
        theirs = ShareLinkFactory()
        ShareLink.objects.filter(pk=theirs.pk).update(token_hash=link.token_hash)

        with pytest.raises(share_links.LinkUnusable):
            share_links.found_link(token=link.token, now=NOW)


def test_a_listener_does_what_the_link_allows_on_what_it_opens(album):
    master = TrackVersion.objects.get(kind="master")
    link = ShareLinkFactory(subject=album, recipient="The label", may_comment=True, may_approve=True)

    comment = listening.comment_as_listener(
        link=link, version=master.pk, second=Decimal(4), name="  Mina   M. ", body="Lovely", now=NOW
    )
    answer = listening.comment_as_listener(
        link=link, version=master.pk, second=Decimal(0), name="Ada", body="Yes", answers=comment.pk, now=NOW
    )
    approved = listening.approve_as_listener(link=link, version=master.pk, name="Mina", now=NOW)

    assert (comment.author_label, comment.second, answer.parent) == ("Mina M.", Decimal(4), comment)
    assert (approved.approved_by_label, AuditEvent.objects.get(verb="approve").reason) == (
        "Mina",
        "By the share link for The label.",
    )


def comment(link, version, **given):
    return listening.comment_as_listener(
        **{"link": link, "version": version.pk, "second": Decimal(0), "name": "Mina", "body": "B", "now": NOW} | given
    )


def test_a_listener_does_nothing_else(album):
    opener = album.tracks.get(title="Opener")
    old, master = opener.versions.get(kind="rough_mix", number=1), opener.versions.get(kind="master")
    stranger = TrackVersionFactory()
    hears, says = ShareLinkFactory(subject=album), ShareLinkFactory(subject=album, may_comment=True)

    with pytest.raises(listening.NotAllowed):
        comment(hears, master)
    with pytest.raises(listening.NotAllowed):
        listening.approve_as_listener(link=says, version=master.pk, name="Mina", now=NOW)
    with pytest.raises(listening.NotAllowed):
        comment(says, stranger)
    assert comment(says, old).version == old  # typed while a newer one came
    with pytest.raises(listening.NotAllowed):
        comment(says, master, answers=TrackCommentFactory(version=stranger).pk)
    with pytest.raises(listening.NoName):
        comment(says, master, name=" \t ")
    with pytest.raises(track_comments.TooLong):
        comment(says, master, body="x" * 5001)
    versions.approve_version(version=master, approved_by="Ada", actor=None, now=NOW)
    approver = ShareLinkFactory(subject=master, may_approve=True)
    with pytest.raises(versions.AlreadyApproved):
        listening.approve_as_listener(link=approver, version=master.pk, name="Mina", now=NOW)


def test_a_link_goes_with_what_it_opens(album):
    ShareLinkFactory(subject=album)
    ShareLinkFactory(subject=TrackVersion.objects.get(kind="master"))
    stays = ShareLinkFactory()

    assert ShareLink.objects.of_project(album).count() == 2
    projects.delete_project(project=album, tracks=album.tracks.values_list("pk", flat=True), actor=None, now=NOW)

    assert list(ShareLink.objects.all()) == [stays]
