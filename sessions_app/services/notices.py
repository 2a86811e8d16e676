"""Telling clients of their sessions, each thing once.

What is told is a row, unique for the session, the kind and the occasion, and mails in the outbox: all written in the
transaction of what they tell of. The outbox sends them after it; a worker that dies between the mail server's yes and
writing it down lets one mail leave twice, under the same Message-ID.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from sessions_app.documents.calendars import Party
from sessions_app.models import (
    NoticeKind,
    NoticeOutcome,
    SessionKind,
    SessionNotice,
    StudioSession,
)
from sessions_app.selectors.notice_words import Words, words_of
from sessions_app.services import letters
from sessions_app.services.letters import Before
from studio.crypto import new_id
from studio.mail.services import outbox

TIMED = (NoticeKind.REMINDER, NoticeKind.HOLD_EXPIRING)
CHANGE_WAITS = timedelta(minutes=5)  # time to take a drag back, or to drag on, before the client hears of it


class Tell(StrEnum):
    """Whether a client hears of what is done to a session.

    TOGETHER: by a mail about several sessions, which whoever does it announces with `announce_together`
    """

    CLIENT = "client"
    NOBODY = "nobody"
    TOGETHER = "together"


@transaction.atomic(savepoint=False)
def announce(
    *,
    session: StudioSession,
    kind: NoticeKind,
    now: datetime,
    tell: Tell = Tell.CLIENT,
    before: Before | None = None,
) -> SessionNotice | None:
    """Tell a client what has just been done to a session, in the same transaction, and return what is kept of it.

    Reminders of what was true before, which have not left yet, stay here, and so does the mail about a change that
    still waits: a further move says where the session stood before the first, also where nobody was to hear of it.
    before: of a session that has moved
    returns: None for what concerns no client: in-house, a blocker, a session that is over, a move taken back in time
    """
    withdraw_waiting(session=session, now=now)
    waited = _withdraw_change(session, now)
    if tell is Tell.TOGETHER:
        return None
    fresh = StudioSession.objects.select_related("client", "room", "request").get(pk=session.pk)
    if not _concerns_a_client(fresh, now):
        return None
    if kind == NoticeKind.CHANGE and waited is not None:
        before, tell = waited, Tell.CLIENT
        if before == Before(fresh.starts_at, fresh.ends_at, fresh.room):
            return None
    return tell_of(sessions=[fresh], kind=kind, now=now, before=before, is_wanted=tell is Tell.CLIENT)[0]


def announce_new(
    *, session: StudioSession, kind: NoticeKind, now: datetime, tell: Tell = Tell.CLIENT
) -> SessionNotice | None:
    """Tell a client of a session that this transaction has written, and return what is kept of it; see `announce`.

    session: as it was saved, asked for by no visitor; nothing can have been told of it, so nothing is looked up
    """
    if tell is Tell.TOGETHER or session.client_id is None or not _concerns_a_client(session, now):
        return None
    return tell_of(sessions=[session], kind=kind, now=now, is_wanted=tell is Tell.CLIENT)[0]


@transaction.atomic(savepoint=False)
def announce_together(*, sessions: Sequence[StudioSession], kind: NoticeKind, now: datetime) -> list[SessionNotice]:
    """Tell a client of several sessions in one mail, in the transaction of what was done, and return what is kept.

    sessions: of one client; those that concern no client or are over are left out
    returns: one for each session, by start
    """
    keys = [session.pk for session in sessions]
    rows = StudioSession.objects.filter(pk__in=keys).select_related("client", "room", "request")
    concerned = [row for row in rows.order_by("starts_at", "pk") if _concerns_a_client(row, now)]
    if not concerned:
        return []
    return tell_of(sessions=concerned, kind=kind, now=now)


@transaction.atomic(savepoint=False)
def withdraw_waiting(*, session: StudioSession, now: datetime) -> int:
    """Keep reminders of a session that wait from leaving, and return how many mails that were."""
    waiting = SessionNotice.objects.filter(session=session, kind__in=TIMED, outcome=NoticeOutcome.WRITTEN)
    reason = _("The session was changed before this mail left.")
    return sum(
        outbox.cancel_email(kind=notice.mail_kind, about=notice.about, reason=reason, now=now)
        for notice in waiting.order_by("pk")
    )


def _withdraw_change(session: StudioSession, now: datetime) -> Before | None:
    """Keep the mail about the last change from leaving and return where the session stood before it.

    returns: None where none waits
    """
    changes = SessionNotice.objects.filter(session=session, kind=NoticeKind.CHANGE, outcome=NoticeOutcome.WRITTEN)
    last = changes.select_related("old_room").order_by("-pk").first()
    if last is None or last.old_starts_at is None or last.old_ends_at is None:
        return None
    reason = _("The session was changed again before this mail left.")
    if not outbox.withdraw_email(kind=last.mail_kind, about=last.about, reason=reason, now=now):
        return None
    last.outcome = NoticeOutcome.WITHDRAWN
    last.save(update_fields=["outcome"])
    return Before(last.old_starts_at, last.old_ends_at, last.old_room)


def _concerns_a_client(session: StudioSession, now: datetime) -> bool:
    if session.kind == SessionKind.BLOCKER or session.ends_at <= now:
        return False
    if session.client_id is not None:
        return True
    asked = getattr(session, "request", None)
    return bool(asked and asked.visitor_email)


@transaction.atomic(savepoint=False)
def tell_of(
    *,
    sessions: Sequence[StudioSession],
    kind: NoticeKind,
    now: datetime,
    occasion: str = "",
    before: Before | None = None,
    is_wanted: bool = True,
) -> list[SessionNotice]:
    """Keep what is told of sessions, write the mail about those that were not told of it before, and return all rows.

    sessions: as they are now, of one client, at least one; client, room and request come along
    occasion: what makes it a new thing to tell; empty means each session's version
    """
    sender = letters.load_sender()
    with override(sender.house.language):
        words = words_of(kind, count=len(sessions))
    recipients = letters.recipients_of(sessions[0])
    outcome = NoticeOutcome.WRITTEN
    if not is_wanted:
        outcome = NoticeOutcome.NOT_WANTED
    elif not words.is_enabled:
        outcome = NoticeOutcome.SWITCHED_OFF
    elif not recipients:
        outcome = NoticeOutcome.NO_ADDRESS
    facts = {"outcome": outcome, "letter": new_id() if outcome == NoticeOutcome.WRITTEN else "", "told_at": now}
    if before is not None:
        facts |= {"old_starts_at": before.starts_at, "old_ends_at": before.ends_at, "old_room": before.room}
    kept = _keep(sessions, kind, occasion, facts)
    if new := [notice for notice in kept if notice.letter and notice.letter == facts["letter"]]:
        _mail(new, words=words, sender=sender, recipients=recipients, before=before, now=now)
    return kept


def _mail(
    new: Sequence[SessionNotice],
    *,
    words: Words,
    sender: letters.Sender,
    recipients: Sequence[Party],
    before: Before | None,
    now: datetime,
) -> None:
    """Write one mail to each recipient about what has just been kept for the first time."""
    told, kind = [notice.session for notice in new], NoticeKind(new[0].kind)
    letter = letters.write_letter(kind=kind, sessions=told, words=words, sender=sender, before=before)
    invitations = SessionNotice.objects.filter(kind__in=letters.INVITING, outcome=NoticeOutcome.WRITTEN)
    was_invited = kind in letters.ENDING and invitations.filter(session__in=told).exists()
    for recipient in recipients:
        files = letters.calendar_attachment(
            kind=kind, sessions=told, sender=sender, recipient=recipient, was_invited=was_invited
        )
        outbox.queue_email(
            kind=new[0].mail_kind,
            about=new[0].about,
            recipient=recipient.email,
            reply_to=sender.profile.reply_address,
            letter=letter,
            attachments=files,
            now=now,
            wait=CHANGE_WAITS if before is not None else timedelta(0),
        )


def _keep(
    sessions: Sequence[StudioSession], kind: NoticeKind, occasion: str, facts: dict[str, object]
) -> list[SessionNotice]:
    """Return the rows of what is told, in the order of the sessions: of two who tell the same, one finds it there.

    queries: 2, however many sessions
    """
    wanted = {(session.pk, occasion or str(session.sequence)): session for session in sessions}
    SessionNotice.objects.bulk_create(
        (
            SessionNotice(session=each, kind=kind, occasion=at, starts_at=each.starts_at, ends_at=each.ends_at, **facts)
            for (_key, at), each in wanted.items()
        ),
        ignore_conflicts=True,
    )
    there = {
        (row.session_id, row.occasion): row for row in SessionNotice.objects.filter(session__in=sessions, kind=kind)
    }
    kept = [there[key] for key in wanted]
    for row, session in zip(kept, wanted.values(), strict=True):
        row.session = session
    return kept
