"""Telling members what an outage changed for them: one mail each, in the transaction of the outage."""

from collections.abc import Sequence
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


def write_letters(done: Sequence[Done], *, now: datetime) -> None:
    """Write one mail to each member who hears by mail, about all of theirs, and note its name on the cases."""
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
        letter = _letter(member, theirs, sender)
        outbox.queue_email(
            kind=MAIL_KIND,
            about=theirs[0].case.mail_about,
            recipient=member.email,
            reply_to=sender.reply_to,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            now=now,
        )


def _letter(member: Member, theirs: Sequence[Done], sender: Sender) -> Letter:
    """Return the letter to a member, in the studio's language and on its clocks."""
    with override(sender.house.language), timezone.override(sender.profile.zone):
        told = ngettext(
            "a machine of ours is out of order, so we had to change your session.",
            "a machine of ours is out of order, so we had to change your sessions.",
            len(theirs),
        )
        hello = _("Hello %(name)s,") % {"name": member.first_name or member.name}
        sorry = _("We are sorry. If this does not suit you, tell us, and we look for another time together.")
        return writing.write(
            "session_notice",
            house=sender.house,
            subject_line=_subject(theirs),
            opening=f"{hello}\n\n{told}",
            facts=[(_("Time zone"), sender.profile.zone.key)],
            sessions=[_line(each) for each in theirs],
            policy=sorry,
            studio=sender.profile,
            reply_to=sender.reply_to,
            address=sender.address,
        )


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
