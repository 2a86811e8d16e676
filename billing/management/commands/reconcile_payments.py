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
from studio.tenancy.models import Studio
from studio.tenancy.selectors import payment_places

DIFFERENT, UNUSABLE = 3, 2


class Command(BaseCommand):
    """Programs read the exit code: 0 all agree, 3 something does not, 2 no such studio takes payments, or no key."""

    help = (
        "Reads, for every studio that takes payments, what is under way at Stripe, and what was touched there lately;"
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
    """Return the studios asked for, else all that take payments; a copy that is only looked at is none of them."""
    paid = payment_places.connected_schemas()
    if unknown := [schema for schema in schemas if schema not in paid]:
        raise CommandError(f"No studio {unknown[0][:63]!r} takes payments online.", returncode=UNUSABLE)
    with in_registry():
        return list(Studio.objects.filter(schema_name__in=schemas or paid).order_by("pk"))
