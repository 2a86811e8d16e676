"""How long recorded sound lasts, read off the first bytes of formats that say it there."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

MILLISECOND = Decimal("0.001")
OPEN_ENDED = 0xFFFFFFFF  # what whoever wrote a WAV file puts down before it knows how much will come
MANTISSA_BITS = 64  # of the 80-bit float in which AIFF writes its rate
EXPONENT_BIAS = 16383 + MANTISSA_BITS - 1
MP3_RATES = (44_100, 48_000, 32_000)
MP3_KINDS = {3: (1152, 1), 2: (576, 2), 0: (576, 4)}  # version -> samples in a frame, what its rates are divided by
MP3_MARKS = (b"Xing", b"Info")  # what most programs write into the first frame, with the number of frames
FLAC_INFO = range(18, 26)  # rate, channels, depth and number of samples, packed


def length_of(content_type: str, head: bytes, size: int) -> Decimal | None:
    """Return how many seconds of sound a file holds, to the millisecond; None where its first bytes do not say.

    size: of the whole file
    """
    parts: tuple[Decimal, Decimal] | None = None
    if content_type == "audio/wav":
        parts = _wav(head, size)
    elif content_type == "audio/aiff":
        parts = _aiff(head)
    elif content_type == "audio/flac":
        parts = _flac(head)
    elif content_type == "audio/mpeg":
        parts = _mp3(head)
    if parts is None or parts[1] <= 0:
        return None
    amount, rate = parts
    return (amount / rate).quantize(MILLISECOND)


def _chunks(head: bytes, order: Literal["big", "little"]) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, beginning and declared size of each part of a container."""
    at = 12
    while at + 8 <= len(head):
        size = int.from_bytes(head[at + 4 : at + 8], order)
        yield head[at : at + 4], at + 8, size
        at += 8 + size + size % 2


def _wav(head: bytes, size: int) -> tuple[Decimal, Decimal] | None:
    """Return the bytes of sound, and how many a second has."""
    rate = 0
    for name, at, declared in _chunks(head, "little"):
        if name == b"fmt ":
            rate = int.from_bytes(head[at + 8 : at + 12], "little")
        elif name == b"data":
            there = size - at
            if declared == 0 and there > 0:  # written while it was recorded, or other parts follow
                return None
            return Decimal(there if declared == OPEN_ENDED else min(declared, there)), Decimal(rate)
    return None


def _aiff(head: bytes) -> tuple[Decimal, Decimal] | None:
    """Return the frames of sound, and how many a second has."""
    for name, at, _declared in _chunks(head, "big"):
        if name == b"COMM" and at + 18 <= len(head):
            frames, rate = int.from_bytes(head[at + 2 : at + 6], "big"), head[at + 8 : at + 18]
            halvings, mantissa = EXPONENT_BIAS - int.from_bytes(rate[:2], "big"), int.from_bytes(rate[2:], "big")
            return (Decimal(frames), Decimal(mantissa) / 2**halvings) if halvings in range(MANTISSA_BITS) else None
    return None


def _flac(head: bytes) -> tuple[Decimal, Decimal] | None:
    """Return the samples of sound, and how many a second has; nought samples means that nobody counted."""
    if len(head) < FLAC_INFO.stop or head[4] & 0x7F:
        return None
    packed = int.from_bytes(head[FLAC_INFO.start : FLAC_INFO.stop], "big")
    samples, rate = packed & (2**36 - 1), packed >> 44
    return (Decimal(samples), Decimal(rate)) if samples else None


def _mp3(head: bytes) -> tuple[Decimal, Decimal] | None:
    """Return the samples of sound, and how many a second has, where the first frame says how many follow.

    From bytes and bit rate it could only be guessed.
    """
    at = 0
    if head[:3] == b"ID3":  # its size has seven bits a byte
        at = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
    frame = head[at : at + 4]
    place = max(head.find(mark, at, at + 64) for mark in MP3_MARKS)
    version, rate = (frame[1] >> 3 & 3, frame[2] >> 2 & 3) if len(frame) == len(MP3_MARKS[0]) else (1, 3)
    flags, counted = (head[place + at : place + at + 4] if place >= 0 else b"" for at in (4, 8))
    if version not in MP3_KINDS or rate >= len(MP3_RATES) or not (flags and flags[-1] & 1):
        return None
    (samples, divided), frames = MP3_KINDS[version], int.from_bytes(counted, "big")
    return (Decimal(frames * samples), Decimal(MP3_RATES[rate]) / divided) if frames else None
