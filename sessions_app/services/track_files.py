"""Tracks go together with their audio."""

from collections.abc import Sequence
from datetime import datetime

from sessions_app.models import Track, TrackVersion
from studio.office.models import StoredFile
from studio.office.services import leftovers


def discard_tracks(*, tracks: Sequence[Track], now: datetime) -> None:
    """Delete tracks, which the caller has locked and put on record; their files' bytes go once this is committed."""
    keys = [track.pk for track in tracks]
    audio = TrackVersion.objects.filter(track__in=keys, file__isnull=False).values("file")
    stored = list(StoredFile.objects.filter(pk__in=audio))
    Track.objects.filter(pk__in=keys).delete()
    leftovers.discard_files(stored=stored, now=now)
