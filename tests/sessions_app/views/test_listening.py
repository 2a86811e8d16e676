"""Behind a share link: a door that counts, audio in parts, comments and approvals; and nothing for anybody else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sessions_app.models import ShareLink, TrackComment
from sessions_app.services import share_links
from tests.factories import (
    ProjectFactory,
    ShareLinkFactory,
    TrackCommentFactory,
    TrackFactory,
    TrackVersionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    project = ProjectFactory(name="Night Train", artist_name="The Sleepers")
    return TrackVersionFactory(track=TrackFactory(project=project, title="Opener", duration=181))


def link_to(version, **given):
    return ShareLinkFactory(
        subject=version.track.project, recipient="The band", expires_at=timezone.now() + timedelta(days=7), **given
    )


def page_of(link):
    return reverse("sessions_app:share-page", args=[link.token])


def opened(web, link):
    """The page of a link, with the door opened."""
    assert web.post(page_of(link)).status_code == 302
    return web.get(page_of(link))


def test_looking_shows_a_door_and_counts_nothing(web, version):
    link = link_to(version, most_views=1)

    for _time in range(3):
        door = web.get(page_of(link))
        assert (door.status_code, "Open and listen" in door.text, "<audio" in door.text) == (200, True, False)

    assert ShareLink.objects.get().views == 0
    assert (door["X-Robots-Tag"], door["Referrer-Policy"], door["Cache-Control"]) == (
        "noindex, nofollow",
        "same-origin",
        "private, no-store",
    )


def test_an_opened_door_stays_open_in_that_browser_alone(web, version):
    link = link_to(version, most_views=1)

    page = opened(web, link)
    assert ("1. Opener" in page.text, "3:01" in page.text, "<audio" in page.text) == (True, True, True)
    assert web.get(page_of(link)).text.count("<audio") == 1
    late = Client(headers={"host": "harbour.localhost"})
    answer = late.post(page_of(link))
    assert (answer.status_code, "as often as it may be" in answer.text) == (410, True)
    assert ShareLink.objects.get().views == 1


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("page", ["share-page", "share-comment", "share-approve", "share-audio"])
def test_a_secret_that_is_none_opens_nothing(web, version, page, method):
    link_to(version)
    args = ["x" * 43, version.pk] if page == "share-audio" else ["x" * 43]

    answer = getattr(web, method)(reverse(f"sessions_app:{page}", args=args))

    assert answer.status_code in {405, 410}
    assert "Night Train" not in answer.text


def test_a_closed_link_ends_for_those_inside_too(web, version):
    link = link_to(version)
    opened(web, link)
    audio = reverse("sessions_app:share-audio", args=[link.token, version.pk])
    assert b"".join(web.get(audio)).startswith(b"RIFF")

    share_links.revoke_link(link=link, actor=None, now=timezone.now())

    assert [web.get(page_of(link)).status_code, web.get(audio).status_code] == [410, 410]


def test_audio_is_played_in_parts_and_saved_only_where_it_may_be(web, version):
    hears, saves = link_to(version), link_to(version, may_download=True)
    opened(web, hears)
    opened(web, saves)
    audio = reverse("sessions_app:share-audio", args=[hears.token, version.pk])

    part = web.get(audio, headers={"range": "bytes=0-3"})
    assert (part.status_code, b"".join(part), part["Content-Disposition"]) == (
        206,
        b"RIFF",
        'inline; filename="mix.wav"',
    )
    assert web.get(f"{audio}?save=1").status_code == 410
    saved = web.get(reverse("sessions_app:share-audio", args=[saves.token, version.pk]) + "?save=1")
    assert saved["Content-Disposition"] == 'attachment; filename="mix.wav"'
    assert len(b"".join(saved)) == version.file.size


def test_audio_of_what_the_link_does_not_open_is_not_played(web, version):
    other, closed = TrackVersionFactory(), link_to(version)
    link = link_to(version)
    opened(web, link)

    for token, number in ((link.token, other.pk), (closed.token, version.pk), (link.token, 10**18)):
        answer = web.get(reverse("sessions_app:share-audio", args=[token, number]))
        assert answer.status_code == 410


def test_a_listener_comments_answers_and_approves_under_a_name(web, version):
    link = link_to(version, may_comment=True, may_approve=True)
    opened(web, link)
    comment, approve = (reverse(f"sessions_app:share-{what}", args=[link.token]) for what in ("comment", "approve"))

    said = {"version": version.pk, "second": "1:02.5", "name": "Mina", "body": "<b>More voice</b>"}
    first = web.post(comment, said)
    thread = TrackComment.objects.get()
    web.post(comment, said | {"answers": thread.pk, "body": "Please"})
    web.post(approve, {"version": version.pk, "name": "Mina"})

    page = web.get(page_of(link)).text
    assert first["Location"].endswith(f"#comment-{thread.pk}")
    assert (thread.second, thread.author_label) == (Decimal("62.5"), "Mina")
    assert "&lt;b&gt;More voice&lt;/b&gt;" in page
    assert ("Please" in page, "approved by Mina" in page, "1:02" in page) == (True, True, True)
    assert 'value="Mina"' in page


@pytest.mark.parametrize(
    "given",
    [
        {"body": ""},
        {"body": "x" * 5001},
        {"name": " "},
        {"second": "soon"},
        {"second": "99:99:99:99"},
        {"second": "-4"},
        {"second": "90000"},
        {"version": "x"},
        {"version": "-1"},
        {"version": "9" * 30},
        {"answers": "1" * 25},
    ],
    ids=str,
)
def test_a_comment_that_makes_no_sense_is_refused_and_what_was_typed_stays(web, version, given):
    link = link_to(version, may_comment=True)
    opened(web, link)

    said = {"version": version.pk, "second": "0:03", "name": "Mina", "body": "Kept text"} | given
    answer = web.post(reverse("sessions_app:share-comment", args=[link.token]), said)

    assert answer.status_code in {400, 403}
    assert not TrackComment.objects.exists()
    if given.keys() & {"name", "second"}:
        assert ("Kept text" in answer.text, 'role="alert"' in answer.text) == (True, True)


def test_a_listener_without_the_right_says_nothing_and_sees_nobody_elses_words(web, version):
    TrackCommentFactory(version=version, body="Between us")
    link = link_to(version)
    page = opened(web, link)

    said = {"version": version.pk, "second": "0:03", "name": "Mina", "body": "Hello"}
    answer = web.post(reverse("sessions_app:share-comment", args=[link.token]), said)
    approved = web.post(reverse("sessions_app:share-approve", args=[link.token]), said)

    assert "Between us" not in page.text
    assert [answer.status_code, approved.status_code, TrackComment.objects.count()] == [403, 403, 1]


def test_guessing_is_slowed_down(web, version):
    link = link_to(version)

    answers = [web.post(page_of(link)).status_code for _time in range(25)]

    assert answers[:20] == [302] * 20
    assert 429 in answers[20:]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_as_many_queries_for_three_tracks_as_for_one(web, version, count, django_assert_num_queries):
    for _number in range(count - 1):
        TrackCommentFactory(version=TrackVersionFactory(track=TrackFactory(project=version.track.project)))
    link = link_to(version, may_comment=True)
    opened(web, link)

    with django_assert_num_queries(16):
        assert web.get(page_of(link)).text.count("<audio") == count


def test_what_was_typed_while_a_newer_version_came_is_kept_with_the_one_that_was_heard(web, version):
    link = link_to(version, may_comment=True, may_approve=True)
    opened(web, link)
    newer = TrackVersionFactory(track=version.track, kind=version.kind)
    comment, approve = (reverse(f"sessions_app:share-{what}", args=[link.token]) for what in ("comment", "approve"))

    said = {"version": version.pk, "second": "0:03", "name": "Mina", "body": "More voice"}
    kept = web.post(comment, said, follow=True)
    refused = web.post(approve, {"version": version.pk, "name": "Zed"})

    assert (TrackComment.objects.get().version, "is kept with" in kept.text) == (version, True)
    assert (refused.status_code, "A newer version has come" in refused.text) == (403, True)
    assert web.post(approve, {"version": newer.pk, "name": "Zed"}).status_code == 302


def test_a_text_without_a_form_to_stay_in_is_shown_above(web, version):
    link, comment = link_to(version, may_comment=True), TrackCommentFactory()
    opened(web, link)

    said = {"version": version.pk, "answers": comment.pk, "second": "", "name": "Mina", "body": "Kept text"}
    answer = web.post(reverse("sessions_app:share-comment", args=[link.token]), said)

    assert (answer.status_code, answer.text.count("Kept text"), answer.text.count('role="alert"')) == (403, 1, 1)


def test_a_refusal_names_the_box_as_the_page_does(web, version):
    link = link_to(version, may_comment=True, may_approve=True)
    opened(web, link)
    comment, approve = (reverse(f"sessions_app:share-{what}", args=[link.token]) for what in ("comment", "approve"))

    said = web.post(comment, {"version": version.pk, "second": "soon", "name": "", "body": "x"}).text
    long = web.post(approve, {"version": version.pk, "name": "Z" * 101}).text

    assert ("Your name: This field is required." in said, "At: Write a time" in said) == (True, True)
    assert f'value="{"Z" * 101}"' in long


def test_a_large_project_is_played_while_guessing_stays_slow(web, version):
    inside, link = link_to(version), link_to(version)
    opened(web, inside)
    guesses = [web.get(page_of(link)) for _time in range(120)]
    assert [guesses[118].status_code, guesses[119].status_code] == [200, 429]
    assert (guesses[119]["Cache-Control"], guesses[119]["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")

    audio = reverse("sessions_app:share-audio", args=[inside.token, version.pk])
    parts = [web.get(audio, headers={"range": "bytes=0-3"}) for _time in range(130)]

    assert {(part.status_code, b"".join(part)) for part in parts} == {(206, b"RIFF")}
    assert parts[0]["Cache-Control"] == "private, no-store"
