"""Backups of single studios: made by hand or by night, kept for a while."""

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from studio.errors import DomainError
from studio.tenancy import jobs
from studio.tenancy.capsules import making
from studio.tenancy.capsules.keeper import keeper
from studio.tenancy.capsules.making import Made, Tell
from studio.tenancy.context import as_owner, on_platform
from studio.tenancy.models import Capsule, CapsuleState, Studio, StudioStatus
from studio.tenancy.services.standing import NotInThatState

ROOM = """
    SELECT coalesce(sum(pg_relation_size(c.oid)), 0)::bigint FROM pg_class c
    WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
"""
SPARE = 64 * 1024 * 1024  # bytes that stay free on the disk
MOST_PROBLEMS = 20
# A backup can take long: one at a time, after all else that waits, those of the night last.
IN_TURN, BY_HAND, BY_NIGHT = "capsules", -1, -2


class NoRoom(DomainError):
    """The folder cannot take the file."""

    status_code = 507


def make_capsule(
    *, studio: Studio, folder: Path, made_by: str, now: datetime, tell: Tell, is_nightly: bool = False
) -> Capsule:
    """Write a studio's backup into a folder and return its record; an attempt that fails is on record too.

    Not inside a transaction: the moment that is kept is one of a connection of its own.
    made_by: a label
    raises: NotInThatState, NoRoom, making.Busy
    """
    record = Capsule(
        studio=studio,
        schema_name=studio.schema_name,
        studio_label=studio.name,
        made_at=now,
        made_by=made_by,
        is_nightly=is_nightly,
    )
    try:
        made = _write(studio, folder, now, tell)
    except Exception as exc:
        record.state = CapsuleState.FAILED
        record.problem = str(exc) or type(exc).__name__
        with on_platform():
            record.save(force_insert=True)
        raise
    _note(record, made)
    with on_platform():
        record.save(force_insert=True)
    return record


def _write(studio: Studio, folder: Path, now: datetime, tell: Tell) -> Made:
    if studio.status == StudioStatus.PROVISIONING:
        raise NotInThatState(_("This studio is still being set up."))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _insist_on_room(studio, folder)
        path = folder.resolve() / f"{studio.schema_name}_at_{now:%Y%m%dT%H%M%S%f}Z.capsule"
        return making.write_capsule(schema=studio.schema_name, path=path, now=now, tell=tell)
    except OSError as exc:
        why = exc.strerror or type(exc).__name__
        raise NoRoom(
            _("The backup in %(folder)s could not be finished: %(why)s.") % {"folder": folder, "why": why}
        ) from exc


def _insist_on_room(studio: Studio, folder: Path) -> None:
    """Pass when the disk has room for the tables as they are and all files; packed they are mostly smaller."""
    with as_owner(studio.schema_name), connection.cursor() as cursor:
        cursor.execute(ROOM, [studio.schema_name])
        needed = cursor.fetchone()[0] + SPARE
        cursor.execute(keeper().files)
        needed += sum(size for _key, size, _sha256 in cursor.fetchall())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(
            _("%(folder)s has %(free)d MB free; the backup may need %(needed)d MB.")
            % {"folder": folder, "free": free // making.MEGABYTE, "needed": needed // making.MEGABYTE}
        )


def _note(record: Capsule, made: Made) -> None:
    problems = made.manifest.problems
    record.state = CapsuleState.INCOMPLETE if problems else CapsuleState.READY
    record.path, record.sha256, record.size = str(made.path), made.seal, made.size
    record.manifest = {**made.manifest.summary(), "problems": list(problems[:MOST_PROBLEMS])}
    record.problem = "\n".join(problems[:MOST_PROBLEMS])


def queue_capsule(*, studio: Studio, asked_by: str = "", is_nightly: bool = False) -> None:
    """Queue the job that makes a studio's backup, once however often it is asked for; on the platform.

    asked_by: the key of an operator's account; empty: nobody
    raises: NotInThatState for a studio that is not set up yet
    """
    if studio.status == StudioStatus.PROVISIONING:
        raise NotInThatState(_("This studio is still being set up."))
    jobs.defer(
        "tenancy.make_capsule",
        queueing_lock=f"capsule:{studio.pk}",
        lock=IN_TURN,
        priority=BY_NIGHT if is_nightly else BY_HAND,
        studio_id=studio.pk,
        asked_by=asked_by,
        is_nightly=is_nightly,
    )


def _is_there(capsule: Capsule) -> bool:
    """Return whether the file lies where it was written, as long as it was."""
    if not capsule.path:
        return False
    try:
        return Path(capsule.path).stat().st_size == capsule.size
    except OSError:
        return False


def forget_old_capsules(*, studio: Studio) -> int:
    """Delete the nightly backups beyond the newest few and old failures, and return how many files went.

    Only those whose file is there count. The newest one without gaps stays, however old: those after it may all lack
    the same file.
    """
    with on_platform():
        nightly = list(Capsule.objects.filter(studio=studio, is_nightly=True).order_by("-made_at", "-pk"))
        made = [each for each in nightly if _is_there(each)]
        kept = made[: settings.CAPSULES_KEPT]
        if not kept or len(kept) < settings.CAPSULES_KEPT:
            return 0
        whole = next((each for each in made if each.state == CapsuleState.READY), None)
        old = [each for each in nightly if each.made_at < kept[-1].made_at and each != whole]
        for each in old:
            if each.path:
                Path(each.path).unlink(missing_ok=True)
            each.delete()
    return sum(each in made for each in old)
