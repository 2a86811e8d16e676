#!/usr/bin/env python
"""Run a management command."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError
from psycopg import OperationalError as DriverError


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
        reason = _why_not_connected(error)
        if reason is None or "--traceback" in sys.argv:
            raise
        name = "DATABASE_WEB_URL" if os.environ.get("DATABASE_LOGIN") == "web" else "DATABASE_URL"
        sys.exit(f"{name}: the database cannot be reached ({reason}).")


def _why_not_connected(error: BaseException) -> str | None:
    # A connection that was never made has no server behind it; later failures are another matter.
    driver = error if isinstance(error, DriverError) else error.__cause__
    if not isinstance(driver, DriverError) or driver.sqlstate is not None:
        return None
    return str(driver).split("\n", 1)[0]


if __name__ == "__main__":
    main()
