"""Bring the public schema and every studio to the code's migrations."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.migrations.autodetector import MigrationAutodetector

from studio.tenancy.history import Key, UnknownMigration, history
from studio.tenancy.place import PUBLIC
from studio.tenancy.services import migrating

SOME_FAILED = 3
STOPPED = 4


class Command(BaseCommand):
    """Migrate; exit code 0: all current, 3: some studios failed, 4: stopped early."""

    help = "Migrates the public schema and then every studio; run it again to resume."
    requires_system_checks: list[str] = []
    autodetector = MigrationAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's own options as far as test runners pass them."""
        parser.add_argument("app_label", nargs="?", help="Only to a migration of this app.")
        parser.add_argument("migration_name", nargs="?", help="The migration, or the beginning of its name, or zero.")
        parser.add_argument("--schema", action="append", help="Only this schema; may be given more than once.")
        parser.add_argument("--status", action="store_true", help="Show where each schema is, and change nothing.")
        parser.add_argument("--dry-run", action="store_true", help="Show what would be done, and change nothing.")
        parser.add_argument("--resume", action="store_true", help="Always on: schemas that are current are skipped.")
        parser.add_argument("--tries", type=int, default=migrating.TRIES, help="Tries for a lock, a schema.")
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive", help="Never asks.")
        parser.add_argument("--database", default="default", help="There is one database.")
        parser.add_argument("--run-syncdb", action="store_true", help="Every app has migrations.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Migrate, or tell what would be."""
        target = self._target(options["app_label"], options["migration_name"])
        if options["status"]:
            self._status(self._schemas(options["schema"]))
        elif options["dry_run"]:
            self._dry_run(self._schemas(options["schema"]), target)
        else:
            self._migrate(options, target)

    def _target(self, app_label: str | None, name: str | None) -> Key | None:
        if not app_label:
            return None
        try:
            if name:
                return history().target(app_label, name)
            return history().target(app_label, max(key[1] for key in history().graph.leaf_nodes(app_label)))
        except (UnknownMigration, ValueError) as exc:
            raise CommandError(str(exc) or f"App {app_label!r} has no migrations.") from exc

    def _schemas(self, wanted: list[str] | None) -> list[str]:
        known = [PUBLIC, *migrating.studio_schemas()]
        unknown = [schema for schema in wanted or [] if schema not in known]
        if unknown:
            raise CommandError(f"There is no studio {', '.join(unknown)}.", returncode=2)
        return [schema for schema in known if not wanted or schema in wanted]

    def _status(self, schemas: list[str]) -> None:
        behind = 0
        for schema, applied in migrating.applied_of(schemas).items():
            missing = [key for key in history().order if key not in applied]
            last = max(applied, key=history().order.index) if applied else ("", "nothing")
            behind += bool(missing)
            state = f"behind by {len(missing)}" if missing else "current"
            self.stdout.write(f"{schema}: {state}, last {'.'.join(last).lstrip('.')}")
        self.stdout.write(f"{len(schemas) - behind} current, {behind} behind")
        for result in migrating.last_failures():
            self.stdout.write(f"{result.schema_name}: failed in run {result.run_id}: {result.error}")

    def _dry_run(self, schemas: list[str], target: Key | None) -> None:
        for schema, applied in migrating.applied_of(schemas).items():
            steps = history().plan(applied, target)
            for step in steps:
                self.stdout.write(f"{schema}: would {'take back' if step.backwards else 'apply'} {'.'.join(step.key)}")
            if not steps:
                self.stdout.write(f"{schema}: current")

    def _migrate(self, options: dict[str, Any], target: Key | None) -> None:
        quiet = options["verbosity"] == 0

        def progress(outcome: migrating.Outcome, number: int, total: int) -> None:
            if outcome.error:
                self.stderr.write(f"[{number}/{total}] {outcome.schema}: FAILED, left as it was: {outcome.error}")
            elif not quiet:
                self.stdout.write(f"[{number}/{total}] {outcome.schema}: {len(outcome.applied)} migrations")

        wanted = options["schema"]
        summary = migrating.Summary()
        if not wanted or PUBLIC in wanted:
            summary = migrating.migrate_all([PUBLIC], target=target, tries=options["tries"], progress=progress)
        if not summary.stopped and wanted != [PUBLIC]:
            studios = [schema for schema in self._schemas(wanted) if schema != PUBLIC]
            rest = migrating.migrate_all(studios, target=target, tries=options["tries"], progress=progress)
            summary.outcomes += rest.outcomes
            summary.current += rest.current
            summary.stopped = rest.stopped
        self._conclude(summary, quiet=quiet)

    def _conclude(self, summary: migrating.Summary, *, quiet: bool) -> None:
        done = len(summary.outcomes) - len(summary.failed)
        if not quiet:
            self.stdout.write(f"{done} migrated, {summary.current} current, {len(summary.failed)} failed")
        if summary.stopped:
            message = f"Stopped after {summary.stopped} failed. Mend the cause and run the command again."
            raise CommandError(message, returncode=STOPPED)
        if summary.failed:
            names = ", ".join(outcome.schema for outcome in summary.failed)
            raise CommandError(f"{names} failed. Mend the cause and run the command again.", returncode=SOME_FAILED)
