"""Former tracks, what was said about them, and who made them."""

from decimal import Decimal

from django.db.models import Max, Sum
from django.utils.translation import gettext as _
from stdnum import isrc as isrc_numbers

from sessions_app.models import (
    AuthorKind,
    Musician,
    StudioSession,
    Track,
    TrackComment,
    TrackCredit,
    TrackStatus,
    TrackVersion,
    VersionKind,
)
from sessions_app.models.track import FASTEST, LONGEST, MOST_TRACKS, SLOWEST
from sessions_app.models.track_credit import WHOLE
from studio.tenancy.adoption.adopters import Found, Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

TRACK_STATUSES = {status.value: status.value for status in TrackStatus}
VERSION_KINDS = {
    "demo": VersionKind.DEMO.value,
    "roughmix": VersionKind.ROUGH_MIX.value,
    "finalmix": VersionKind.FINAL_MIX.value,
    "master": VersionKind.MASTER.value,
}
ADDRESSES = {
    "demo_url": VersionKind.DEMO,
    "rough_mix_url": VersionKind.ROUGH_MIX,
    "final_mix_url": VersionKind.FINAL_MIX,
    "master_url": VersionKind.MASTER,
}
SHEET = {
    "patch_preset": "preset",
    "instruments_used": "instruments",
    "microphones_used": "microphones",
    "effects_chain": "effects",
    "daw_session_path": "session file",
    "technical_notes": "notes",
}
AUTHORS = {"client": AuthorKind.CLIENT.value, "staff": AuthorKind.STAFF.value, "admin": AuthorKind.STAFF.value}
OPEN = {"open": "", "resolved": "yes", "archived": "yes"}
WRITERS = {"composer": "composer", "lyricist": "lyricist"}


def adopt_track(row: FormerRow, run: Run) -> Track:
    """Return the track that a row of `tracks` becomes.

    A number that another track of the project has becomes the next free one; a code that is none, or another
    track's, is left empty; both are kept besides. Audio stays where it was: its address is noted on a version.
    """
    project = run.required(row, "project_id", "projects")
    title = row.text("title", longest=255)
    if not title:
        raise SetAside(_("It has no title."))
    session_id = run.linked(row, "session_id", "sessions")
    session = StudioSession.objects.get(pk=session_id) if session_id else None
    track = Track.objects.create(
        project_id=project,
        number=_number(row, project),
        title=title,
        session=session,
        session_label=session.title if session else "",
        status=row.choice("status", TRACK_STATUSES, default=TrackStatus.RECORDING),
        duration=row.whole("duration", least=1, most=LONGEST, default=None),
        isrc=_isrc(row),
        bpm=row.whole("bpm", least=int(SLOWEST), most=int(FASTEST), default=None),
        key=row.text("key", longest=20),
        language=row.text("language", longest=50),
        is_explicit=row.flag("explicit_content", default=False),
        lyrics=row.raw_text("lyrics"),
        technical_sheet={name: text for column, name in SHEET.items() if (text := row.raw_text(column))},
        notes=row.raw_text("notes"),
    )
    for column, kind in ADDRESSES.items():
        if address := row.raw_text(column):
            _version(track, kind, _("The audio was at %(address)s.") % {"address": address})
    for column, role in WRITERS.items():
        if name := row.text(column, longest=255):
            TrackCredit.objects.create(track=track, role=role, name=name, is_primary=True)
    return track


def adopt_comment(row: FormerRow, run: Run) -> TrackComment:
    """Return the comment that a row of `track_comments` becomes.

    It stands on the first version of its kind, which is made without audio where there is none. An answer to a
    comment on another track or version stands by itself; an answer to an answer joins the thread.
    """
    track = Track.objects.get(pk=run.required(row, "track_id", "tracks"))
    kind = row.choice("version_type", VERSION_KINDS, default=VersionKind.ROUGH_MIX)
    version = track.versions.filter(kind=kind).order_by("number").first() or _version(track, VersionKind(kind), "")
    body = row.raw_text("content").strip()
    if not body:
        raise SetAside(_("It says nothing."))
    parent = _parent(row, run, version)
    is_settled = bool(row.choice("status", OPEN, default="")) and parent is None
    return TrackComment.objects.create(
        version=version,
        parent=parent,
        second=parent.second if parent else _second(row),
        body=body,
        author_kind=row.choice("author_type", AUTHORS, default=AuthorKind.CLIENT),
        author_label=row.text("author_name", longest=420) or _author(row),
        resolved_at=(row.instant("resolved_at") or run.now) if is_settled else None,
    )


