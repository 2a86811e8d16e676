"""The WSGI entry point: sync only, since a connection keeps its studio per thread."""

import os
import sys

from django.core.wsgi import get_wsgi_application
from django.db import OperationalError

from studio.unreachable import unreachable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
application = get_wsgi_application()

from studio.tenancy.startup import ConnectionShared, prove_connection  # noqa: E402 -- needs the settings above

try:
    prove_connection()
except ConnectionShared as refusal:
    sys.exit(str(refusal))
except OperationalError as error:
    if (line := unreachable(error)) is None:
        raise
    sys.exit(line)
