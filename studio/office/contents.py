"""What files are, found in their bytes, and what they may be called."""

from django.utils.translation import gettext as _

NAME_LENGTH = 255
UNKNOWN_TYPE = "application/octet-stream"
# How the bytes begin -> what they are. Nothing that a browser would run is ever named: marked-up text is plain text.
BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"PK\x03\x04", "application/zip"),
)
# A container names its content at the eighth byte.
CONTAINERS = {
    (b"RIFF", b"WAVE"): "audio/wav",
    (b"RF64", b"WAVE"): "audio/wav",
    (b"RIFF", b"WEBP"): "image/webp",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}


# What a studio listens to, and a browser may be asked to play.
AUDIO = frozenset({"audio/wav", "audio/aiff", "audio/flac", "audio/mpeg", "audio/mp4", "audio/ogg"})


def content_type_of(data: bytes) -> str:
    """Return the media type found in the first bytes; text that is text is text/plain."""
    for beginning, content_type in BEGINNINGS:
        if data.startswith(beginning):
            return content_type
    if contained := CONTAINERS.get((data[:4], data[8:12])):
        return contained
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else "video/mp4"
    return "text/plain" if is_text(data) else UNKNOWN_TYPE


def is_text(data: bytes) -> bool:
    """Return whether the bytes are UTF-8 without control characters other than tab and line ends."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return text.translate(dict.fromkeys(map(ord, "\t\r\n"))).isprintable()


def plain_name(name: str) -> str:
    """Return what a file may be called here: the last part of its name, which never becomes a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].replace("\x00", "")
    return last[-NAME_LENGTH:].strip() or _("file")
