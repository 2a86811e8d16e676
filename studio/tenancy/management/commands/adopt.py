"""Take over a former database into a studio."""

import json
import re
import sys
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from studio.errors import DomainError
from studio.tenancy.adoption.report import Report, told
from studio.tenancy.adoption.run import adopt, rehearse
from studio.tenancy.adoption.source import opened
from studio.tenancy.context import in_registry
from studio.tenancy.models import Studio, StudioStatus

SCHEMA_NAME = re.compile(r"tenant_[0-9]+")
UNREADABLE = 2
SOME_SET_ASIDE = 3
HELP = (
    "Takes over a former database into a studio, in one transaction. The report is JSON, on the standard output unless"
    " --report names a file; what a person wants to know of it is told besides. Exit code 0: every row found a place;"
    " 3: done, but some rows found none, and were kept as they were for later; 2: the source or the studio cannot be"
    " used, and nothing was written."
)


class Command(BaseCommand):
    """Programs read the standard output and the exit code, people the rest."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("source", help="a PostgreSQL address, or a plain or gzipped SQL dump")
        parser.add_argument("--into", required=True, metavar="SCHEMA", help="the studio, e.g. tenant_1")
        parser.add_argument("--dry-run", action="store_true", help="report the same, write nothing")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the report there")
        parser.add_argument(
            "--shift-days", type=int, default=0, metavar="N", help="move bookings by so many days (demonstrations)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run it."""
        studio = _studio(options["into"])
        take_over = rehearse if options["dry_run"] else adopt
        try:
            with opened(options["source"]) as source:
                report = take_over(
                    source=source,
                    studio=studio,
                    now=timezone.now(),
                    shift=timedelta(days=options["shift_days"]),
                    tell=self._tell,
                )
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=UNREADABLE) from refusal
        self._show(report, options["report"], is_rehearsal=options["dry_run"])
        for line in told(report):
            self.stderr.write(line)
        if options["dry_run"]:
            self.stderr.write("Nothing was written: this was a rehearsal.")
        if report.set_aside:
            sys.exit(SOME_SET_ASIDE)

    def _tell(self, line: str) -> None:
        self.stderr.write(line)

    def _show(self, report: Report, file: Path | None, *, is_rehearsal: bool) -> None:
        text = json.dumps(report.as_json(), indent=2, default=str)
        if file is None:
            self.stdout.write(text)
            return
        try:
            file.write_text(f"{text}\n", encoding="utf-8")
        except OSError as exc:
            # What was done is done: say what happened here rather than nowhere.
            self.stdout.write(text)
            self.stderr.write(f"{file} cannot be written: {exc.strerror}. The report stands above.")
            return
        would = "would be " if is_rehearsal else ""
        self.stdout.write(
            f"{report.created} rows {would}created, {report.set_aside} {would}set aside; report in {file}."
        )


def _studio(schema: str) -> Studio:
    studio = None
    if SCHEMA_NAME.fullmatch(schema):
        with in_registry():
            studio = Studio.objects.filter(schema_name=schema).first()
    if studio is None:
        raise CommandError(f"There is no studio {schema[:63]!r}.", returncode=UNREADABLE)
    if studio.status != StudioStatus.ACTIVE:
        message = f"The studio {schema} is {studio.get_status_display()}: only an active one can take rows over."
        raise CommandError(message, returncode=UNREADABLE)
    return studio
