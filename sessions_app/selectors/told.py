"""What was told of sessions, and how far the mails have come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sessions_app.models import NoticeOutcome, SessionNotice, StudioSession
from studio.mail.models import EmailMessage, EmailState

TONES = {
    EmailState.QUEUED: "info",
    EmailState.SENT: "success",
    EmailState.FAILED: "danger",
    EmailState.BOUNCED: "warning",
}


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail to one address.

    tone: one of those of badges
    """

    recipient: str
    state: str
    tone: str
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was told of a session, or was not.

    silence: why no mail was written; empty when one was
    """

    kind: str
    told_at: datetime
    silence: str
    mails: Sequence[SentMail]


def told_of(session: StudioSession) -> list[Told]:
    """Return what was told of a session, newest first.

    queries: 2
    """
    notices = list(SessionNotice.objects.filter(session=session).order_by("-told_at", "-pk"))
    by_about: dict[str, list[SentMail]] = {}
    for mail in EmailMessage.objects.filter(about__in=[notice.about for notice in notices if notice.letter]).order_by(
        "pk"
    ):
        state = EmailState(mail.state)
        shown = SentMail(mail.recipient, str(state.label), TONES[state], mail.last_error)
        by_about.setdefault(mail.about, []).append(shown)
    return [
        Told(
            notice.get_kind_display(),
            notice.told_at,
            "" if notice.outcome == NoticeOutcome.WRITTEN else notice.get_outcome_display(),
            by_about.get(notice.about, ()),
        )
        for notice in notices
    ]
