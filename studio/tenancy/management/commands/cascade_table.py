"""manage.py cascade_table: the generated part of docs/schema.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.tenancy.selectors import cascade_table


class Command(BaseCommand):
    """Write the table of all foreign keys into docs/schema.md, or say that it is out of date."""

    help = "Write the table of all foreign keys with their delete rules into docs/schema.md."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the document, and whether to write."""
        parser.add_argument("--file", type=Path, default=settings.BASE_DIR / "docs" / "schema.md")
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the document differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and write unless only asked to check."""
        path: Path = options["file"]
        try:
            found = path.read_text(encoding="utf-8")
            wanted = cascade_table.replace_generated(found)
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be used: {error}") from error
        if found == wanted:
            self.stdout.write(f"{path.name} is current.")
        elif options["check"]:
            raise CommandError(f"{path.name} differs from the models: run manage.py cascade_table and commit it.")
        else:
            path.write_text(wanted, encoding="utf-8", newline="\n")
            self.stdout.write(f"{path.name} is written.")
