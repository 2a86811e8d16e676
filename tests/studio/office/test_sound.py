"""How long sound lasts, as the first bytes of its file say."""

import io
import struct
import wave
from decimal import Decimal

import pytest

from studio.office.services import files, uploads
from studio.office.sound import length_of
from tests.factories import NOW, wav

RATE = 8000


def aiff(frames):
    rate = struct.pack(">HQ", 16383 + 12, RATE << (63 - 12))  # 8000 as an 80-bit float
    comm = b"COMM" + struct.pack(">IhIh", 18, 1, frames, 8) + rate
    return b"FORM" + struct.pack(">I", 4 + len(comm)) + b"AIFF" + comm


def mp3(frames):
    return b"\xff\xfb\x90\0" + bytes(32) + b"Info" + struct.pack(">II", 15, frames) + bytes(400)


def flac(samples):
    packed = (RATE << 44) | (15 << 36) | samples
    return b"fLaC" + b"\0\0\0\x22" + bytes(10) + packed.to_bytes(8, "big") + bytes(16)


@pytest.mark.parametrize(
    ("content_type", "data", "seconds"),
    [
        ("audio/wav", wav(seconds=2), "2.000"),
        ("audio/wav", wav(seconds=0), "0.000"),
        ("audio/wav", wav(seconds=2)[:-RATE], "1.000"),
        ("audio/wav", wav(seconds=2).replace(b"data\x80\x3e\0\0", b"data\xff\xff\xff\xff"), "2.000"),
        ("audio/wav", wav(seconds=2).replace(b"data\x80\x3e\0\0", b"data\0\0\0\0"), None),
        ("audio/wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(184), None),
        ("audio/aiff", aiff(12_000), "1.500"),
        ("audio/aiff", aiff(0), "0.000"),
        ("audio/aiff", aiff(9)[:30], None),
        ("audio/flac", flac(RATE * 3), "3.000"),
        ("audio/flac", flac(0), None),
        ("audio/mpeg", b"ID3" + bytes(500), None),
        ("audio/mpeg", mp3(1000), "26.122"),
        ("audio/mpeg", b"ID3\4\0\0\0\0\2\0" + bytes(256) + mp3(1000), "26.122"),
        ("audio/mpeg", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + mp3(1000), None),
        ("audio/mpeg", mp3(0), None),
        ("audio/mpeg", mp3(1000).replace(b"Info", b"LAME"), None),
        ("audio/mpeg", mp3(1000)[:40], None),
    ],
)
def test_what_the_first_bytes_say(content_type, data, seconds):
    assert length_of(content_type, data[:4096], len(data)) == (Decimal(seconds) if seconds else None)


def test_the_library_s_own_files_are_read():
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((2, 2, 44100, 0, "NONE", ""))
        out.writeframes(bytes(44100 * 4))

    assert length_of("audio/wav", file.getvalue()[:4096], len(file.getvalue())) == Decimal("1.000")


@pytest.mark.django_db
def test_a_header_without_sound_is_refused():
    data = wav(seconds=0)
    assert len(data) == 44
    upload = uploads.begin_upload(name="take.wav", size=len(data), purpose="a take", now=NOW)
    uploads.receive_part(number=upload.pk, purpose="a take", offset=0, data=data, now=NOW)

    with pytest.raises(files.EmptyFile, match=r"take\.wav holds no sound"):
        uploads.examine_upload(number=upload.pk, purpose="a take", accepted=frozenset({"audio/wav"}), now=NOW)
