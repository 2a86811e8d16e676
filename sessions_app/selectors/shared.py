"""What a share link opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django.db.models import Exists, OuterRef, QuerySet

from sessions_app.models import Project, ShareLink, Track, TrackVersion
from sessions_app.selectors.tracks import Thread, threads_by_version

KINDS = ("master", "final_mix", "rough_mix", "demo")  # what is nearest to the record comes first


@dataclass(frozen=True, slots=True)
class SharedVersion:
    """A version with what is said about it; nothing where the link does not let one comment."""

    version: TrackVersion
    threads: Sequence[Thread]


@dataclass(frozen=True, slots=True)
class SharedTrack:
    """A track with the versions that can be heard, the one nearest to the record first."""

    track: Track
    versions: Sequence[SharedVersion]


def project_of(link: ShareLink) -> Project:
    """Return the project that a link leads into."""
    if link.version is not None:
        return link.version.track.project
    if link.track is not None:
        return link.track.project
    return cast("Project", link.project)  # exactly one of the three: share_links_one_thing


def covered_by(link: ShareLink) -> QuerySet[TrackVersion]:
    """Return the versions that a link is about, those that newer ones have replaced as well."""
    rows = TrackVersion.objects.filter(file__isnull=False).select_related("track", "file", "uploaded_by")
    if link.version_id:
        return rows.filter(pk=link.version_id)
    return rows.filter(track=link.track_id) if link.track_id else rows.filter(track__project=link.project_id)


def versions_of(link: ShareLink) -> QuerySet[TrackVersion]:
    """Return the versions that a link opens: the one it names, or of each track and kind the newest with its audio."""
    mine = covered_by(link)
    if link.version_id:
        return mine
    newer = TrackVersion.objects.filter(
        track=OuterRef("track"), kind=OuterRef("kind"), number__gt=OuterRef("number"), file__isnull=False
    )
    return mine.filter(~Exists(newer))


def shared_tracks(link: ShareLink) -> list[SharedTrack]:
    """Return the tracks that a link opens, in their order, each with what can be heard of it.

    queries: 2
    """
    versions = sorted(
        versions_of(link), key=lambda each: (each.track.number, each.track_id, KINDS.index(each.kind), -each.number)
    )
    threads = threads_by_version([version.pk for version in versions]) if link.may_comment else {}
    tracks: dict[int, list[SharedVersion]] = {}
    for version in versions:
        tracks.setdefault(version.track_id, []).append(SharedVersion(version, threads.get(version.pk, ())))
    return [SharedTrack(heard[0].version.track, heard) for heard in tracks.values()]
