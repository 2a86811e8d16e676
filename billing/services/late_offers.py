"""Offering other times to a client whose money came late, and doing what the client chooses: staff are told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import language_of
from billing.models import LateOffer, PaymentAttempt
from billing.selectors import late_answers, paying
from billing.services import late_letters, late_settlements
from billing.services.late_money import WHO_IS_TOLD
from sessions_app.models import Room, StudioSession
from studio.accounts.models import NotificationKind, User
from studio.accounts.services import audit, notifications
from studio.db import taking_turns
from studio.errors import DomainError
from studio.showing import money, when


class NothingOffered(DomainError):
    """No time is offered, or none of a session that has lost its own."""


class NotForTheClient(DomainError):
    """The client may not choose this: the studio does."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A time that a client may choose for a session."""

    session: StudioSession
    room: Room
    starts_at: datetime
    ends_at: datetime


@taking_turns()
def offer_times(
    *, attempt: PaymentAttempt, times: Sequence[Offered], actor: User | None, now: datetime
) -> Sequence[LateOffer]:
    """Offer times in the place of those that were offered before, write to the client, and return the offers.

    raises: late_settlements.SettledAlready, NothingOffered, studio.db.TryAgain
    """
    held = late_settlements.locked(attempt)
    lost = {each.pk for each in paying.lost_sessions_of(held.invoice)}
    if not times or any(each.session.pk not in lost for each in times):
        raise NothingOffered(_("Choose at least one time, each for a session that has lost its own."))
    LateOffer.objects.filter(attempt=held).delete()
    made = LateOffer.objects.bulk_create(
        LateOffer(attempt=held, session=each.session, room=each.room, starts_at=each.starts_at, ends_at=each.ends_at)
        for each in times
    )
    offered = [f"{each.room}: {when(each.starts_at, each.ends_at)}" for each in times]
    changes: dict[str, tuple[object, object]] = {"late_offers": (None, "; ".join(offered))}
    audit.record(verb="offer", subject=held, actor=actor, now=now, changes=changes)
    sessions = paying.lost_sessions_of(held.invoice)
    late_letters.queue_letter(attempt=held, sessions=sessions, about=late_letters.OFFERS, offers=made, now=now)
    return made


@taking_turns()
def take_time(*, offer: LateOffer, now: datetime) -> PaymentAttempt:
    """Book the time that the client chose, and return the payment.

    raises: NothingOffered; as late_settlements.book_elsewhere
    """
    chosen = _("%(room)s, %(when)s") % {"room": offer.room, "when": when(offer.starts_at, offer.ends_at)}
    settled = late_settlements.book_elsewhere(
        attempt=offer.attempt,
        session=offer.session,
        room=offer.room,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        actor=None,
        now=now,
    )
    # The payment is locked by now. Other times may have been offered since the client's page was made.
    if not LateOffer.objects.filter(pk=offer.pk).exists():
        raise NothingOffered(_("This is not offered any more. This is how it stands now."))
    _tell_staff(settled, chosen)
    return settled


@taking_turns()
def take_own_time(*, attempt: PaymentAttempt, now: datetime) -> PaymentAttempt:
    """Book what was paid for at its own time, which is free again, as the client chose, and return the payment.

    raises: as late_settlements.book_again
    """
    settled = late_settlements.book_again(attempt=attempt, actor=None, now=now)
    _tell_staff(settled, _("its own time, which is free again"))
    return settled


@taking_turns()
def keep_money(*, attempt: PaymentAttempt, now: datetime) -> PaymentAttempt:
    """Leave the money with the studio as the client chose, for what they book next, and return the payment.

    raises: NotForTheClient; as late_settlements.keep_as_credit
    """
    _require_theirs(attempt)
    settled = late_settlements.keep_as_credit(attempt=attempt, reason=_reason(attempt), actor=None, now=now)
    _tell_staff(settled, _("to keep it as credit"))
    return settled


@taking_turns()
def want_back(*, attempt: PaymentAttempt, now: datetime) -> PaymentAttempt:
    """Have the money paid back as the client chose, and return the payment.

    raises: NotForTheClient; as late_settlements.pay_back
    """
    _require_theirs(attempt)
    late_settlements.pay_back(attempt=attempt, reason=_reason(attempt), actor=None, now=now)
    _tell_staff(attempt, _("to have it back; Stripe is being asked"))
    return attempt


def _reason(attempt: PaymentAttempt) -> str:
    """Return what stands on the credit note, in its language."""
    with override(language_of(attempt.invoice.language)):
        return _("The time was no longer free when the payment came.")


def _require_theirs(attempt: PaymentAttempt) -> None:
    """Pass when what becomes of the money is the client's to say; the locks keep it so until the end."""
    held = late_settlements.locked(attempt)
    if not late_answers.may_choose_money(held):
        raise NotForTheClient(_("The studio settles this payment and tells you: please ask there."))


def _tell_staff(attempt: PaymentAttempt, chosen: str) -> None:
    told = _("%(client)s, whose %(amount)s came late, has chosen: %(what)s.")
    amount = money(attempt.amount, attempt.currency)
    text = told % {"client": attempt.invoice.client, "amount": amount, "what": chosen}
    link = reverse("admin:billing_paymentattempt_change", "studio.urls", args=[attempt.pk])
    notifications.notify_roles(roles=WHO_IS_TOLD, kind=NotificationKind.MONEY, text=text, link=link)
