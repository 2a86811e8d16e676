"""Lists that people take along: each leaves a line in the trail, whoever may read it all the same."""

from datetime import datetime

from django.db import models

from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.office.models import PROFILE_ID, StudioProfile
from studio.tenancy.context import current_schema
from studio.tenancy.place import PUBLIC


@taking_turns()
def note_export(
    *,
    rows: type[models.Model],
    count: int,
    filters: str,
    kind: str,
    actor: User,
    now: datetime,
    subject: models.Model | None = None,
) -> None:
    """Write down that somebody takes rows along: of which table, how many, chosen how, as what kind of file.

    subject: the one thing they are of; None: the studio, and on the platform, which has no such row, the person
    """
    if subject is None:
        subject = actor if current_schema() == PUBLIC else StudioProfile.objects.get(pk=PROFILE_ID)
    changes = {rows._meta.db_table: (None, count), "filters": (None, filters), "file": (None, kind)}
    audit.record(verb="export", subject=subject, actor=actor, now=now, changes=changes)
