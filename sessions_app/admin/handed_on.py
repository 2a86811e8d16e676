"""Who has a slot that has just become free."""

from datetime import datetime

from django.utils.translation import gettext as _

from sessions_app.models import SessionStatus, StudioSession
from sessions_app.selectors.availability import slot_of
from sessions_app.selectors.lines import who_got
from studio.showing import when


def handed_on(gone: StudioSession, since: datetime) -> list[str]:
    """Return, in a sentence each, who got the time of a session that has left its slot; none when it is free.

    gone: as it was in its slot
    """
    return [_sentence(taker) for taker in who_got(slot_of(gone), since)]


def _sentence(taker: StudioSession) -> str:
    named = {"who": taker.client or taker.title, "when": when(taker.starts_at, taker.ends_at)}
    if taker.status != SessionStatus.HOLD:
        return _("%(who)s is booked there now: %(when)s.") % named
    named["until"] = when(taker.hold_expires_at or taker.starts_at)
    if hasattr(taker, "offer"):
        return _("%(who)s was on the waitlist and is offered %(when)s, until %(until)s.") % named
    return _("%(who)s now holds %(when)s, until %(until)s.") % named
