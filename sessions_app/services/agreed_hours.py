"""What becomes of a session whose hour was changed by its zone alone: nobody but a person decides."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import StudioSession
from sessions_app.selectors.agreed_hours import agreed_start, off_the_hour
from sessions_app.services import bookings
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import minutes_ahead
from studio.db import taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile


class AtItsHour(DomainError):
    """The session begins at the hour that was agreed, or somebody has settled it meanwhile."""


@taking_turns()
def move_to_agreed_hour(
    *, session: StudioSession, actor: User | None, now: datetime, tell: Tell = Tell.CLIENT
) -> StudioSession:
    """Move a session to the hour that was agreed, as the studio's clock goes now, and return it; it costs no fee.

    raises: AtItsHour, and as bookings.move_session
    """
    _require_off(session, now)
    starts_at = agreed_start(session, current_profile().zone)
    return bookings.move_session(
        session=session,
        starts_at=starts_at,
        ends_at=starts_at + (session.ends_at - session.starts_at),
        actor=actor,
        now=now,
        seen_at=session.updated_at,
        tell=tell,
    )


@taking_turns()
def keep_instant(*, session: StudioSession, actor: User | None, now: datetime) -> StudioSession:
    """Agree on the hour that the studio's clock shows now, which moves nothing, and return the session.

    raises: AtItsHour
    """
    kept = StudioSession.objects.locked().get(pk=session.pk)
    _require_off(kept, now)
    before, kept.agreed_offset = kept.agreed_offset, minutes_ahead(kept.starts_at, current_profile().zone)
    kept.save(update_fields=["agreed_offset"])
    changes = {"agreed_offset": (before, kept.agreed_offset)}
    audit.record(verb="confirm", subject=kept, actor=actor, now=now, changes=changes)
    return kept


def _require_off(session: StudioSession, now: datetime) -> None:
    zone, asked = current_profile().zone, StudioSession.objects.filter(pk=session.pk)
    if not off_the_hour(zone=zone, now=now, sessions=asked):
        raise AtItsHour(_("This session begins at the hour that was agreed, or somebody has settled it meanwhile."))
