"""Settle with Stripe what was lost on the way, and say where its balance and the books disagree."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.gateways import stripe_gateway
from billing.gateways.facts import GatewayError
from billing.services import reconciling
from studio.tenancy.context import in_registry, inside
from studio.tenancy.models import Studio, StudioStatus

DIFFERENT, UNUSABLE = 3, 2


class Command(BaseCommand):
    """Programs read the exit code: 0 all agree, 3 something does not, 2 there is no such studio or no key."""

    help = (
        "Reads, for every active studio, what is under way at Stripe and what was touched there in the last days;"
        " makes the books say what Stripe says, and names each sum in which its balance differs from the ledger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which studios, and how far back."""
        parser.add_argument("--schema", action="append", default=[], help="Only this one; may be given repeatedly.")
        parser.add_argument("--days", type=int, default=3, help="How far back to read, 3 unless told otherwise.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Reconcile each, tell, and exit with 3 when something could not be settled or differs."""
        if not stripe_gateway.is_set_up():
            raise CommandError("STRIPE_SECRET_KEY is not set.", returncode=UNUSABLE)
        now, left = timezone.now(), []
        for studio in _studios(options["schema"]):
            with inside(studio):
                try:
                    found = reconciling.reconcile_since(since=now - timedelta(days=options["days"]), now=now)
                except GatewayError as failure:
                    found = reconciling.Findings(problems=[str(failure)])
            told = [*found.problems, *found.differences]
            verdict = f"{len(told)} to look at" if told else "all agree"
            self.stdout.write(f"{studio.schema_name} {studio.name}: {found.looked_at} read, {verdict}")
            for text in told:
                self.stdout.write(f"    {text}")
            left += [studio.schema_name] if told else []
        if left:
            raise CommandError(f"{', '.join(left)}: Stripe and the books disagree.", returncode=DIFFERENT)


def _studios(schemas: Sequence[str]) -> list[Studio]:
    with in_registry():
        active = {each.schema_name: each for each in Studio.objects.filter(status=StudioStatus.ACTIVE).order_by("pk")}
    if unknown := [schema for schema in schemas if schema not in active]:
        raise CommandError(f"There is no active studio {unknown[0][:63]!r}.", returncode=UNUSABLE)
    return [active[schema] for schema in schemas] if schemas else list(active.values())
