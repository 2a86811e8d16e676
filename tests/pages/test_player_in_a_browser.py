"""A version is sent in by parts and played with its comments, in a browser that enforces the policy."""

import io
import math
import re
import wave
from array import array
from hashlib import sha256

import pytest
from playwright.sync_api import expect

from sessions_app.models import TrackComment, TrackVersion
from studio.office.services import uploads
from tests.factories import TrackFactory
from tests.pages.door import let_in, made_account

RATE, SECONDS = 8000, 10

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wav():
    samples = array("h", (int(8000 * math.sin(at / 6)) for at in range(RATE * SECONDS)))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return file.getvalue()


@pytest.fixture
def track(house):
    return TrackFactory(title="Opener")


@pytest.fixture
def office(page, track, address):
    return let_in(page, made_account(), address)


def send(office, track, name, data):
    office.goto(f"/admin/sessions_app/track/{track.pk}/add-version/")
    office.locator("input[type=file]").set_input_files({"name": name, "mimeType": "audio/wav", "buffer": data})
    office.get_by_role("button", name="Add a version").click()


def test_a_version_is_sent_by_parts_played_and_commented_at_its_moment(office, track, complaints, monkeypatch):
    monkeypatch.setattr(uploads, "PART_BYTES", 50_000)
    parts, announced = [], []
    office.on("request", lambda request: parts.append(request.url) if "upload-part" in request.url else None)
    office.on("request", lambda request: announced.append(request.post_data) if "upload-begin" in request.url else None)

    send(office, track, "opener.wav", wav())
    expect(office.locator("article.version")).to_have_count(1)
    assert len(parts) == 4
    ends = sha256(wav() + wav()).hexdigest()  # shorter than a megabyte, it is its own first one and its last one
    assert [bool(re.search(rf'name="fingerprint"\s+\d+ {ends}\s', each)) for each in announced] == [True]
    version = TrackVersion.objects.get()
    assert version.file.size == len(wav())

    office.locator("audio").evaluate("audio => { audio.currentTime = 4; }")
    office.get_by_text("Comment", exact=True).first.click()
    expect(office.locator("input[name=second]")).to_have_value("0:04")
    office.locator("textarea[name=body]").first.fill("More voice")
    office.get_by_role("button", name="Comment").click()

    expect(office.locator(".thread")).to_contain_text("More voice")
    assert TrackComment.objects.get().second == 4
    mark = office.locator("[data-mark]")
    expect(mark).to_have_attribute("style", "left: 40%;")
    mark.click()
    office.wait_for_function("document.querySelector('audio').currentTime >= 4")
    assert complaints == []


def test_what_is_no_audio_is_refused_with_a_sentence_and_can_be_chosen_again(office, track):
    send(office, track, "opener.wav", b"<html>" * 100)

    expect(office.locator("[data-upload-told]")).to_contain_text("opener.wav is no audio")
    expect(office.get_by_role("button", name="Add a version")).to_be_enabled()
    assert not TrackVersion.objects.exists()
