"""Versions of a track: sent out to be heard, approved, taken back."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _

from sessions_app.models import Track, TrackVersion, VersionKind
from sessions_app.services import facts
from studio.accounts.models import NotificationKind, User
from studio.accounts.services import audit, notifications
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.models import StoredFile
from studio.office.services import leftovers, uploads
from studio.office.services.uploads import Examined

# What is agreed on by revisions; a demo is sent for others to hear, however often.
REVISED = frozenset({VersionKind.ROUGH_MIX, VersionKind.FINAL_MIX, VersionKind.MASTER})
APPROVAL_FIELDS = ("approved_at", "approved_by_label", "withdrawn_at", "withdrawal_reason")


class AlreadyApproved(DomainError):
    """Somebody has approved it already."""


class NotApproved(DomainError):
    """There is no approval to take back."""


def purpose_of(*, track: Track, kind: str, actor: User) -> str:
    """Return what an upload is announced for: one version of one track, by one person."""
    return f"{kind} of track {track.pk}, by {actor.pk}"


@taking_turns()
def add_version(
    *, track: Track, kind: str, examined: Examined, actor: User | None, now: datetime, notes: str = ""
) -> TrackVersion:
    """Make an upload the next version of its kind, and return it.

    examined: what `uploads.examine_upload` found
    It is billable when its kind has had its first version and all revisions that the project includes by now; the
    answer is written down, and a later change of the project does not change it.
    raises: uploads.UploadGone, facts.BadFacts
    """
    whole = Track.objects.locked().select_related("project").get(pk=track.pk)
    stored = uploads.keep_upload(examined=examined, actor=actor, now=now)
    return _next_version(whole, kind, stored, length=examined.seconds, notes=notes, actor=actor, now=now)


def _next_version(
    track: Track,
    kind: str,
    stored: StoredFile,
    *,
    length: Decimal | None,
    notes: str,
    actor: User | None,
    now: datetime,
) -> TrackVersion:
    version = TrackVersion(track=track, file=stored, uploaded_by=actor, uploaded_by_label=actor.label if actor else "")
    version.length = length
    last = track.versions.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0
    revision = last  # the first one is no revision
    is_billable = kind in REVISED and revision > track.project.included_revisions
    facts.set_facts(version, {"kind": kind, "number": last + 1, "notes": notes, "is_billable": is_billable})
    with facts.saving(version):
        version.save(force_insert=True)
    added = {"track": track, "kind": version.kind, "number": version.number, "is_billable": is_billable}
    changes = {field: (None, value) for field, value in added.items()}
    audit.record(verb="create", subject=version, actor=actor, now=now, changes=changes)
    return version


@taking_turns()
def approve_version(
    *, version: TrackVersion, approved_by: str, actor: User | None, now: datetime, reason: str = ""
) -> TrackVersion:
    """Write down that somebody agrees to a version, and return it.

    approved_by: whose word it is, e.g. the client's; actor: who of the staff writes it down, None for a listener
    reason: how it was said
    raises: AlreadyApproved, facts.BadFacts
    """
    approved = TrackVersion.objects.locked().get(pk=version.pk)
    if approved.is_approved:
        raise AlreadyApproved(_("%(name)s has approved this version already.") % {"name": approved.approved_by_label})
    named = approved_by.strip()
    given = {"approved_at": now, "approved_by_label": named, "withdrawn_at": None, "withdrawal_reason": ""}
    changes = facts.set_facts(approved, given)
    with facts.saving(approved):
        approved.save(update_fields=APPROVAL_FIELDS)
    audit.record(verb="approve", subject=approved, actor=actor, now=now, changes=changes, reason=reason)
    tell_uploader(
        version=approved,
        actor=actor,
        text=_("%(name)s has approved %(version)s of %(track)s."),
        name=named,
    )
    return approved


@taking_turns()
def withdraw_approval(*, version: TrackVersion, reason: str, actor: User | None, now: datetime) -> TrackVersion:
    """Take an approval back and return the version; who had given it, and when, stays readable.

    raises: NotApproved, facts.NoReason, facts.BadFacts
    """
    withdrawn = TrackVersion.objects.locked().get(pk=version.pk)
    if not withdrawn.is_approved:
        raise NotApproved(_("This version is not approved."))
    if not reason.strip():
        raise facts.NoReason(_("Please say why the approval is taken back."))
    changes = facts.set_facts(withdrawn, {"withdrawn_at": now, "withdrawal_reason": reason.strip()})
    with facts.saving(withdrawn):
        withdrawn.save(update_fields=list(changes))
    audit.record(verb="withdraw_approval", subject=withdrawn, actor=actor, now=now, changes=changes, reason=reason)
    return withdrawn


@taking_turns()
def delete_version(*, version: TrackVersion, actor: User | None, now: datetime) -> None:
    """Delete a version with its comments; its audio goes once this is committed.

    raises: AlreadyApproved
    """
    gone = TrackVersion.objects.locked().select_related("file").get(pk=version.pk)
    if gone.is_approved:
        raise AlreadyApproved(_("This version is approved. Take the approval back first."))
    changes = {"track": (gone.track_id, None), "kind": (gone.kind, None), "number": (gone.number, None)}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    stored = [gone.file] if gone.file else []
    gone.delete()
    leftovers.discard_files(stored=stored, now=now)


def tell_uploader(*, version: TrackVersion, actor: User | None, text: str, name: str) -> None:
    """Tell whoever sent a version out what somebody else did with it.

    text: with %(name)s, %(version)s and %(track)s in it
    """
    who = version.uploaded_by
    if who is None or who == actor:
        return
    told = text % {"name": name, "version": str(version), "track": version.track.title}
    link = f"/admin/sessions_app/track/{version.track_id}/change/"
    notifications.notify(user=who, kind=NotificationKind.TASK, text=told[:500], link=link)
