"""Making backups and running the command, as tests do it."""

import json
from io import StringIO

from django.core.management import CommandError, call_command
from django.utils import timezone

from studio.tenancy.services import capsules

# As long as the label of an account may be: a name and an address.
OLIVE = f"{'Olive ' * 25}<{'o' * 240}@olive.example>"


def command(*arguments, told=None):
    """Return the exit code, what programs read, and what people are told.

    told: where progress is written, for a test that looks at it meanwhile
    """
    out, told, code, refusal = StringIO(), told or StringIO(), 0, ""
    try:
        call_command("capsule", *map(str, arguments), stdout=out, stderr=told)
    except CommandError as error:
        code, refusal = error.returncode, str(error)
    return code, json.loads(out.getvalue() or "null"), refusal or told.getvalue()


def made(studio, folder, tell=lambda _line: None, **given):
    return capsules.make_capsule(studio=studio, folder=folder, made_by=OLIVE, now=timezone.now(), tell=tell, **given)
