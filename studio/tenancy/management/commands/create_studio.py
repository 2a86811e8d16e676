"""Open a studio."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from studio.errors import DomainError
from studio.tenancy.context import as_owner
from studio.tenancy.models import Domain, StudioKind
from studio.tenancy.selectors import registry
from studio.tenancy.services import studios


class Command(BaseCommand):
    """Provision a studio and print its schema and address."""

    help = "Opens a studio: registry row, role, schema, seeds, and the owner's invitation."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name and what differs from the defaults."""
        parser.add_argument("name")
        parser.add_argument("--kind", choices=StudioKind.values, required=True)
        parser.add_argument("--slug", default="", help="The part of the address before the platform's host.")
        parser.add_argument("--domain", default="", help="A host name of the studio's own.")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="Is invited by mail.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Create the studio; a refusal is one sentence."""
        try:
            if options["owner"]:
                validate_email(options["owner"])
            studio = studios.create_studio(
                name=options["name"],
                kind=options["kind"],
                now=timezone.now(),
                slug=options["slug"],
                domain=options["domain"],
                owner_email=options["owner"],
            )
        except ValidationError as exc:
            raise CommandError(" ".join(exc.messages), returncode=2) from exc
        except DomainError as exc:
            raise CommandError(str(exc), returncode=2) from exc
        with as_owner():
            host = Domain.objects.get(studio=studio, is_primary=True).domain
        self.stdout.write(f"{studio.schema_name} {registry.origin_of(host)}/")
