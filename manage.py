#!/usr/bin/env python
"""Run a management command."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from psycopg import OperationalError as DriverError

from studio.unreachable import unreachable


def main() -> None:
    """Run the command; a setting that cannot work is answered by one line that names it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    # Each address of a host is waited for in turn, and a person with a wrong one wants to know within five seconds.
    os.environ.setdefault("DATABASE_CONNECT_SECONDS", "2")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if type(error) is not ImproperlyConfigured or "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
    except (OperationalError, DriverError) as error:
        line = unreachable(error)
        if line is None or "--traceback" in sys.argv:
            raise
        sys.exit(line)


if __name__ == "__main__":
    main()
