"""A track and what is heard, said and printed of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sessions_app.models import Track, TrackComment, TrackCredit, TrackVersion


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with the answers to it, oldest first."""

    comment: TrackComment
    answers: Sequence[TrackComment]


@dataclass(frozen=True, slots=True)
class HeardVersion:
    """A version with what is said about it, in the order of the music."""

    version: TrackVersion
    threads: Sequence[Thread]


@dataclass(frozen=True, slots=True)
class TrackOverview:
    """A track with its versions, the last one first, and its credits as they are printed."""

    versions: Sequence[HeardVersion]
    credits: Sequence[TrackCredit]


def threads_by_version(versions: Iterable[int]) -> dict[int, list[Thread]]:
    """Return the threads on versions, by the version's key, in the order of the music.

    queries: 1
    """
    comments = list(TrackComment.objects.filter(version__in=versions).as_heard())
    answers: dict[int, list[TrackComment]] = {}
    for comment in comments:
        if comment.parent_id:
            answers.setdefault(comment.parent_id, []).append(comment)
    threads: dict[int, list[Thread]] = {}
    for comment in comments:
        if not comment.parent_id:
            threads.setdefault(comment.version_id, []).append(Thread(comment, answers.get(comment.pk, ())))
    return threads


def track_overview(track: Track) -> TrackOverview:
    """Return a track with what belongs to it.

    queries: 3
    """
    versions = list(TrackVersion.objects.filter(track=track).select_related("file").newest_first())
    threads = threads_by_version([version.pk for version in versions])
    return TrackOverview(
        [HeardVersion(version, threads.get(version.pk, ())) for version in versions],
        list(TrackCredit.objects.filter(track=track).select_related("musician").as_printed()),
    )
