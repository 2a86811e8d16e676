"""Prove that the books of every studio hold."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.selectors import books
from billing.selectors.book_check import Finding
from billing.services import book_checks
from studio.tenancy.context import in_registry, inside
from studio.tenancy.models import Studio, StudioStatus

BROKEN = 3
UNUSABLE = 2


class Command(BaseCommand):
    """Programs read the exit code: 0 all hold, 3 something contradicts itself, 2 there is no such studio."""

    help = (
        "Compares numbers, documents, ledger, payments and balances of every active studio with each other, and names"
        " each document and fact that contradicts another. Reads only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which studios, and how to tell it."""
        parser.add_argument("--schema", action="append", default=[], help="Only this one; may be given repeatedly.")
        parser.add_argument("--files", action="store_true", help="Read every stored PDF, too: this takes its time.")
        parser.add_argument("--json", action="store_true", help="Tell programs.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read the books of each, tell, and exit with 3 when any contradicts itself."""
        told, broken = [], []
        for studio in studios_named(options["schema"]):
            with inside(studio):
                size, found = books.size(), book_checks.verify()
                found += book_checks.verify_files() if options["files"] else []
            told.append(_for_programs(studio, size, found))
            if found:
                broken.append(studio.schema_name)
            if not options["json"]:
                self._tell(studio, size, found)
        if options["json"]:
            self.stdout.write(json.dumps({"holds": not broken, "studios": told}, indent=2))
        if broken:
            raise CommandError(f"{', '.join(broken)}: the books contradict themselves.", returncode=BROKEN)

    def _tell(self, studio: Studio, size: dict[str, int], found: Sequence[Finding]) -> None:
        counts = ", ".join(f"{count} {what}" for what, count in size.items())
        verdict = f"{len(found)} contradictions" if found else "the books hold"
        self.stdout.write(f"{studio.schema_name} {studio.name}: {counts}, {verdict}")
        for finding in found:
            self.stdout.write(f"    {finding.rule}  {finding.says}")


def studios_named(schemas: Sequence[str]) -> list[Studio]:
    """Return the active studios of some schemas, or all of them; whoever names none that is there is told."""
    with in_registry():
        active = {each.schema_name: each for each in Studio.objects.filter(status=StudioStatus.ACTIVE).order_by("pk")}
    if unknown := [schema for schema in schemas if schema not in active]:
        raise CommandError(f"There is no active studio {unknown[0][:63]!r}.", returncode=UNUSABLE)
    return [active[schema] for schema in schemas] if schemas else list(active.values())


def _for_programs(studio: Studio, size: dict[str, int], found: Sequence[Finding]) -> dict[str, object]:
    findings = [{"rule": each.rule, "says": each.says} for each in found]
    return {"schema": studio.schema_name, "studio": studio.name, **size, "findings": findings}
