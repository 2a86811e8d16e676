"""manage.py former_pages: docs/pages.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.tenancy.selectors import former_pages


class Command(BaseCommand):
    """Write what became of the pages of a former house into docs/pages.md, or say that it is out of date."""

    help = "Write what became of the pages of a former recording house into docs/pages.md."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take both files, and whether to write."""
        parser.add_argument("--source", type=Path, default=settings.BASE_DIR / "tests" / "former_pages.toml")
        parser.add_argument("--file", type=Path, default=settings.BASE_DIR / "docs" / "pages.md")
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the document differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and write unless only asked to check."""
        path: Path = options["file"]
        try:
            wanted = former_pages.render(former_pages.read_pages(options["source"]))
            found = path.read_text(encoding="utf-8") if path.exists() else ""
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['source']} cannot be used: {error}") from error
        if found == wanted:
            self.stdout.write(f"{path.name} is current.")
        elif options["check"]:
            raise CommandError(f"{path.name} differs: run manage.py former_pages and commit it.")
        else:
            path.write_text(wanted, encoding="utf-8", newline="\n")
            self.stdout.write(f"{path.name} is written.")
