"""A project of the demonstration with something to hear: two songs made of sine waves."""

import math
import wave
from array import array
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

from django.db import transaction

from sessions_app.models import Musician, Project, ShareLink, Track
from sessions_app.services import projects, share_links, track_comments, track_credits, tracks, versions
from studio.accounts.models import User
from studio.office.contents import AUDIO
from studio.office.services import uploads

RATE = 8000  # samples a second: enough to hear which version plays
SECONDS = 12
LOUD = 9000
SONGS = (("Night Train", (220, 277, 330, 440), 187), ("Harbour Lights", (196, 247, 294, 392), 224))
CREDITS = (("composer", True, 50), ("author", False, 50), ("mixing engineer", False, None))
COMMENTS = (("2.5", "The voice could be a little louder here."), ("8", "Lovely, keep the echo."))


def wav(notes: tuple[int, ...]) -> bytes:
    """Return a small WAV file that plays notes one after the other."""
    each = RATE * SECONDS // len(notes)
    samples = array("h")
    for note in notes:
        samples.extend(int(LOUD * (1 - at / each) * math.sin(2 * math.pi * note * at / RATE)) for at in range(each))
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def fill_project(*, actor: User | None, now: datetime) -> str:
    """Give the newest project tracks with versions, comments, credits and a share link, all of it or nothing.

    Not inside a transaction: bytes are known by a committed row before they are written.
    returns: the secret of the link, empty where it had been done before or there is no project
    """
    project = Project.objects.current().order_by("-pk").first()
    if project is None or ShareLink.objects.exists():
        return ""
    heard = {title: _uploads(title, notes, now) for title, notes, _duration in SONGS}
    with transaction.atomic():
        projects.change_project(project=project, budget=Decimal(4500), actor=actor, now=now)
        for number, (title, _notes, duration) in enumerate(SONGS, 1):
            track = tracks.add_track(
                project=project,
                title=title,
                duration=duration,
                isrc=f"FRZ03{now:%y}0010{number}",
                bpm=Decimal(96),
                key="Am",
                actor=actor,
                now=now,
            )
            _fill_track(track, heard[title], actor=actor, now=now)
        _link, token = share_links.make_link(
            subject=project,
            recipient="The band",
            expires_at=now + timedelta(days=30),
            may_comment=True,
            may_approve=True,
            actor=actor,
            now=now,
        )
    return token


def _uploads(title: str, notes: tuple[int, ...], now: datetime) -> dict[str, uploads.Examined]:
    """Return what waits to be kept, by the kind of version it will be."""
    found = {}
    for kind, played in (("demo", notes[:2]), ("rough_mix", notes[::-1]), ("master", notes)):
        data, purpose = wav(played), f"demonstration {title} {kind}"
        upload = uploads.begin_upload(name=f"{title} {kind}.wav", size=len(data), purpose=purpose, now=now)
        uploads.receive_part(number=upload.pk, purpose=purpose, offset=0, data=data, now=now)
        found[kind] = uploads.examine_upload(number=upload.pk, purpose=purpose, accepted=AUDIO, now=now)
    return found


def _fill_track(track: Track, heard: dict[str, uploads.Examined], *, actor: User | None, now: datetime) -> None:
    talents = list(Musician.objects.order_by("pk")[: len(CREDITS)])
    for (role, is_primary, split), talent in zip(CREDITS, talents, strict=False):
        track_credits.add_credit(
            track=track,
            role=role,
            musician=talent,
            name="",
            is_primary=is_primary,
            split_percent=None if split is None else Decimal(split),
            actor=actor,
            now=now,
        )
    for kind, examined in heard.items():
        version = versions.add_version(track=track, kind=kind, examined=examined, actor=actor, now=now)
        if kind == "rough_mix":
            for second, body in COMMENTS:
                comment = track_comments.add_comment(
                    version=version, second=Decimal(second), body=body, listener="Mina", actor=None, now=now
                )
            track_comments.answer_comment(comment=comment, body="It stays.", listener="Ada", actor=None, now=now)
    if track.title == SONGS[0][0]:
        versions.approve_version(version=version, approved_by="Mina", actor=actor, now=now)
