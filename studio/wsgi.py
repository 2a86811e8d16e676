"""The WSGI entry point: sync only, since a connection keeps its studio per thread.

Importing it is starting: it refuses where studios could see each other's data.
"""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError
from django.utils.module_loading import import_string

from studio.unreachable import unreachable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
application = get_wsgi_application()

try:
    import_string("studio.tenancy.startup.prove_connection")()
except ImproperlyConfigured as refusal:
    sys.exit(str(refusal))
except OperationalError as error:
    if (line := unreachable(error)) is None:
        raise
    sys.exit(line)
