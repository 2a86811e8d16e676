"""Back one studio up into a file, prove such a file, restore it beside the living studios."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from studio.errors import DomainError
from studio.tenancy.capsules import archive
from studio.tenancy.capsules.manifest import SCHEMA
from studio.tenancy.context import as_owner, in_registry
from studio.tenancy.models import Studio
from studio.tenancy.services import capsules, discarding, restoring, swapping

REFUSED = 2
WITH_FINDINGS = 3
BROKEN_OFF = 4
HELP = (
    "Backs one studio up into one file, beside people at work; proves that such a file is whole; restores it as a new"
    " studio beside the living ones. What is inside is told as JSON on the standard output, progress besides."
    " Exit code 0: done; 3: done, but something is missing in the backup, or contradicts itself in what was restored;"
    " 2: refused, and nothing was written; 4: restoring was broken off, and what stands so far stays closed."
    " See docs/backup.md."
)


class NotSaid(DomainError):
    """What closes a studio is done when somebody says so."""


class Command(BaseCommand):
    """Programs read the standard output and the exit code, people the rest."""

    help = HELP
    requires_system_checks = ()  # a file is proven on a machine that has no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what can be done."""
        acts = parser.add_subparsers(dest="act", required=True)
        make = acts.add_parser("make", help="back a studio up")
        make.add_argument("schema", help="the studio, e.g. tenant_1")
        make.add_argument("--to", type=Path, metavar="DIR", help="the folder; else the setting CAPSULE_DIR")
        verify = acts.add_parser(
            "verify", help="read a backup whole and compare it with what it says; needs no database"
        )
        verify.add_argument("file", type=Path)
        restore = acts.add_parser("restore", help="restore a backup as a new studio")
        restore.add_argument("file", type=Path)
        restore.add_argument(
            "--into", default="", metavar="SCHEMA", help="tenant_<number> that nobody has; else the next"
        )
        restore.add_argument("--swap", action="store_true", help="then let it answer at the addresses of its original")
        swap = acts.add_parser("swap", help="let a restored studio answer at the addresses of its original")
        swap.add_argument("schema", help="the restored studio, e.g. tenant_42")
        discard = acts.add_parser("discard", help="remove a restored studio that was only looked at, with its files")
        discard.add_argument("schema", help="the restored studio, e.g. tenant_42")
        for act in (restore, swap, discard):
            act.add_argument("--yes", action="store_true", help="do it without being asked, e.g. in a script")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it; a refusal is one sentence."""
        acts: dict[str, Callable[..., None]] = {
            "make": self._make,
            "verify": self._verify,
            "restore": self._restore,
            "swap": self._swap,
            "discard": self._discard,
        }
        try:
            acts[options["act"]](**options)
        except restoring.BrokenOff as broken:
            raise CommandError(str(broken), returncode=BROKEN_OFF) from broken
        except (DomainError, ImproperlyConfigured) as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal

    def _make(self, schema: str, to: Path | None, **_options: Any) -> None:
        made = capsules.make_capsule(
            studio=_studio(schema),
            folder=to or settings.CAPSULE_DIR,
            made_by="manage.py capsule make",
            now=timezone.now(),
            tell=self._tell,
        )
        self._show({"file": made.path, "size": made.size, "sha256": made.sha256, **made.manifest})
        if made.problem:
            raise CommandError(f"The backup was made, with gaps: {made.problem}", returncode=WITH_FINDINGS)

    def _verify(self, file: Path, **_options: Any) -> None:
        with archive.opened(file) as capsule:
            capsule.prove(self._tell)
            self._show({"file": str(file), "size": capsule.size, "sha256": capsule.seal, **capsule.manifest.summary()})

    def _restore(self, file: Path, into: str, **options: Any) -> None:
        if options["swap"]:
            _insist_on_answer(is_said=options["yes"])
        restored = restoring.restore_capsule(path=file, schema=into, now=timezone.now(), tell=self._tell)
        findings, is_swapped = [*restored.findings], options["swap"] and restored.is_open
        if is_swapped:
            try:
                self._take_place(restored.studio, is_said=options["yes"])
            except DomainError as refusal:  # what is restored is restored
                findings.append(str(refusal))
                is_swapped = False
        self._show(_told(restored) | {"findings": findings, "swapped": is_swapped})
        if findings:
            told = "\n".join(findings)
            raise CommandError(f"Restored, but something contradicts itself:\n{told}", returncode=WITH_FINDINGS)

    def _swap(self, schema: str, **options: Any) -> None:
        _insist_on_answer(is_said=options["yes"])
        original = self._take_place(_studio(schema), is_said=options["yes"])
        self._show({"schema": schema, "original": original and original.schema_name, "swapped": True})

    def _take_place(self, copy: Studio, *, is_said: bool) -> Studio | None:
        """Let a copy answer at its original's addresses once somebody says so who was told what that does."""
        with as_owner():
            place = swapping.place_of(copy)
            hosts = ", ".join(place.hosts)
            self._tell(f"{swapping.named(copy)} is to answer at {hosts}.")
            if place.original:
                self._tell(f"{swapping.named(place.original)}, which answers there now, is suspended.")
            self._ask(is_said=is_said)
            return swapping.swap_studios(copy=copy, now=timezone.now())

    def _discard(self, schema: str, **options: Any) -> None:
        _insist_on_answer(is_said=options["yes"])
        copy = _studio(schema)
        self._tell(f"{swapping.named(copy)} is to be removed with all its rows and files.")
        self._ask(is_said=options["yes"])
        with as_owner():
            files = discarding.discard_copy(copy=copy, now=timezone.now())
        self._show({"schema": schema, "files": files, "discarded": True})

    def _ask(self, *, is_said: bool) -> None:
        """Go on once somebody says so."""
        if not is_said:
            self.stderr.write("Do it? Type yes:")
            if sys.stdin.readline().strip().lower() != "yes":
                raise NotSaid("Nothing was done: nobody said yes.")

    def _tell(self, line: str) -> None:
        self.stderr.write(line)

    def _show(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, indent=2))


def _told(restored: restoring.Restored) -> dict[str, Any]:
    studio, manifest = restored.studio, restored.manifest
    with as_owner():
        address = studio.domains.get(is_primary=True).domain
    return {
        "schema": studio.schema_name,
        "address": address,
        "open": restored.is_open,
        "digest": manifest.digest,
        "rows": manifest.rows,
        "files": len(manifest.files),
    }


def _insist_on_answer(*, is_said: bool) -> None:
    """Pass when it was said already, or there is somebody to ask; before anything is done."""
    if not is_said and not sys.stdin.isatty():
        raise NotSaid("This closes a studio: say --yes where nobody can be asked.")


def _studio(schema: str) -> Studio:
    studio = None
    if SCHEMA.fullmatch(schema):
        with in_registry():
            studio = Studio.objects.filter(schema_name=schema).first()
    if studio is None:
        raise CommandError(f"There is no studio {schema[:63]!r}.", returncode=REFUSED)
    return studio
