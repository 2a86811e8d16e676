"""Telling members what an outage changed for them: one mail each, in the transaction of the outage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from sessions_app.services.letters import Sender, load_sender
from studio.crypto import new_id
from studio.mail.services import outbox, writing
from studio.mail.services.writing import Letter
from studio.showing import when_exactly
from training.models import Member, OutageTelling
from training.services.outage_cases import Done

MAIL_KIND = "training_outage"


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter says."""

    subject: str
    opening: str
    lines: Sequence[str]
    closing: str


def write_letters(done: Sequence[Done], *, now: datetime) -> None:
    """Write one mail to each member who hears by mail, about all of theirs, and note its name on the cases."""
    _write(done, _displaced, now)


def write_back_letters(done: Sequence[Done], *, now: datetime) -> None:
    """Write as `write_letters` of what came back once the machine was in order sooner."""
    _write(done, _back, now)


def _write(done: Sequence[Done], say: Callable[[Sequence[Done]], Said], now: datetime) -> None:
    by_member: dict[Member, list[Done]] = {}
    for each in done:
        if each.case.telling == OutageTelling.MAIL and each.session.member is not None:
            by_member.setdefault(each.session.member, []).append(each)
    if not by_member:
        return
    sender = load_sender()
    for member, theirs in by_member.items():
        name = new_id()
        for each in theirs:
            each.case.letter = name
        letter = _letter(member, theirs, say, sender)
        outbox.queue_email(
            kind=MAIL_KIND,
            about=theirs[0].case.mail_about,
            recipient=member.email,
            reply_to=sender.profile.reply_address,
            letter=letter,
            now=now,
        )


def _letter(member: Member, theirs: Sequence[Done], say: Callable[[Sequence[Done]], Said], sender: Sender) -> Letter:
    """Return the letter to a member, in the studio's language and on its clocks."""
    with override(sender.house.language), timezone.override(sender.profile.zone):
        said = say(theirs)
        hello = _("Hello %(name)s,") % {"name": member.first_name or member.name}
        return writing.write(
            "session_notice",
            house=sender.house,
            subject_line=said.subject,
            opening=f"{hello}\n\n{said.opening}",
            facts=[(_("Time zone"), sender.profile.zone.key)],
            sessions=said.lines,
            policy=said.closing,
            studio=sender.profile,
            reply_to=sender.profile.reply_address,
            address=sender.address,
        )


def _displaced(theirs: Sequence[Done]) -> Said:
    told = ngettext(
        "a machine of ours is out of order, so we had to change your session.",
        "a machine of ours is out of order, so we had to change your sessions.",
        len(theirs),
    )
    sorry = _("We are sorry. If this does not suit you, tell us, and we look for another time together.")
    return Said(_subject(theirs), told, [_line(each) for each in theirs], sorry)


def _back(theirs: Sequence[Done]) -> Said:
    told = ngettext(
        "the machine is in order sooner than we thought, so you have your session as it was booked.",
        "the machine is in order sooner than we thought, so you have your sessions as they were booked.",
        len(theirs),
    )
    first = theirs[0].slot
    subject = _("You have your sessions back: %(count)d") % {"count": len(theirs)}
    if len(theirs) == 1 and first is not None:
        subject = _("Your session takes place after all: %(when)s") % {
            "when": when_exactly(first.starts_at, first.ends_at)
        }
    doubt = _("If this does not suit you any more, tell us, and we look for another time together.")
    return Said(subject, told, [_back_line(each) for each in theirs], doubt)


def _back_line(done: Done) -> str:
    """Return where a session is again; where it was meanwhile only if somebody was told to come then."""
    before, slot = (done.case.was_starts_at, done.case.was_ends_at), done.slot
    again = before if slot is None else (slot.starts_at, slot.ends_at)
    if before == again:
        return _("%(again)s: takes place after all.") % {"again": when_exactly(*again)}
    return _("%(again)s: as it was booked at first, no longer %(before)s.") % {
        "again": when_exactly(*again),
        "before": when_exactly(*before),
    }


def _subject(theirs: Sequence[Done]) -> str:
    first = theirs[0]
    if len(theirs) > 1:
        return _("We had to change %(count)d of your sessions") % {"count": len(theirs)}
    if first.slot is not None:
        moved = when_exactly(first.slot.starts_at, first.slot.ends_at)
        return _("Your session has moved: %(when)s") % {"when": moved}
    return _("Cancelled: %(when)s") % {"when": when_exactly(first.case.was_starts_at, first.case.was_ends_at)}


def _line(done: Done) -> str:
    facts = {"before": when_exactly(done.case.was_starts_at, done.case.was_ends_at)}
    if done.slot is not None:
        facts["after"] = when_exactly(done.slot.starts_at, done.slot.ends_at)
        return _("%(before)s: moved to %(after)s.") % facts
    if done.credit_back:
        return _("%(before)s: cancelled. The session is back on your plan.") % facts
    return _("%(before)s: cancelled.") % facts
