"""What a trainer earns with a session: computed when it is completed, taken back when it is opened again."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from studio.accounts.models import User
from studio.clock import local_day, local_midnight
from studio.db import advisory_lock, refusing, taking_turns
from studio.errors import DomainError
from studio.money import quantise
from studio.office.models import StudioProfile
from studio.office.selectors.profile import current_profile
from training.models import PayKind, Trainer, TrainerPay, TrainingSession, TrainingStatus
from training.selectors.dates import months_later

ONE = Decimal(1)
SECONDS_OF_AN_HOUR = 3600
FINEST = Decimal("0.000001")  # of an hour, as a line keeps it
LONGEST_LABEL = 420
LONGEST_REASON = 500


class PaidAlready(DomainError):
    """Somebody else is completing the same session."""


@taking_turns()
def compute_pay(*, session: TrainingSession, now: datetime, actor: User | None = None) -> list[TrainerPay]:
    """Write what the trainer of a completed session, or of a no-show, earns with it, and return the lines.

    Lines that stand already are returned as they are: twice is once. No trainer, or no rate, is no line. The caller
    holds the session's row.
    raises: PaidAlready, studio.db.TryAgain
    """
    standing = standing_lines(session)
    if standing or session.trainer is None:
        return standing
    profile, trainer = current_profile(), session.trainer
    with refusing():
        advisory_lock([f"trainer_pay:{trainer.pk}"])
    rounds = TrainerPay.objects.filter(session=session).values_list("completion", flat=True)
    shared = {
        "trainer": trainer,
        "trainer_label": trainer.name,
        "session": session,
        "session_label": str(session)[:LONGEST_LABEL],
        "earned_on": local_day(session.scheduled_start, profile.zone),
        "completion": max(rounds, default=0) + 1,
        "currency": profile.currency,
        "account": actor,
        "actor_label": actor.label if actor else "",
        "at": now,
    }
    lines = [
        TrainerPay(kind=kind, quantity=(count / parts).quantize(FINEST), rate=rate, amount=amount, **shared)
        for kind, count, parts, rate in _earned(session, trainer, profile)
        if (amount := quantise(count * rate / parts, profile.currency)) > 0
    ]
    with refusing(trainer_pay_lines_once=PaidAlready()):
        return TrainerPay.objects.bulk_create(lines)


@taking_turns()
def reverse_pay(
    *, session: TrainingSession, trainer: Trainer | None, actor: User | None, reason: str, now: datetime
) -> list[TrainerPay]:
    """Take back what stands of a session's pay, line by line, and return the lines that do so.

    trainer: who trained, as far as was said. With one session less in the month, the last bonus may not be due any
        more: it is taken back as well. The caller holds the session's row, as it is now.
    """
    lines = standing_lines(session)
    counters = _take_back(lines, actor=actor, reason=reason, now=now)
    if trainer is not None and not any(line.kind == PayKind.BONUS for line in lines):
        too_many = _bonus_too_many(session, trainer)
        told = _("One session less in the month: %(session)s.") % {"session": session}
        counters += _take_back(too_many, actor=actor, reason=told[:LONGEST_REASON], now=now)
    return counters


def _take_back(lines: Iterable[TrainerPay], *, actor: User | None, reason: str, now: datetime) -> list[TrainerPay]:
    """Write the counter-lines of lines that stand, and return them."""
    counters = [
        TrainerPay(
            trainer_id=line.trainer_id,
            trainer_label=line.trainer_label,
            session_id=line.session_id,
            session_label=line.session_label,
            earned_on=line.earned_on,
            kind=line.kind,
            completion=line.completion,
            quantity=line.quantity,
            rate=line.rate,
            amount=-line.amount,
            currency=line.currency,
            reversal_of=line,
            account=actor,
            actor_label=actor.label if actor else "",
            reason=reason,
            at=now,
        )
        for line in lines
    ]
    return TrainerPay.objects.bulk_create(counters)


def standing_lines(session: TrainingSession) -> list[TrainerPay]:
    """Return the pay lines of a session that nothing takes back.

    queries: 1
    """
    lines = TrainerPay.objects.filter(session=session, reversal_of__isnull=True, reversed_by__isnull=True)
    return list(lines.order_by("pk"))


def _earned(
    session: TrainingSession, trainer: Trainer, profile: StudioProfile
) -> Iterator[tuple[PayKind, Decimal, int, Decimal]]:
    """Yield kind, how many parts, how many of them the rate is for, and rate of what a session earns.

    Hours come as seconds: an hour cut to so many places would cut cents.
    """
    if session.status == TrainingStatus.NO_SHOW:
        if trainer.no_show_rate is not None:
            yield PayKind.NO_SHOW, ONE, 1, trainer.no_show_rate
        return
    if trainer.session_rate is not None:
        yield PayKind.SESSION, ONE, 1, trainer.session_rate
    elif trainer.hourly_rate is not None:
        length = session.scheduled_end - session.scheduled_start
        yield PayKind.HOURS, Decimal(int(length.total_seconds())), SECONDS_OF_AN_HOUR, trainer.hourly_rate
    if trainer.head_rate is not None and session.current_participants:
        yield PayKind.HEAD, Decimal(session.current_participants), 1, trainer.head_rate
    if trainer.bonus_rate is not None and _reaches_bonus(session, trainer, profile):
        yield PayKind.BONUS, ONE, 1, trainer.bonus_rate


def _reaches_bonus(session: TrainingSession, trainer: Trainer, profile: StudioProfile) -> bool:
    """Return whether the trainer has completed so many sessions before in the session's month."""
    return _others_completed(session, trainer, profile) >= trainer.bonus_after


def _bonus_too_many(session: TrainingSession, trainer: Trainer) -> list[TrainerPay]:
    """Return the last bonus of the session's month, where the trainer has more of them than sessions beyond the number.

    One at most: one session less is one bonus less, and terms that were agreed anew recompute nothing else.
    """
    profile = current_profile()
    with refusing():
        advisory_lock([f"trainer_pay:{trainer.pk}"])
    first = _month_of(session, profile)
    standing = TrainerPay.objects.filter(
        trainer=trainer, kind=PayKind.BONUS, reversal_of__isnull=True, reversed_by__isnull=True
    ).filter(earned_on__gte=first, earned_on__lt=months_later(first, 1))
    due = max(0, _others_completed(session, trainer, profile) - trainer.bonus_after)
    lines = list(standing.order_by("pk"))
    return lines[-1:] if len(lines) > due else []


def _month_of(session: TrainingSession, profile: StudioProfile) -> date:
    """Return the first day of the month that a session counts in."""
    return local_day(session.scheduled_start, profile.zone).replace(day=1)


def _others_completed(session: TrainingSession, trainer: Trainer, profile: StudioProfile) -> int:
    """Return how many sessions besides the trainer has completed in a session's month."""
    first = _month_of(session, profile)
    completed = TrainingSession.objects.filter(
        trainer=trainer,
        status=TrainingStatus.COMPLETED,
        scheduled_start__gte=local_midnight(first, profile.zone),
        scheduled_start__lt=local_midnight(months_later(first, 1), profile.zone),
    )
    return completed.exclude(pk=session.pk).count()
