"""Links to files: for one studio, one file, and a while; a player gets the part it asks for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.office.models import StoredFile
from studio.office.services import file_links, files
from studio.tenancy.context import inside

pytestmark = pytest.mark.django_db
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(184))


def store(data=WAV, name="mix.wav"):
    return files.store_file(data=data, name=name, actor=None, now=timezone.now())


@pytest.fixture
def stored(studio):
    return store()


def link_to(stored, **given):
    return file_links.link_to(stored=stored, now=timezone.now(), **given)


def body(response):
    """Read what is streamed, and close the file behind it."""
    read = b"".join(response.streaming_content)
    response.close()
    return read


def test_whoever_has_the_link_hears_the_file(web, stored):
    answer = web.get(link_to(stored))

    assert (answer.status_code, answer["Content-Type"], answer["Content-Length"]) == (200, "audio/wav", "200")
    assert body(answer) == WAV
    assert answer["Content-Disposition"] == 'inline; filename="mix.wav"'
    assert (answer["Accept-Ranges"], answer["X-Content-Type-Options"]) == ("bytes", "nosniff")
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex")


def test_a_download_is_saved_and_so_is_what_is_no_audio(web, stored):
    page = store(b"<html><script>alert(1)</script>", "page.html")

    audio, text = web.get(link_to(stored, as_download=True)), web.get(link_to(page))

    assert audio["Content-Disposition"].startswith("attachment")
    assert text["Content-Disposition"].startswith("attachment")
    assert (text["Content-Type"], body(text), body(audio)) == ("text/plain", b"<html><script>alert(1)</script>", WAV)


@pytest.mark.parametrize(
    ("asked", "span", "part"),
    [
        ("bytes=0-9", "bytes 0-9/200", WAV[:10]),
        ("bytes=190-", "bytes 190-199/200", WAV[190:]),
        ("bytes=-5", "bytes 195-199/200", WAV[195:]),
        ("bytes=-500", "bytes 0-199/200", WAV),
        ("bytes=100-5000", "bytes 100-199/200", WAV[100:]),
    ],
)
def test_a_player_gets_the_part_it_asks_for(web, stored, asked, span, part):
    answer = web.get(link_to(stored), headers={"range": asked})

    assert (answer.status_code, answer["Content-Range"]) == (206, span)
    assert answer["Content-Length"] == str(len(part))
    assert body(answer) == part


@pytest.mark.parametrize("asked", ["bytes=200-", "bytes=5-4", "bytes=-0"])
def test_a_part_that_does_not_exist_is_refused(web, stored, asked):
    answer = web.get(link_to(stored), headers={"range": asked})

    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */200")


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=" + "9" * 400 + "-"])
def test_a_range_that_is_none_gets_the_whole(web, stored, asked):
    answer = web.get(link_to(stored), headers={"range": asked})

    assert (answer.status_code, body(answer)) == (200, WAV)


def test_a_part_of_an_older_file_is_not_mixed_in(web, stored):
    asked = {"range": "bytes=0-9", "if-range": '"another"'}

    answer = web.get(link_to(stored), headers=asked)
    assert (answer.status_code, body(answer)) == (200, WAV)


def test_a_link_ends(web, stored):
    answer = web.get(link_to(stored, lasts=timedelta(seconds=-1)))

    assert answer.status_code == 410
    assert "This link has expired." in answer.text


def test_no_character_of_a_link_can_be_changed(web, stored):
    address = link_to(stored)
    start = len(reverse("office:file-open", args=["x"])) - 2

    for place in range(start, len(address) - 1):
        other = "A" if address[place] != "A" else "B"
        answer = web.get(address[:place] + other + address[place + 1 :])
        assert answer.status_code == 404, address[place]


def test_a_link_of_another_studio_opens_nothing(web, stored, other_studio):
    with inside(other_studio):
        theirs = store(name="theirs.wav")
        assert theirs.pk
        address = link_to(theirs)
    StoredFile.objects.filter(pk=stored.pk).update(id=theirs.pk)

    answer = web.get(address)

    assert answer.status_code == 404
    assert "This link is not one of ours." in answer.text


def test_a_file_that_is_gone_is_said_so(web, stored):
    address = link_to(stored)
    files.default_storage.delete(stored.key)

    answer = web.get(address)
    assert (answer.status_code, "This file is not here any more." in answer.text) == (404, True)
    stored.delete()
    assert web.get(address).status_code == 404
