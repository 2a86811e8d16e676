"""Files under keys nobody can guess."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from studio.accounts.models import AuditEvent
from studio.office.models import StoredFile
from studio.office.services import files
from studio.tenancy.context import inside

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


def store(data=b"words", name="notes.txt"):
    return files.store_file(data=data, name=name, actor=None, now=NOW)


def test_store_file_keeps_bytes_and_what_is_known_of_them(studio, settings):
    stored = store(PNG, "logo.png")

    assert (stored.name, stored.content_type, stored.size, stored.sha256) == (
        "logo.png",
        "image/png",
        16,
        sha256(PNG).hexdigest(),
    )
    with files.open_file(stored) as kept:
        assert kept.read() == PNG
    assert (Path(settings.MEDIA_ROOT) / stored.key).is_file()
    assert stored.key.startswith(f"{studio.schema_name}/")
    assert AuditEvent.objects.get(verb="store").object_label == "logo.png"


def test_keys_never_repeat():
    keys = {store().key for _number in range(50)}

    assert len(keys) == 50


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a/b\x00/passwd"])
def test_name_never_becomes_a_path(settings, name):
    stored = store(name=name)

    assert "/" not in stored.name
    assert "\\" not in stored.name
    assert Path(settings.MEDIA_ROOT).resolve() in (Path(settings.MEDIA_ROOT) / stored.key).resolve().parents


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF....WAVEfmt ", "audio/wav"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"FORM....AIFF....", "audio/aiff"),
        (b"....ftypM4A ....", "audio/mp4"),
        (b"....ftypisom....", "video/mp4"),
        (b"ID3\x04....", "audio/mpeg"),
        (b"plain words\r\n", "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"<svg onload='alert(1)'>", "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"\xff\xfe\xfd", "application/octet-stream"),
    ],
)
def test_type_is_found_in_the_bytes(data, content_type):
    assert store(data, "claims-to-be.png").content_type == content_type


def test_empty_and_huge_files_are_refused(monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 4)

    with pytest.raises(files.EmptyFile):
        store(b"")
    with pytest.raises(files.FileTooLarge):
        store(b"12345")
    assert StoredFile.objects.count() == 0


def test_file_of_another_studio_is_never_opened(other_studio):
    with inside(other_studio):
        theirs = store()

    with pytest.raises(PermissionError):
        files.open_file(theirs)
    assert StoredFile.objects.count() == 0


class Unread(SimpleUploadedFile):
    """An upload that nobody reads."""

    def read(self, *args):
        raise AssertionError("It was read.")


def test_an_upload_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 4)

    with pytest.raises(files.FileTooLarge):
        files.store_upload(upload=Unread("notes.txt", b"words"), actor=None, now=NOW)
    with pytest.raises(AssertionError, match="It was read"):
        files.store_upload(upload=Unread("notes.txt", b"word"), actor=None, now=NOW)


def test_an_upload_is_kept_under_its_name():
    stored = files.store_upload(upload=SimpleUploadedFile("notes.txt", b"words"), actor=None, now=NOW)

    assert (stored.name, stored.size) == ("notes.txt", 5)
