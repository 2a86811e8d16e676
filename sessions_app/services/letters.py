"""Writing what a client is told of a session: a letter, and the file that puts it into their calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from sessions_app.documents.calendars import Entry, EntryStatus, Method, Party, calendar_file
from sessions_app.models import (
    Client,
    ClientContact,
    FeeKind,
    NoticeKind,
    Room,
    SessionFee,
    SessionRequest,
    SessionStatus,
    StudioSession,
)
from sessions_app.selectors.notice_words import Words, filled, usual_words
from sessions_app.selectors.terms import terms_in_words
from studio.mail.selectors.house import House, current_house
from studio.mail.services import writing
from studio.mail.services.outbox import Attachment
from studio.mail.services.writing import Letter
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile
from studio.showing import money, when_exactly

MOST_LISTED = 60  # sessions in one mail; more are counted
INVITING = (NoticeKind.CONFIRMATION, NoticeKind.CHANGE, NoticeKind.REQUEST_APPROVED)
ENDING = (NoticeKind.CANCELLATION, NoticeKind.REQUEST_DECLINED)
EXPIRING = (
    NoticeKind.HOLD_PLACED,
    NoticeKind.HOLD_EXPIRING,
    NoticeKind.REQUEST_RECEIVED,
    NoticeKind.PAYMENT_ASKED,
    NoticeKind.WAITLIST_OFFER,
)
PROMISING = (
    NoticeKind.CONFIRMATION,
    NoticeKind.REQUEST_APPROVED,
    NoticeKind.HOLD_PLACED,
    NoticeKind.PAYMENT_ASKED,
    NoticeKind.WAITLIST_OFFER,
)


@dataclass(frozen=True, slots=True)
class Before:
    """When and where a session would have been."""

    starts_at: datetime
    ends_at: datetime
    room: Room | None


@dataclass(frozen=True, slots=True)
class Sender:
    """The studio as a mail shows it."""

    house: House
    profile: StudioProfile

    @property
    def address(self) -> str:
        """Where the studio is, in one line."""
        town = f"{self.profile.postal_code} {self.profile.city}".strip()
        return ", ".join(filter(None, (self.profile.street, town)))


def load_sender() -> Sender:
    """Return the studio one stands in.

    queries: 2, one of them in the registry
    """
    return Sender(current_house(), current_profile())


def place_of(session: StudioSession, room: Room | None) -> str:
    """Return where a session takes place, in a few words."""
    return str(room or session.location or session.get_kind_display())


def _greeting_name(session: StudioSession) -> str:
    """Return whom a mail greets."""
    if session.client is not None:
        return session.client.first_name or session.client.name
    asked = getattr(session, "request", None)
    return asked.visitor_name if asked is not None else ""


def recipients_of(session: StudioSession) -> list[Party]:
    """Return whom mails about a session go to: the client, whoever is asked first for them, or else the visitor.

    queries: 1, none for a visitor
    """
    found: list[Party] = []
    if session.client is not None:
        contact = ClientContact.objects.filter(client=session.client, is_primary=True).first()
        people = [(session.client.name, session.client.email), (str(contact or ""), contact.email if contact else "")]
        found = [Party(name, email) for name, email in people if email]
    asked: SessionRequest | None = None if found else getattr(session, "request", None)
    if asked is not None and asked.visitor_email:
        found = [Party(asked.visitor_name, asked.visitor_email)]
    return list({party.email.strip().lower(): party for party in reversed(found)}.values())[::-1]


def write_letter(
    *, kind: NoticeKind, sessions: Sequence[StudioSession], words: Words, sender: Sender, before: Before | None = None
) -> Letter:
    """Return the letter about one or several sessions, in the studio's language and on its clocks.

    sessions: of one client, by start, at least one
    before: of a session that has moved
    """
    zone = sender.profile.zone
    with override(sender.house.language), timezone.override(zone):
        first = sessions[0]
        values = {
            "client": _greeting_name(first),
            "title": first.title,
            "when": when_exactly(first.starts_at, first.ends_at),
            "old_when": when_exactly(before.starts_at, before.ends_at) if before else "",
            "room": place_of(first, first.room),
            "expires": when_exactly(first.hold_expires_at) if first.hold_expires_at else "",
            "reason": first.cancellation_reason,
            "count": str(len(sessions)),
            "studio": sender.profile.name,
        }
        several = [_line(session) for session in sessions[:MOST_LISTED]] if len(sessions) > 1 else []
        more = len(sessions) - MOST_LISTED
        told = _facts(kind, first, sender, before, is_one=not several)
        return writing.write(
            "session_notice",
            house=sender.house,
            subject_line=filled(words.subject, values),
            opening=filled(words.opening, values),
            facts=[(label, " ".join(value.split())) for label, value in told],
            sessions=several,
            more=ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more} if more > 0 else "",
            policy=_promise(sessions, sender) if kind in PROMISING else "",
            studio=sender.profile,
            reply_to=sender.profile.reply_address,
            address=sender.address,
        )


def _promise(sessions: Sequence[StudioSession], sender: Sender) -> str:
    """Return what a change will cost: by the terms that all were booked under, else in the studio's own words."""
    first = sessions[0]
    is_one = len(sessions) == 1 or (first.terms is not None and all(each.terms == first.terms for each in sessions))
    told = terms_in_words(first) if is_one else []
    return "\n".join(told) or sender.profile.cancellation_policy


