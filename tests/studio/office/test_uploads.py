"""Large files on their way in: in parts, examined, kept or swept; never a row without bytes or bytes without a row."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from studio.accounts.models import AuditEvent
from studio.office.contents import AUDIO
from studio.office.models import PendingFile, StoredFile
from studio.office.services import files, leftovers, quota, uploads

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(range(200))
WAV_BYTES = len(WAV)
PURPOSE = "track 1, by Edith"


def announced(name="mix.wav", size=WAV_BYTES, purpose=PURPOSE, now=NOW, fingerprint="monday"):
    return uploads.begin_upload(name=name, size=size, purpose=purpose, now=now, fingerprint=fingerprint)


def receive(upload, offset, data, now=NOW):
    return uploads.receive_part(number=upload.pk, purpose=PURPOSE, offset=offset, data=data, now=now)


def examine(upload, whole=None, now=NOW):
    return uploads.examine_upload(number=upload.pk, purpose=PURPOSE, accepted=AUDIO, whole=whole, now=now)


def kept(data=WAV, name="mix.wav"):
    upload = announced(name, len(data))
    receive(upload, 0, data)
    return uploads.keep_upload(examined=examine(upload), actor=None, now=NOW)


def bytes_in_storage():
    """Every key of this studio's storage under which something stands."""
    root = Path(default_storage.location)
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_file_arrives_in_parts_and_is_known_by_its_bytes():
    upload = announced("../../mix.wav")

    assert receive(upload, 0, WAV[:100]) == 100
    assert receive(upload, 100, WAV[100:]) == len(WAV)
    stored = uploads.keep_upload(examined=examine(upload), actor=None, now=NOW)

    assert (stored.name, stored.content_type, stored.size, stored.sha256) == (
        "mix.wav",
        "audio/wav",
        len(WAV),
        sha256(WAV).hexdigest(),
    )
    with files.open_file(stored) as file:
        assert file.read() == WAV
    assert not PendingFile.objects.exists()
    assert bytes_in_storage() == {stored.key}
    assert AuditEvent.objects.get(verb="store").object_label == "mix.wav"


def test_a_file_that_comes_with_the_form_arrives_the_same_way():
    upload = announced()
    receive(upload, 0, WAV[:10])  # an earlier try in parts

    examined = examine(upload, whole=SimpleUploadedFile("mix.wav", WAV))

    assert examined.found.sha256 == sha256(WAV).hexdigest()
    assert bytes_in_storage() == {upload.key}


def test_the_same_file_announced_again_goes_on_where_it_stopped():
    upload = announced()
    receive(upload, 0, WAV[:100])

    again = announced()

    assert (again.pk, uploads.received_of(again)) == (upload.pk, 100)


@pytest.mark.parametrize("other", ["tuesday", "", "nul\x00 \ud800" * 500], ids=["another", "not known", "hostile"])
def test_another_render_of_the_same_name_and_size_begins_anew(other):
    tuesday = WAV[:-100] + bytes(100)
    first = announced()
    receive(first, 0, WAV[:100])

    second = announced(fingerprint=other)

    assert (second.pk != first.pk, uploads.received_of(second)) == (True, 0)
    receive(second, 0, tuesday)
    stored = uploads.keep_upload(examined=examine(second), actor=None, now=NOW)
    assert stored.sha256 == sha256(tuesday).hexdigest()


def test_without_a_fingerprint_nothing_is_known_to_be_the_same():
    first = announced(fingerprint="")
    receive(first, 0, WAV[:100])

    assert uploads.received_of(announced(fingerprint="")) == 0


def test_another_file_for_the_same_purpose_gives_the_first_one_up():
    first = announced()
    second = announced("other.wav")

    assert second.pk != first.pk
    with pytest.raises(uploads.UploadGone):
        receive(first, 0, WAV)


@pytest.mark.parametrize("offset", [0, 50, 150])
def test_a_part_out_of_place_is_refused_and_says_where_to_go_on(offset):
    upload = announced()
    receive(upload, 0, WAV[:100])

    with pytest.raises(uploads.WrongPlace) as refusal:
        receive(upload, offset, WAV[:10])

    assert refusal.value.received == 100
    assert uploads.received_of(upload) == 100


def test_more_bytes_than_announced_are_refused():
    upload = announced(size=100)

    with pytest.raises(files.FileTooLarge):
        receive(upload, 0, WAV)
    assert uploads.received_of(upload) == 0


