"""Add up anew what reports read by day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from billing.management.commands.verify_books import studios_named
from billing.services import report_days
from studio.tenancy.context import inside


class Command(BaseCommand):
    """Programs read the exit code: 0 every sum is right now, 2 there is no such studio."""

    help = (
        "Adds up anew what sessions and the ledger come to day by day, of every active studio, and names each day"
        " that was wrong: the cure for what verify_books finds under R1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which studios."""
        parser.add_argument("--schema", action="append", default=[], help="Only this one; may be given repeatedly.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Add up each, and tell what was wrong."""
        for studio in studios_named(options["schema"]):
            with inside(studio):
                found = report_days.rebuild_days(now=timezone.now())
            verdict = f"{len(found)} sums were wrong and are right now" if found else "every sum was right"
            self.stdout.write(f"{studio.schema_name} {studio.name}: {verdict}")
            for finding in found:
                self.stdout.write(f"    {finding.says}")
