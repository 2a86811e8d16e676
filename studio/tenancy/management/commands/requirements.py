"""manage.py requirements: the requirement ids with the tests that show them."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.tenancy.selectors.requirements import Requirement, State, read_requirements


class Command(BaseCommand):
    """Print every requirement; exit non-zero when one is neither met nor deferred."""

    help = "Print the requirement ids with their tests; fail when one has none."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file to read, and which rows to print."""
        parser.add_argument("--file", type=Path, default=settings.BASE_DIR / "tests" / "requirements.toml")
        parser.add_argument("--only", choices=[state.value for state in State], help="print the rows of one state")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per requirement and test, then the counts."""
        try:
            rows = read_requirements(options["file"], root=settings.BASE_DIR)
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        for row in rows:
            if options["only"] in {None, row.state}:
                self.stdout.write(self._line(row))
        counts = Counter(row.state for row in rows)
        self.stdout.write(", ".join(f"{counts[state]} {state}" for state in State) + f", {len(rows)} in all")
        if counts[State.MISSING]:
            raise CommandError(f"{counts[State.MISSING]} requirements are neither met nor deferred.")

    def _line(self, row: Requirement) -> str:
        shown = f"({row.deferred})" if row.state is State.DEFERRED else f"\n{'':17}".join(row.tests)
        unknown = f"  unknown: {', '.join(row.unknown)}" if row.unknown else ""
        return f"{row.id}  {row.state:8}  {row.says}\n{'':17}{shown}{unknown}".rstrip()