def test_a_disk_that_is_full_leaves_what_was_there(monkeypatch):
    upload = announced()
    receive(upload, 0, WAV[:100])

    class Full:
        def append(self, key, *, offset, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "store", Full)
    with pytest.raises(quota.StorageFull):
        receive(upload, 100, WAV[100:])
    monkeypatch.undo()
    assert uploads.received_of(upload) == 100


@pytest.mark.parametrize(
    ("size", "error"),
    [(0, files.EmptyFile), (-1, files.EmptyFile), (1024 * 1024 + 1, files.FileTooLarge)],
    ids=["empty", "negative", "too large"],
)
def test_a_size_that_cannot_be_kept_is_refused_before_a_byte_is_sent(settings, size, error):
    settings.UPLOAD_MAX_MB = 1

    with pytest.raises(error):
        announced(size=size)
    assert not PendingFile.objects.exists()


def test_a_studio_keeps_no_more_than_its_share(settings):
    settings.STORAGE_QUOTA_MB = 1
    half = quota.MEGABYTE // 2
    announced("one.wav", half, purpose="one")

    announced("two.wav", half, purpose="two")
    with pytest.raises(quota.StorageFull, match="0 MB of the studio's 1 MB"):
        announced("three.wav", 1, purpose="three")
    with pytest.raises(quota.StorageFull):
        files.store_file(data=b"x", name="x", actor=None, now=NOW)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n" + bytes(50), b"<html><script>alert(1)</script>", b"%PDF-1.7 x", b"\x00\x01\x02", b"words"],
    ids=["picture", "page", "document", "noise", "words"],
)
def test_what_is_no_audio_is_refused_whatever_it_is_called(data):
    upload = announced("master.wav", len(data))
    receive(upload, 0, data)

    with pytest.raises(uploads.WrongKind, match=r"master\.wav is no audio"):
        examine(upload)

    assert not StoredFile.objects.exists()
    with pytest.raises(uploads.UploadGone):
        examine(upload)


@pytest.mark.parametrize("sent", [0, 100])
def test_a_file_that_is_not_all_there_is_refused_and_can_go_on(sent):
    upload = announced()
    if sent:
        receive(upload, 0, WAV[:sent])

    with pytest.raises(uploads.CutShort):
        examine(upload)

    receive(upload, sent, WAV[sent:])
    assert examine(upload).found.size == len(WAV)


def test_an_upload_is_nobody_elses_and_ends():
    upload = announced()

    with pytest.raises(uploads.UploadGone):
        uploads.receive_part(number=upload.pk, purpose="track 1, by Fred", offset=0, data=WAV, now=NOW)
    with pytest.raises(uploads.UploadGone):
        receive(upload, 0, WAV, now=NOW + uploads.LIFETIME)


def test_an_upload_is_kept_once():
    upload = announced()
    receive(upload, 0, WAV)
    examined = examine(upload)
    uploads.keep_upload(examined=examined, actor=None, now=NOW)

    with pytest.raises(uploads.UploadGone):
        uploads.keep_upload(examined=examined, actor=None, now=NOW)
    assert StoredFile.objects.count() == 1


def test_the_sweep_takes_what_is_overdue_and_nothing_else():
    stored = kept()
    late, early = announced(now=NOW - uploads.LIFETIME - leftovers.GRACE), announced("b.wav", purpose="b")
    default_storage.save(late.key, SimpleUploadedFile("x", b"partial"))
    default_storage.save(early.key, SimpleUploadedFile("x", b"partial"))
    others = default_storage.save(
        f"tenant_0/{late.key.partition('/')[2]}", SimpleUploadedFile("x", b"another studio's")
    )
    PendingFile.objects.create(key=others, name="x", size=1, expires_at=NOW - timedelta(days=9))

    assert leftovers.sweep_leftovers(now=NOW) == 2

    assert bytes_in_storage() == {stored.key, early.key, others}
    assert list(PendingFile.objects.values_list("pk", flat=True)) == [early.pk]


def test_the_sweep_never_takes_the_bytes_of_a_stored_file():
    stored = kept()
    PendingFile.objects.create(key=stored.key, name="x", size=1, expires_at=NOW - timedelta(days=9))

    assert leftovers.sweep_leftovers(now=NOW) == 0
    assert bytes_in_storage() == {stored.key}


def test_a_discarded_file_is_gone_with_its_bytes_after_the_sweep():
    stored, stays = kept(), kept(name="stays.wav")

    leftovers.discard_files(stored=[stored], now=NOW)
    assert bytes_in_storage() == {stored.key, stays.key}
    leftovers.sweep_leftovers(now=NOW)

    assert bytes_in_storage() == {stays.key}
    assert list(StoredFile.objects.all()) == [stays]
