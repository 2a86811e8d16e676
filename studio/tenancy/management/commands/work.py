"""The worker: runs the queue's jobs, each inside its studio."""

from typing import Any, cast

from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from studio.tenancy.jobs import QUEUE
from studio.tenancy.startup import prove_connection


class Command(BaseCommand):
    """Work until stopped; `--until-empty` ends when no job is waiting."""

    help = "Runs queued jobs: mail, provisioning, nightly sweeps."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many jobs run at once."""
        parser.add_argument("--concurrency", type=int, default=2)
        parser.add_argument("--until-empty", action="store_true", help="Stop when nothing is waiting.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Listen to the queue."""
        prove_connection()
        connector = cast("DjangoConnector", app.connector)
        with app.replace_connector(connector.get_worker_connector()):
            app.run_worker(
                queues=[QUEUE],
                concurrency=options["concurrency"],
                wait=not options["until_empty"],
                install_signal_handlers=True,
                shutdown_graceful_timeout=20,
            )
