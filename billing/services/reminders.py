"""Reminding clients of what is overdue: one letter for all of it, each step of a document once, whoever asks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from billing.models import InvoiceReminder, LedgerTransaction, ReminderLetter
from billing.models.reminder_policy import LATEST_HOUR
from billing.selectors.ladder import NOT_ARRIVED, Hold, Ladder, Late, ladder_of, ladders
from billing.selectors.papers import paper_of
from billing.selectors.reminder_rules import current_policy
from billing.services import document_mails, reminder_letters, settling, stored_papers
from sessions_app.models import Client
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.clock import local_day
from studio.db import TryAgain, refusing, taking_turns
from studio.errors import DomainError
from studio.mail.models import EmailState
from studio.mail.services import outbox
from studio.mail.services.outbox import Attachment
from studio.office.selectors.profile import current_profile

KIND = "reminder"
LABEL_LENGTH = 420
MOST_AT_ONCE = 200  # clients in one run; the next one takes the rest
SETTLED = (Hold.COVERED, Hold.BEING_PAID, Hold.DISPUTED, Hold.GIVEN_AWAY)
MOST_FILES, MOST_BYTES = 10, 8 * 1024 * 1024  # what mail servers take

type Files = Mapping[int, Attachment]


class NothingToRemind(DomainError):
    """Nothing of the client's is overdue, or all of it is held back, or was said already."""


class RemindedToday(DomainError):
    """The same documents were reminded of today."""


def remind_due(*, now: datetime) -> int:
    """Send every reminder whose day has come, each client by itself, and return how many; at a decent hour alone.

    What is busy, or has no address, waits for the next run.
    """
    policy, zone = current_policy(), current_profile().zone
    if not policy.is_active or not policy.hour <= now.astimezone(zone).hour <= LATEST_HOUR:
        return 0
    today, sent = local_day(now, zone), 0
    waiting = [ladder.client for ladder in ladders(today) if ladder.recipient and ladder.due(today)]
    for client in waiting[:MOST_AT_ONCE]:
        try:
            sent += remind_client(client=client, now=now) is not None
        except (TryAgain, RemindedToday):
            continue
    return sent


def remind_client(*, client: Client, now: datetime) -> ReminderLetter | None:
    """Send a client the reminder whose day has come, and return it; None where there is nothing to say.

    Of two who do so at once, one does.
    raises: RemindedToday, studio.db.TryAgain
    """
    today = local_day(now, current_profile().zone)
    seen = ladder_of(client, today)
    if seen is None or not seen.recipient or not seen.due(today):
        return None
    return _remind(client, today=today, files=_files(seen, now), now=now)


def remind_now(*, client: Client, actor: User | None, now: datetime) -> ReminderLetter:
    """Send a client the next reminder before its day, or once more where the last one did not arrive, and return it.

    raises: NothingToRemind, RemindedToday, document_mails.NoRecipient, studio.db.TryAgain
    """
    today = local_day(now, current_profile().zone)
    seen = ladder_of(client, today)
    files = _files(seen.by_hand(today), now) if seen else {}
    return _remind_by_hand(client, today=today, files=files, actor=actor, now=now)


def withdraw_settled(*, now: datetime) -> int:
    """Keep reminders from leaving of which something was settled since they were written, and return how many.

    What is still to be said is due again.
    """
    waiting = ReminderLetter.objects.filter(email__state=EmailState.QUEUED, reminders__withdrawn_at__isnull=True)
    return sum(_withdraw_if_settled(letter, now) for letter in waiting.select_related("client").distinct())


def about(letter: ReminderLetter) -> str:
    """Return what the mail of a letter is about."""
    return f"billing.reminderletter:{letter.pk}"


@taking_turns()
def _remind(client: Client, *, today: date, files: Files, now: datetime) -> ReminderLetter | None:
    ladder = ladder_of(settling.lock_client(client), today)
    if ladder is None or not ladder.recipient or not ladder.due(today):
        return None  # somebody was faster, or it was paid
    return _send(ladder, today=today, files=files, actor=None, now=now)


@taking_turns()
def _remind_by_hand(client: Client, *, today: date, files: Files, actor: User | None, now: datetime) -> ReminderLetter:
    ladder = ladder_of(settling.lock_client(client), today)
    if ladder is None:
        raise NothingToRemind(_("Nothing of %(client)s is overdue.") % {"client": client})
    wanted = ladder.by_hand(today)
    if not wanted.due(today):
        raise NothingToRemind(_why_nothing(ladder, today))
    if not wanted.recipient:
        told = _("%(client)s has no e-mail address: write one into the billing details.")
        raise document_mails.NoRecipient(told % {"client": client})
    return _send(wanted, today=today, files=files, actor=actor, now=now)


