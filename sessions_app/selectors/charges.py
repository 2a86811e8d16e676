"""What a session owes as it stands: the one place that adds it up, for its page and for the invoice."""

from dataclasses import dataclass
from decimal import Decimal

from sessions_app.models import SessionExtra, SessionFee, SessionPriceLine, SessionStatus, StudioSession, TotalSource

OWES_ITS_TOTAL = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Charges:
    """The agreed price, extras and fees of a session; net, in its currency.

    listed: what the price list said, whatever was agreed; None where it said nothing
    price: the agreed total where the session owes it; a cancelled or missed one owes its fee instead
    """

    currency: str
    lines: tuple[SessionPriceLine, ...]
    extras: tuple[SessionExtra, ...]
    fees: tuple[SessionFee, ...]
    agreed: Decimal | None
    is_manual: bool
    price: Decimal

    @property
    def listed(self) -> Decimal | None:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0)) if self.lines else None

    @property
    def is_overruled(self) -> bool:
        """Whether somebody agreed on another total than the list's."""
        return self.is_manual and self.listed not in {None, self.agreed}

    @property
    def extras_total(self) -> Decimal:
        """The sum of the extras."""
        return sum((extra.amount for extra in self.extras), Decimal(0))

    @property
    def fees_total(self) -> Decimal:
        """The sum of the fees that are owed."""
        return sum((fee.amount for fee in self.fees if fee.waived_at is None), Decimal(0))

    @property
    def total_due(self) -> Decimal:
        """Everything together."""
        return self.price + self.extras_total + self.fees_total


def charges_of(session: StudioSession) -> Charges:
    """Return what a session owes, with every line.

    queries: 3
    """
    owes = session.status in OWES_ITS_TOTAL
    return Charges(
        currency=session.currency,
        lines=tuple(session.price_lines.order_by("position")),
        extras=tuple(session.extras.order_by("pk")),
        fees=tuple(session.fees.order_by("pk")),
        agreed=session.total,
        is_manual=session.total_source == TotalSource.MANUAL,
        price=(session.total or Decimal(0)) if owes else Decimal(0),
    )
