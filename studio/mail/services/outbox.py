"""Putting mails into the outbox, sending them, and trying again.

A mail is queued in the transaction of its cause and sent after it by a worker, in three steps: take
the row for a few minutes (committed), speak to the server, write down what it said. Whoever does not
get the row does nothing, so two workers send one mail once.
"""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message, MIMEPart
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from studio.crypto import new_id
from studio.errors import DomainError
from studio.mail.models import EmailAttachment, EmailMessage, EmailState
from studio.mail.selectors.house import current_house
from studio.mail.services.writing import Letter
from studio.mail.signals import email_accepted
from studio.tenancy import jobs
from studio.tenancy.context import current_schema
from studio.tenancy.selectors import registry

MAX_TRIES = 8
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
TAKEN_FOR = timedelta(minutes=5)
OVERDUE = timedelta(minutes=10)
SUBJECT_LENGTH = 255
ERROR_LENGTH = 500
PERMANENT = range(500, 600)


class NothingToRetry(DomainError):
    """The mail was accepted already, or is being sent."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along.

    content_type: a text's may carry parameters, e.g. "text/calendar; method=REQUEST"
    """

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the mail server, or the way to it, said.

    is_final: another try would be told the same
    """

    text: str
    is_final: bool


def _message_id() -> str:
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2]
    return f"<{new_id()}@{domain or settings.PLATFORM_HOST}>"


def _defer(message: EmailMessage, at: datetime | None = None) -> None:
    jobs.defer("mail.send_email", queueing_lock=f"email:{message.pk}", run_at=at, email_id=message.pk)


@transaction.atomic(savepoint=False)
def queue_email(
    *,
    kind: str,
    about: str,
    recipient: str,
    letter: Letter,
    reply_to: str = "",
    attachments: Sequence[Attachment] = (),
    now: datetime,
    wait: timedelta = timedelta(0),
) -> EmailMessage:
    """Put a mail into the outbox and queue its sending, both in the current transaction; return the mail.

    about: what it is about, `app.model:id`; with kind and recipient it makes the mail unique, and one
        that is queued already is returned as it is
    wait: how long it can still be withdrawn before a worker sends it
    """
    unique = {"about": about, "kind": kind, "recipient": recipient.strip().lower()}
    draft = EmailMessage(
        **unique,
        reply_to=reply_to,
        subject=" ".join(letter.subject.split())[:SUBJECT_LENGTH],
        text=letter.text,
        html=letter.html,
        message_id=_message_id(),
        next_try_at=now + wait,
    )
    EmailMessage.objects.bulk_create([draft], ignore_conflicts=True)
    message = EmailMessage.objects.get(**unique)
    if message.message_id == draft.message_id:
        EmailAttachment.objects.bulk_create(
            EmailAttachment(message=message, name=file.name, content_type=file.content_type, content=file.content)
            for file in attachments
        )
        _defer(message, message.next_try_at if wait else None)
    return message


def _waiting(now: datetime) -> QuerySet[EmailMessage]:
    """Return the mails that wait and that no worker is sending."""
    free = Q(taken_until__isnull=True) | Q(taken_until__lte=now)
    return EmailMessage.objects.filter(free, state=EmailState.QUEUED)


def _take(email_id: int, now: datetime) -> EmailMessage | None:
    waiting = _waiting(now).filter(pk=email_id)
    # A worker that dies once the server has the mail writes nothing down: without an end it would leave for ever.
    never_came_back = _("No worker told how sending it ended. Ask whether it arrived before you send it again.")
    if waiting.filter(tries__gte=MAX_TRIES).update(
        state=EmailState.FAILED, last_error=never_came_back, taken_until=None, updated_at=now
    ):
        return None
    if not waiting.update(taken_until=now + TAKEN_FOR, tries=F("tries") + 1, updated_at=now):
        return None
    return EmailMessage.objects.get(pk=email_id)


def _hand_over(message: EmailMessage) -> Refusal | None:
    """Give a mail to the server; None when it was accepted."""
    letter = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=formataddr((current_house().name, parseaddr(settings.MAIL_FROM)[1])),
        to=[message.recipient],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={"Message-ID": message.message_id},
    )
    if message.html:
        letter.attach_alternative(message.html, "text/html")
    for file in message.attachments.order_by("pk"):
        letter.attach(_part(file))
    try:
        mailers.default.send_messages([letter])
    except smtplib.SMTPRecipientsRefused as exc:
        code, said = next(iter(exc.recipients.values()))
        return Refusal(_said(code, said), code in PERMANENT)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as exc:
        return Refusal(_said(exc.smtp_code, exc.smtp_error), exc.smtp_code in PERMANENT)
    except (smtplib.SMTPException, OSError) as exc:  # the way to the server, not this mail
        return Refusal(f"{type(exc).__name__}: {exc}"[:ERROR_LENGTH], is_final=False)
    except ValueError as exc:  # an address that no server can be told
        return Refusal(str(exc)[:ERROR_LENGTH], is_final=True)
    return None


def _part(file: EmailAttachment) -> MIMEPart:
    """Return an attachment as a part of its mail, the parameters of its type included."""
    kind = Message()
    kind["Content-Type"] = file.content_type
    main, sub, content, part = kind.get_content_maintype(), kind.get_content_subtype(), bytes(file.content), MIMEPart()
    if main != "text":
        part.set_content(content, maintype=main, subtype=sub, disposition="attachment", filename=file.name)
        return part
    parameters = dict(kind.get_params([])[1:])
    text = content.decode(errors="replace")
    part.set_content(text, subtype=sub, params=parameters, cte="base64", disposition="attachment", filename=file.name)
    return part


def _said(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {text}".replace("\0", "")[:ERROR_LENGTH]


def pause_after(tries: int) -> timedelta:
    """Return how long to wait after so many failed tries: 1, 4, 16, 64 minutes, then 4 hours."""
    pause = FIRST_PAUSE
    for _failed in range(1, tries):
        pause = min(pause * 4, LONGEST_PAUSE)
    return pause


@transaction.atomic
def _note_refusal(message: EmailMessage, refusal: Refusal, now: datetime) -> None:
    message.last_error, message.taken_until = refusal.text, None
    if refusal.is_final or message.tries >= MAX_TRIES:
        message.state = EmailState.FAILED
    else:
        message.next_try_at = now + pause_after(message.tries)
        _defer(message, message.next_try_at)
    message.save(update_fields=["last_error", "taken_until", "state", "next_try_at"])


def send_email(email_id: int, now: datetime) -> EmailMessage | None:
    """Send one mail of the outbox and return it; None when there is nothing to do, or another worker does it.

    Refused for now: it stays queued with the error and is tried again, with growing pauses. Refused for
    good, or too often: it is failed. In a restored copy it waits until the copy may write to people.
    """
    if registry.holds_mails(current_schema()):
        return None
    message = _take(email_id, now)
    if message is None:
        return None
    refusal = _hand_over(message)
    if refusal is not None:
        _note_refusal(message, refusal, now)
        return message
    _note_acceptance(message, now)
    return message


@transaction.atomic
def _note_acceptance(message: EmailMessage, now: datetime) -> None:
    message.state, message.sent_at, message.taken_until, message.last_error = EmailState.SENT, now, None, ""
    message.save(update_fields=["state", "sent_at", "taken_until", "last_error"])
    email_accepted.send(sender=EmailMessage, message=message, now=now)


@transaction.atomic
def cancel_email(*, kind: str, about: str, reason: str, now: datetime) -> int:
    """Keep mails that wait from leaving, and return how many; one that a worker is sending is left alone.

    reason: a sentence, shown as their error
    """
    return (
        _waiting(now)
        .filter(kind=kind, about=about)
        .update(state=EmailState.FAILED, last_error=reason, taken_until=None, updated_at=now)
    )


@transaction.atomic
def withdraw_email(*, kind: str, about: str, reason: str, now: datetime) -> bool:
    """Keep the mails about one thing from leaving, all of them or none, and return whether they stay.

    They leave where one of them has left, or may have: a worker took it and did not tell how that ended.
    reason: a sentence, shown as their error
    """
    mails = EmailMessage.objects.filter(kind=kind, about=about)
    locked = list(mails.select_for_update(of=("self",)).order_by("pk"))
    if any(mail.sent_at or mail.taken_until for mail in locked):
        return False
    waiting = mails.filter(state=EmailState.QUEUED)
    return bool(waiting.update(state=EmailState.FAILED, last_error=reason, updated_at=now))


@transaction.atomic
def retry_email(*, message: EmailMessage, now: datetime) -> EmailMessage:
    """Queue a failed or waiting mail again, from its first try.

    raises: NothingToRetry
    """
    row = EmailMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    is_taken = row.taken_until is not None and row.taken_until > now
    if is_taken or row.state not in {EmailState.QUEUED, EmailState.FAILED}:
        raise NothingToRetry(_("This mail was accepted already, or is being sent right now."))
    row.state, row.tries, row.next_try_at, row.taken_until = EmailState.QUEUED, 0, now, None
    row.save(update_fields=["state", "tries", "next_try_at", "taken_until"])
    _defer(row)
    return row


@transaction.atomic
def resume_waiting(*, now: datetime) -> int:
    """Queue again the mails whose job was lost, and return how many there were; none where mails are held."""
    if registry.holds_mails(current_schema()):
        return 0
    overdue = EmailMessage.objects.filter(state=EmailState.QUEUED, next_try_at__lte=now - OVERDUE).order_by("pk")
    for message in overdue:
        _defer(message)
    return len(overdue)
