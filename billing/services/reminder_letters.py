"""What a reminder says: what is overdue, what it comes to, where to pay; in the tone of its step."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.content import title_of
from billing.documents.figures import Figures, language_of
from billing.documents.legal import costs_of_paying_late
from billing.models import ReminderLevel
from billing.selectors.ladder import Ladder, Late
from billing.selectors.reminder_rules import current_policy, own_words
from billing.services import pay_invitations
from studio.mail.selectors.house import current_house
from studio.mail.services import writing
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile

LETTER = "reminder"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """A document that a reminder names.

    days: how long it has been due
    is_attached: it goes along as a file
    link: where it can be paid online, "" where it cannot
    """

    title: str
    number: str
    due: str
    days: int
    asked: str
    is_attached: bool
    link: str


@dataclass(frozen=True, slots=True)
class Sums:
    """What the documents of one currency come to.

    credit: what is there of it already, "" where nothing is
    """

    asked: str
    credit: str
    rest: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where money is sent."""

    holder: str
    iban: str
    bic: str


def level_of(ladder: Ladder, today: date) -> ReminderLevel:
    """Return in which tone a client is written to: that of the highest step that is to be taken.

    Of a client of whom none is, the next one's: so a letter can be looked at before its day.
    """
    due = [late.coming.level for late in ladder.due(today) if late.coming]
    later = [late.coming.level for late in ladder.said if late.coming]
    return max(due) if due else min(later, default=ReminderLevel.FINAL)


def letter_of(ladder: Ladder, today: date, *, attached: Collection[int] = ()) -> writing.Letter:
    """Return the reminder that a client gets, in the language that they are billed in.

    attached: keys of the documents that go along as files
    """
    level, profile, policy = level_of(ladder, today), current_profile(), current_policy()
    language = language_of(ladder.language)
    own, is_later = own_words(level, language), level > ReminderLevel.POLITE
    links = pay_invitations.links_of([late.invoice for late in ladder.said], today=today)
    with override(language):
        return writing.write(
            LETTER,
            house=current_house(),
            studio=profile,
            client=ladder.client.name,
            own_subject=own.subject if own else "",
            usual_subject=_subject(level),
            number=_only_number(ladder.said),
            opening=own.opening if own else usual_opening(level),
            lines=[
                _line(
                    late, language, today, is_attached=late.invoice.pk in attached, link=links.get(late.invoice.pk, "")
                )
                for late in ladder.said
            ],
            sums=_sums(ladder.said, language),
            account=_account(profile),
            law=costs_of_paying_late(profile.country) if policy.states_law and is_later else "",
            has_files=any(late.invoice.pk in attached for late in ladder.said),
            reply_to=profile.reply_address,
        )


def _subject(level: ReminderLevel) -> str:
    return {
        ReminderLevel.POLITE: _("Payment reminder"),
        ReminderLevel.FIRM: _("Your payment is overdue"),
        ReminderLevel.FINAL: _("Final reminder"),
    }[level]


def usual_opening(level: ReminderLevel) -> str:
    """Return how a letter of a step begins where the studio has no words of its own."""
    return {
        ReminderLevel.POLITE: _(
            "Perhaps it escaped your attention: what is listed below is past its due date. If you have paid it in the"
            " meantime, please take no notice of this letter."
        ),
        ReminderLevel.FIRM: _(
            "We have not received your payment of what is listed below, which has been due for some time. Please pay"
            " it now, or tell us what stands in the way."
        ),
        ReminderLevel.FINAL: _(
            "What is listed below is still not paid. This is our last reminder: please pay at once, or get in touch"
            " with us. Otherwise we shall have to take further steps."
        ),
    }[level]


def _only_number(lates: Sequence[Late]) -> str:
    return lates[0].invoice.invoice_number if len(lates) == 1 else ""


def _line(late: Late, language: str, today: date, *, is_attached: bool, link: str) -> Line:
    figures = Figures(language, late.invoice.currency)
    return Line(
        title=title_of(late.invoice.kind),
        number=late.invoice.invoice_number,
        due=figures.day(late.due_on),
        days=(today - late.due_on).days,
        asked=figures.money(late.asked),
        is_attached=is_attached,
        link=link,
    )


def _sums(lates: Sequence[Late], language: str) -> Sequence[Sums]:
    """Return what it comes to, by currency in the order of the documents."""
    found = []
    for currency in dict.fromkeys(late.invoice.currency for late in lates):
        figures, mine = Figures(language, currency), [late for late in lates if late.invoice.currency == currency]
        asked, credit = (sum((getattr(late, name) for late in mine), NOTHING) for name in ("asked", "covered"))
        found.append(
            Sums(figures.money(asked), figures.money(-credit) if credit else "", figures.money(asked - credit))
        )
    return found


def _account(profile: StudioProfile) -> Account | None:
    iban = "".join(profile.iban.split())
    if not iban:
        return None
    holder = profile.bank_holder or profile.legal_name or profile.name
    return Account(holder, " ".join(iban[at : at + 4] for at in range(0, len(iban), 4)), profile.bic)
