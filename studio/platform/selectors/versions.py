"""Which migrations a studio lacks, told without the owner's rights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from studio.tenancy.context import inside
from studio.tenancy.history import history
from studio.tenancy.models import Studio, StudioStatus
from studio.tenancy.selectors import readiness

APPLIED = "SELECT app, name FROM django_migrations"


@dataclass(frozen=True, slots=True)
class Version:
    """How a studio's schema stands to the program.

    pending: `app.name` of each migration it lacks, in order
    is_newer: it has migrations this program does not know
    """

    pending: tuple[str, ...]
    is_newer: bool = False

    @property
    def is_current(self) -> bool:
        """Whether the schema has exactly the program's migrations."""
        return not self.pending and not self.is_newer


CURRENT = Version(())


def versions_of(studios: Sequence[Studio]) -> Mapping[int, Version]:
    """Return the version of each studio by its id; one that is being set up has none.

    queries: 1, and 1 for each different version that is not this program's, however many studios have it
    """
    digests = readiness.schema_versions()
    known: dict[str, Version] = {history().leaf_version(): CURRENT}
    found = {}
    for studio in studios:
        digest = digests.get(studio.schema_name)
        if studio.status == StudioStatus.PROVISIONING or digest is None:
            continue
        if digest not in known:
            known[digest] = _version_inside(studio)
        found[studio.pk] = known[digest]
    return found


def _version_inside(studio: Studio) -> Version:
    with inside(studio), connection.cursor() as cursor:
        cursor.execute(APPLIED)
        applied = set(cursor.fetchall())
    pending = tuple(".".join(key) for key in history().order if key not in applied)
    return Version(pending, is_newer=not applied <= set(history().order))
