"""What trainers earned: line by line, and in all."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Concat

from studio.accounts.models import User
from studio.clock import local_midnight
from training.models import PayKind, TrainerPay
from training.selectors.dates import ONE_DAY

NOTHING = Decimal(0)
# Lines keep the name of their day: whoever is still here has one row, under the present name.
NAME = Case(
    When(trainer__isnull=True, then=F("trainer_label")),
    default=Concat("trainer__first_name", Value(" "), "trainer__last_name"),
)
BASE = (PayKind.SESSION, PayKind.HOURS)


@dataclass(frozen=True, slots=True)
class Earned:
    """What one trainer earned, in one currency.

    sessions: for which a line stands; a line that was taken back counts for nothing, neither here nor in the sums
    base: for sessions and hours; heads: for participants
    later: of the total, what was written after the last day: a sheet made earlier does not have it
    """

    trainer: str
    currency: str
    sessions: int
    base: Decimal
    heads: Decimal
    bonus: Decimal
    no_shows: Decimal
    total: Decimal
    later: Decimal


def pay_lines(*, first: date, last: date, account: User | None = None) -> QuerySet[TrainerPay]:
    """Return the lines that were earned on some days, by trainer and day, those taken back and their counter-lines too.

    account: of the one trainer whose lines they are; None for everybody's
    """
    lines = TrainerPay.objects.filter(earned_on__gte=first, earned_on__lte=last)
    if account is not None:
        lines = lines.filter(trainer__user=account)
    return lines.order_by("trainer_label", "earned_on", "session_label", "pk")


def earned(lines: QuerySet[TrainerPay], *, last: date, zone: ZoneInfo) -> list[Earned]:
    """Return what lines come to, by trainer and currency; whoever was deleted stays by name.

    last: the last day of the sheet
    queries: 1, however many lines
    """
    after = Q(at__gte=local_midnight(last + ONE_DAY, zone))
    standing = Q(reversal_of__isnull=True, reversed_by__isnull=True)
    sums = {
        "base": Sum("amount", filter=Q(kind__in=BASE)),
        "heads": Sum("amount", filter=Q(kind=PayKind.HEAD)),
        "bonus": Sum("amount", filter=Q(kind=PayKind.BONUS)),
        "no_shows": Sum("amount", filter=Q(kind=PayKind.NO_SHOW)),
        "total": Sum("amount"),
        "later": Sum("amount", filter=after),
    }
    rows: Any = (
        lines.order_by()
        .values("trainer", "currency", name=NAME)
        .annotate(sessions=Count("session_label", filter=standing, distinct=True), **sums)
    )
    found = [
        Earned(
            trainer=row["name"],
            currency=row["currency"],
            sessions=row["sessions"],
            **{name: row[name] or NOTHING for name in sums},
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (row.trainer.casefold(), row.currency))
