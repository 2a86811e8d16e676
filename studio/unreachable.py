"""What to say, in one line, when the database cannot be reached."""

import os

from psycopg import OperationalError


def unreachable(error: BaseException) -> str | None:
    """Return a line that names the setting and hides its value; None for a failure of another kind.

    error: Django's or the driver's; a connection that was never made has no server code behind it
    """
    driver = error if isinstance(error, OperationalError) else error.__cause__
    if not isinstance(driver, OperationalError) or driver.sqlstate is not None:
        return None
    name = "DATABASE_WEB_URL" if os.environ.get("DATABASE_LOGIN") == "web" else "DATABASE_URL"
    reason = str(driver).split("\n", 1)[0]
    return f"{name}: the database cannot be reached ({reason})."
