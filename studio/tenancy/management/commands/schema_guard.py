"""Say whether every schema is what the migrations make."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studio.errors import DomainError
from studio.tenancy.services import schema_guard

DRIFT = 3
UNUSABLE = 2


class Command(BaseCommand):
    """Compare the catalogues; exit code 0: all as the migrations make them, 3: something differs."""

    help = (
        "Compares every studio's real catalogue with a reference made by the migrations, which leaves nothing behind."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to check and how to tell it."""
        parser.add_argument("--schema", action="append", default=[], help="Only this schema; may be given repeatedly.")
        parser.add_argument("--json", action="store_true", help="Tell programs.")
        parser.add_argument("--shallow", action="store_true", help="Only migrations and names of tables and columns.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check, tell, and exit with 3 when anything differs."""
        try:
            if options["shallow"]:
                states = schema_guard.behind_schemas(options["schema"])
            else:
                states = schema_guard.check_schemas(schemas=options["schema"], now=timezone.now())
        except schema_guard.NeverMigrated as exc:
            raise CommandError(str(exc), returncode=DRIFT) from exc
        except DomainError as exc:
            raise CommandError(str(exc), returncode=UNUSABLE) from exc
        drifted = [state for state in states if state.findings]
        if options["json"]:
            self._tell_programs(states)
        else:
            self._tell(states, shallow=options["shallow"])
        if drifted:
            names = ", ".join(state.schema for state in drifted)
            raise CommandError(f"{names}: not as the migrations make it.", returncode=DRIFT)

    def _tell(self, states: list[schema_guard.SchemaState], *, shallow: bool) -> None:
        for state in states:
            version = f"{len(state.pending)} migrations pending" if state.pending else "all migrations applied"
            columns = f"{state.count('column')} columns, {state.count('index')} indexes"
            verdict = f"differs ({len(state.findings)})" if state.findings else "ok"
            name = f" {state.studio_name}" if state.studio_name else ""
            facts = "" if shallow else f" {version}, {columns},"
            self.stdout.write(f"{state.schema}{name}:{facts} {verdict}")
            for finding in state.findings:
                place = "" if finding.schema == state.schema else f" (in {finding.schema})"
                self.stdout.write(f"    {finding.what}{place}")
        if shallow and not states:
            self.stdout.write("No schema is behind.")

    def _tell_programs(self, states: list[schema_guard.SchemaState]) -> None:
        told = {
            "clean": not any(state.findings for state in states),
            "schemas": [
                {
                    "schema": state.schema,
                    "studio": state.studio_name,
                    "pending": list(state.pending),
                    "objects": {kind: digest.count for kind, digest in sorted(state.digests.items())},
                    "digest": state.digest if state.digests else "",
                    "findings": len(state.findings),
                }
                for state in states
            ],
            "findings": [finding.as_json() for state in states for finding in state.findings],
        }
        self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