def adopt_credit(row: FormerRow, run: Run) -> TrackCredit | Found:
    """Return the credit that a row of `track_credits` becomes, or the writer of its track that it says more about.

    A share that is no percentage, or with which the track's shares would exceed the whole, is left empty and kept
    besides: people settle who gave up what.
    """
    track = Track.objects.get(pk=run.required(row, "track_id", "tracks"))
    talent_id = run.linked(row, "musician_id", "musicians")
    talent = Musician.objects.get(pk=talent_id) if talent_id else None
    name = row.text("credit_name", longest=255) or (talent.name if talent else "")
    role = row.text("role", longest=100)
    if not name or not role:
        raise SetAside(_("It names nobody, or says not for what."))
    known = _writer(run, track, role, name)
    credit = known or TrackCredit(track=track, role=role, name=name)
    credit.musician = talent
    credit.is_primary = row.flag("is_primary", default=credit.is_primary)
    credit.split_percent = _split(row, track)
    credit.save()
    return Found(credit) if known else credit


def _writer(run: Run, track: Track, role: str, name: str) -> TrackCredit | None:
    """Return the credit that the track's own row named and nobody has said more about yet."""
    unsaid = TrackCredit.objects.filter(
        track=track, role=role, name=name, musician__isnull=True, split_percent__isnull=True
    )
    for credit in unsaid.filter(role__in=WRITERS.values()).order_by("pk"):
        if not run.rows_that_became("track_credits", credit.pk):
            return credit
    return None


def _number(row: FormerRow, project: str) -> int:
    others = Track.objects.filter(project_id=project)
    number = row.whole("track_number", least=1, most=MOST_TRACKS, default=None)
    if number is not None and not others.filter(number=number).exists():
        return number
    free = (others.aggregate(last=Max("number"))["last"] or 0) + 1
    if number is not None:
        note = _("Another track of the project has number %(number)d; this one got %(free)d.")
        row.keep("track_number", note % {"number": number, "free": free})
    return free


def _isrc(row: FormerRow) -> str:
    typed = row.text("isrc")
    if not typed:
        return ""
    if not isrc_numbers.is_valid(typed):
        row.keep("isrc", _('"%(value)s" is no ISRC; left empty.') % {"value": typed[:40]})
        return ""
    code = str(isrc_numbers.compact(typed))
    if Track.objects.filter(isrc=code).exists():
        row.keep("isrc", _("Another track has the ISRC %(value)s; left empty.") % {"value": code})
        return ""
    return code


def _version(track: Track, kind: VersionKind, notes: str) -> TrackVersion:
    return TrackVersion.objects.create(track=track, kind=kind, number=1, audio_elsewhere=True, notes=notes)


def _parent(row: FormerRow, run: Run, version: TrackVersion) -> TrackComment | None:
    named = row.value("parent_id")
    if named is None:
        return None
    key = run.links.get(("track_comments", str(named)))
    answered = TrackComment.objects.filter(pk=key).select_related("parent").first() if key else None
    if answered is None or answered.version_id != version.pk:
        row.keep("parent_id", _("It answers a comment that is not on this version; it stands by itself."))
        return None
    return answered.parent or answered


def _author(row: FormerRow) -> str:
    """Return a name for an account of a database that is not part of the source."""
    return (_("former user %(number)s") % {"number": row.raw_text("author_id")}).strip()


def _second(row: FormerRow) -> Decimal:
    second = row.number("timestamp") or Decimal(0)
    if 0 <= second <= LONGEST:
        return second.quantize(Decimal("0.001"))
    row.keep("timestamp", _("%(value)s is no second of a track; it stands at the beginning.") % {"value": second})
    return Decimal(0)


def _split(row: FormerRow, track: Track) -> Decimal | None:
    split = row.number("split_percent")
    if split is None:
        return None
    taken = TrackCredit.objects.filter(track=track).aggregate(taken=Sum("split_percent"))["taken"] or Decimal(0)
    split = split.quantize(Decimal("0.01")) if 0 <= split <= WHOLE else split
    if split >= 0 and taken + split <= WHOLE:
        return split
    note = _("A share of %(split)s percent does not fit: the others have %(taken)s. It is left empty.")
    row.keep("split_percent", note % {"split": split, "taken": taken})
    return None