def _why_nothing(ladder: Ladder, today: date) -> str:
    """Return why nothing can be said to a client, the weightiest reason first."""
    held = {late.hold for late in ladder.lates}
    reasons = {
        Hold.COVERED: _("What %(client)s has paid covers it: put the money against the documents."),
        Hold.BEING_PAID: _("A payment of %(client)s is under way."),
        Hold.DISPUTED: _("A bank has taken money of %(client)s back, and it is not decided yet."),
        Hold.PAUSED: _("Reminders to %(client)s are paused: end the pause first."),
        Hold.GIVEN_AWAY: _("The slot whose deposit is asked is not kept any more: credit the document."),
    }
    told = next((sentence for hold, sentence in reasons.items() if hold in held), "")
    if any(late.taken and late.taken.on == today for late in ladder.lates):
        told = _("%(client)s was reminded today already.")
    return (told or _("%(client)s has had every step of the ladder.")) % {"client": ladder.client}


def _send(ladder: Ladder, *, today: date, files: Files, actor: User | None, now: datetime) -> ReminderLetter:
    """Write the letter and its mail; the caller holds the client."""
    due, level = ladder.due(today), reminder_letters.level_of(ladder, today)
    keys = [late.invoice.pk for late in due]
    failed = InvoiceReminder.objects.filter(invoice__in=keys, withdrawn_at__isnull=True)
    failed.filter(letter__email__state__in=NOT_ARRIVED).update(withdrawn_at=now, updated_at=now)
    attached = [late.invoice.pk for late in ladder.said if late.invoice.pk in files]
    words = reminder_letters.letter_of(ladder, today, attached=attached)
    profile = current_profile()
    letter = ReminderLetter(
        client=ladder.client,
        level=level.value,
        recipient=ladder.recipient,
        sent_on=today,
        written_at=now,
        newest_posting=LedgerTransaction.objects.filter(client=ladder.client).latest("pk"),
        account=actor,
        actor_label=actor.label[:LABEL_LENGTH] if actor else "",
    )
    letter.save(force_insert=True)
    letter.email = outbox.queue_email(
        kind=KIND,
        about=about(letter),
        recipient=letter.recipient,
        letter=words,
        reply_to=profile.reply_address,
        attachments=[files[key] for key in attached],
        now=now,
    )
    letter.save(update_fields=["email"])
    _write_steps(letter, due)
    _note(letter, ladder, due, actor=actor, now=now)
    return letter


def _note(letter: ReminderLetter, ladder: Ladder, due: Sequence[Late], *, actor: User | None, now: datetime) -> None:
    changes: dict[str, tuple[object, object]] = {"recipient": (None, letter.recipient), "level": (None, letter.level)}
    of_each = [late.invoice for late in due]
    audit.record_each(verb="remind", subjects=of_each, actor=actor, now=now, changes=changes)
    changes["documents"] = (None, [late.invoice.invoice_number for late in ladder.said])
    audit.record(verb="remind", subject=ladder.client, actor=actor, now=now, changes=changes)


def _write_steps(letter: ReminderLetter, due: Sequence[Late]) -> None:
    today = RemindedToday(_("%(client)s was reminded today already.") % {"client": letter.client})
    with refusing(invoice_reminders_step_once=today, invoice_reminders_one_a_day=today):
        InvoiceReminder.objects.bulk_create(
            InvoiceReminder(
                letter=letter,
                invoice=late.invoice,
                level=late.coming.level,
                due_on=late.due_on,
                sent_on=letter.sent_on,
                remaining=late.invoice.remaining_balance,
            )
            for late in due
            if late.coming
        )


def _files(ladder: Ladder, now: datetime) -> Files:
    """Return the files of the documents that a letter names; one that is not there, or too much, stays behind."""
    found: dict[int, Attachment] = {}
    size = 0
    for late in [late for late in ladder.said if late.invoice.is_printed][:MOST_FILES]:
        try:
            file = stored_papers.read(paper=paper_of(late.invoice), now=now)
        except (stored_papers.NotMade, stored_papers.FileLost, stored_papers.FileChanged):
            continue
        if size + len(file.data) <= MOST_BYTES:
            size += len(file.data)
            found[late.invoice.pk] = Attachment(file.name, "application/pdf", file.data)
    return found


@taking_turns()
def _withdraw_if_settled(letter: ReminderLetter, now: datetime) -> bool:
    ladder = ladder_of(settling.lock_client(letter.client), letter.sent_on)
    lates = ladder.lates if ladder else ()
    to_say = {late.invoice.pk for late in lates if late.hold not in SETTLED}
    rows = InvoiceReminder.objects.filter(letter=letter, withdrawn_at__isnull=True)
    if to_say.issuperset(rows.values_list("invoice", flat=True)):
        return False
    why = _("It was not sent: something that it asks for was paid before it left, or is not owed any more.")
    if not outbox.withdraw_email(kind=KIND, about=about(letter), reason=why, now=now):
        return False
    rows.update(withdrawn_at=now, updated_at=now)
    audit.record(verb="cancel", subject=letter, actor=None, now=now, reason=why)
    return True
