"""What is printed of a project: its tracks with their codes, credits and shares, and what is still missing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext as _
from stdnum import isrc as isrc_numbers

from sessions_app.models import Project, Track, TrackComment, TrackCredit, TrackVersion, VersionKind
from sessions_app.models.track_credit import WHOLE
from studio.showing import length

type Table = tuple[list[str], list[list[object]]]


@dataclass(frozen=True, slots=True)
class ProjectTrack:
    """A track as its project shows it.

    versions: newest first
    split: the sum of the shares, None when none is given
    open_threads: comments that nobody has resolved
    gaps: what a label would send back for, each as a few words
    """

    track: Track
    credits: Sequence[TrackCredit]
    versions: Sequence[TrackVersion]
    split: Decimal | None
    open_threads: int
    gaps: Sequence[str]

    @property
    def isrc(self) -> str:
        """The code as it is printed, with dashes."""
        return isrc_numbers.format(self.track.isrc) if self.track.isrc else ""

    @property
    def duration(self) -> str:
        """Minutes and seconds, empty when unknown."""
        return length(self.track.duration) if self.track.duration else ""

    @property
    def approved(self) -> Sequence[TrackVersion]:
        """The versions whose approval stands."""
        return [version for version in self.versions if version.is_approved]


def project_tracks(project: Project) -> list[ProjectTrack]:
    """Return the tracks of a project in their order.

    queries: 4, however many tracks
    """
    tracks = list(Track.objects.filter(project=project).in_order())
    credits_of: dict[int, list[TrackCredit]] = defaultdict(list)
    for credit in TrackCredit.objects.filter(track__project=project).as_printed():
        credits_of[credit.track_id].append(credit)
    versions_of: dict[int, list[TrackVersion]] = defaultdict(list)
    for version in TrackVersion.objects.filter(track__project=project).newest_first():
        versions_of[version.track_id].append(version)
    unresolved = TrackComment.objects.unresolved().filter(version__track__project=project)
    threads = dict(unresolved.values_list("version__track").annotate(count=Count("pk")))
    return [
        _project_track(track, credits_of[track.pk], versions_of[track.pk], threads.get(track.pk, 0)) for track in tracks
    ]


def _project_track(
    track: Track, credited: Sequence[TrackCredit], versions: Sequence[TrackVersion], open_threads: int
) -> ProjectTrack:
    shares = [credit.split_percent for credit in credited if credit.split_percent is not None]
    split = sum(shares, Decimal(0)) if shares else None
    has_master = any(version.kind == VersionKind.MASTER and version.is_approved for version in versions)
    missing = {
        _("no ISRC"): not track.isrc,
        _("no duration"): not track.duration,
        _("no credits"): not credited,
        _("no splits"): bool(credited) and split is None,
        _("splits come to %(split)s percent") % {"split": split}: split is not None and split != WHOLE,
        _("no approved master"): not has_master,
    }
    return ProjectTrack(
        track, credited, versions, split, open_threads, [gap for gap, is_so in missing.items() if is_so]
    )


def label_copy(project: Project, tracks: Sequence[ProjectTrack]) -> Table:
    """Return head and rows of a label copy: a row for each credit, and one for a track without any."""
    head = [
        _("Artist"),
        _("Release"),
        _("Label"),
        _("Catalogue number"),
        _("No."),
        _("Title"),
        _("ISRC"),
        _("Duration"),
        _("Language"),
        _("Explicit"),
        _("Role"),
        _("Name"),
        _("Split %"),
    ]
    release = [project.artist_name, project.name, project.label, project.catalogue_number]
    rows: list[list[object]] = []
    for each in tracks:
        track = each.track
        explicit = _("yes") if track.is_explicit else _("no")
        facts = [*release, track.number, track.title, each.isrc, each.duration, track.language, explicit]
        credited = [[credit.role, credit.name, credit.split_percent] for credit in each.credits]
        rows += [[*facts, *credit] for credit in credited or [["", "", None]]]
    return head, rows