def _line(session: StudioSession) -> str:
    return f"{when_exactly(session.starts_at, session.ends_at)}, {place_of(session, session.room)}"


def _facts(
    kind: NoticeKind, session: StudioSession, sender: Sender, before: Before | None, *, is_one: bool
) -> list[tuple[str, str]]:
    """Return the facts of a session that concern a kind of letter, each under its name."""
    zone = sender.profile.zone.key
    facts = [(_("What"), session.title)]
    if is_one:
        facts.append((_("When"), f"{when_exactly(session.starts_at, session.ends_at)} ({zone})"))
        if before and (before.starts_at, before.ends_at) != (session.starts_at, session.ends_at):
            facts.append((_("Before"), f"{when_exactly(before.starts_at, before.ends_at)} ({zone})"))
        facts.append((_("Where"), place_of(session, session.room)))
        if before and before.room != session.room:
            facts.append((_("Before in"), place_of(session, before.room)))
    else:
        facts.append((_("Time zone"), zone))
    if kind == NoticeKind.PAYMENT_ASKED and (asked := session.deposit_amount or session.total):
        facts.append((_("To pay"), money(asked, session.currency)))
    if kind in EXPIRING and session.hold_expires_at:
        facts.append((_("Kept until"), f"{when_exactly(session.hold_expires_at)} ({zone})"))
    if kind in ENDING and session.cancellation_reason:
        facts.append((_("Reason"), session.cancellation_reason))
    if kind == NoticeKind.CANCELLATION and is_one and (fee := _fee_of(session)):
        facts.append((_("Fee"), f"{money(fee.amount, session.currency)}. {fee.explanation}"))
    return facts


def _fee_of(session: StudioSession) -> SessionFee | None:
    """Return what a cancellation costs the client; None for nothing, and where the fee is waived."""
    fees = SessionFee.objects.filter(session=session.pk, kind=FeeKind.CANCELLATION, waived_at__isnull=True)
    return fees.first()


def calendar_attachment(
    *, kind: NoticeKind, sessions: Sequence[StudioSession], sender: Sender, recipient: Party, was_invited: bool
) -> list[Attachment]:
    """Return the file that puts a booking into the recipient's calendar, changes it there, or takes it out.

    was_invited: whether an earlier mail put it there; else there is nothing to take out
    returns: none for a mail about what is not booked
    """
    is_end = kind in ENDING
    booked = kind in INVITING and all(session.status == SessionStatus.SCHEDULED for session in sessions)
    if not booked and not (is_end and was_invited):
        return []
    method = Method.CANCEL if is_end else Method.REQUEST
    if len(sessions) > 1:
        method = Method.PUBLISH  # an invitation is about one session
    status = EntryStatus.CANCELLED if is_end else EntryStatus.CONFIRMED
    organizer = Party(sender.profile.name, sender.profile.reply_address or settings.MAIL_FROM)
    content = calendar_file(
        [_client_entry(session, status, sender) for session in sessions],
        name=sender.profile.name,
        zone=sender.profile.zone,
        method=method,
        organizer=None if method is Method.PUBLISH else organizer,
        attendees=[] if method is Method.PUBLISH else [recipient],
    )
    return [Attachment("session.ics", f"text/calendar; method={method.value}", content)]


def _client_entry(session: StudioSession, status: EntryStatus, sender: Sender) -> Entry:
    """Return what a client's calendar shows of a session."""
    return Entry(
        uid=str(session.calendar_uid),
        sequence=session.sequence,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        changed_at=session.updated_at,
        summary=f"{session.title} - {sender.profile.name}",
        status=status,
        location=", ".join(filter(None, (place_of(session, session.room), sender.address if session.room else ""))),
    )


def sample_letter(*, kind: NoticeKind, subject: str, opening: str, now: datetime) -> Letter:
    """Return what a mail of a kind looks like for an invented session, with the words given; nothing is saved.

    subject, opening: empty means the usual words
    """
    sender = load_sender()
    with override(sender.house.language):
        usual = usual_words(kind)
        words = Words(subject or usual.subject, opening or usual.opening)
        start = (now + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
        session = StudioSession(
            title=_("Vocals"),
            client=Client(name="Mina Morel", first_name="Mina"),
            room=Room(name=_("Studio A")),
            starts_at=start,
            ends_at=start + timedelta(hours=3),
            hold_expires_at=start - timedelta(days=1),
            cancellation_reason=_("The singer has a cold."),
            total=Decimal(180),
            currency=sender.profile.currency,
        )
    day_before = Before(start - timedelta(days=1), start - timedelta(hours=21), session.room)
    before = day_before if kind == NoticeKind.CHANGE else None
    return write_letter(kind=kind, sessions=[session], words=words, sender=sender, before=before)
