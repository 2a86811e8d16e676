"""Bytes of stored files: to whoever may have them, the part that is asked for; to others there is no such file."""

import pytest
from django.utils import timezone

from studio.office.services import files
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(184))


def store(data=WAV, name="mix.wav"):
    return files.store_file(data=data, name=name, actor=None, now=timezone.now())


@pytest.fixture
def stored(studio):
    return store()


@pytest.fixture
def at_desk(web):
    """The owner's browser."""
    return signed_in(web, account("owner"))


def address_of(stored):
    return f"/admin/office/storedfile/{stored.pk}/download/"


def body(response):
    """Read what is streamed, and close the file behind it."""
    read = b"".join(response.streaming_content)
    response.close()
    return read


def test_a_file_is_saved_as_it_was_stored(at_desk, stored):
    answer = at_desk.get(address_of(stored))

    assert (answer.status_code, answer["Content-Type"], answer["Content-Length"]) == (200, "audio/wav", "200")
    assert body(answer) == WAV
    assert answer["Content-Disposition"] == 'attachment; filename="mix.wav"'
    assert (answer["Accept-Ranges"], answer["X-Content-Type-Options"]) == ("bytes", "nosniff")
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert (answer["Content-Security-Policy"], answer["Cache-Control"]) == ("sandbox", "private, no-store")


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
def test_a_player_gets_the_part_it_asks_for(at_desk, stored, asked, span, part):
    answer = at_desk.get(address_of(stored), headers={"range": asked})

    assert (answer.status_code, answer["Content-Range"]) == (206, span)
    assert answer["Content-Length"] == str(len(part))
    assert body(answer) == part


@pytest.mark.parametrize("asked", ["bytes=200-", "bytes=5-4", "bytes=-0"])
def test_a_part_that_does_not_exist_is_refused(at_desk, stored, asked):
    answer = at_desk.get(address_of(stored), headers={"range": asked})

    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */200")


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=" + "9" * 400 + "-"])
def test_a_range_that_is_none_gets_the_whole(at_desk, stored, asked):
    answer = at_desk.get(address_of(stored), headers={"range": asked})

    assert (answer.status_code, body(answer)) == (200, WAV)


def test_a_part_of_an_older_file_is_not_mixed_in(at_desk, stored):
    asked = {"range": "bytes=0-9", "if-range": '"another"'}

    answer = at_desk.get(address_of(stored), headers=asked)
    assert (answer.status_code, body(answer)) == (200, WAV)


def test_a_file_whose_bytes_are_gone_is_not_there(at_desk, stored):
    files.default_storage.delete(stored.key)

    assert at_desk.get(address_of(stored)).status_code == 404


@pytest.mark.parametrize("person", ["nobody", "trainer", "guest"])
def test_who_may_not_have_a_file_learns_nothing_of_it(web, stored, person):
    if person != "nobody":
        web.force_login(account(person if person != "guest" else "", f"{person}@studio.example"))
    missing = address_of(stored).replace(str(stored.pk), str(stored.pk + 1))

    answers = [web.get(address) for address in (address_of(stored), missing)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
