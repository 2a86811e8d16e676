"""The development server, without its own look at pending migrations."""

from django.contrib.staticfiles.management.commands import runserver


class Command(runserver.Command):
    """Serve; `/ready` says which schemas are behind."""

    def check_migrations(self) -> None:
        """Leave it to `/ready`: a server stands in no studio until a request names one."""
