"""What a session owes as it stands: the one place that adds it up, for its page and for the invoice."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from sessions_app.models import SessionExtra, SessionFee, SessionPriceLine, SessionStatus, StudioSession, TotalSource

OWES_ITS_TOTAL = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED)
AMOUNT = DecimalField(max_digits=14, decimal_places=2)
NOTHING = Value(Decimal(0), output_field=AMOUNT)


def _sum_of(parts: "QuerySet[Any, Any]") -> Coalesce:
    mine = parts.filter(session=OuterRef("pk")).order_by().values("session")
    return Coalesce(Subquery(mine.annotate(sum=Sum("amount")).values("sum")), NOTHING, output_field=AMOUNT)


# Of a row of `sessions`: the agreed total where its status owes it, and everything that is owed.
PRICE = Coalesce(
    Case(When(Q(status__in=OWES_ITS_TOTAL), then=F("total")), output_field=AMOUNT), NOTHING, output_field=AMOUNT
)
OWED = PRICE + _sum_of(SessionExtra.objects.all()) + _sum_of(SessionFee.objects.filter(waived_at__isnull=True))


@dataclass(frozen=True, slots=True)
class Charges:
    """The agreed price, extras and fees of a session; net, in its currency.

    listed: what the price list said, whatever was agreed; None where it said nothing
    price: the agreed total where the session owes it; a cancelled or missed one owes its fee instead
    total_due: everything together
    """

    currency: str
    lines: tuple[SessionPriceLine, ...]
    extras: tuple[SessionExtra, ...]
    fees: tuple[SessionFee, ...]
    agreed: Decimal | None
    is_manual: bool
    price: Decimal
    total_due: Decimal

    @property
    def listed(self) -> Decimal | None:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0)) if self.lines else None

    @property
    def is_overruled(self) -> bool:
        """Whether somebody agreed on another total than the list's."""
        return self.is_manual and self.listed not in {None, self.agreed}


def charges_of(session: StudioSession) -> Charges:
    """Return what a session owes, with every line.

    queries: 4
    """
    price, owed = StudioSession.objects.values_list(PRICE, OWED).get(pk=session.pk)
    return Charges(
        currency=session.currency,
        lines=tuple(session.price_lines.order_by("position")),
        extras=tuple(session.extras.order_by("pk")),
        fees=tuple(session.fees.order_by("pk")),
        agreed=session.total,
        is_manual=session.total_source == TotalSource.MANUAL,
        price=price,
        total_due=owed,
    )
