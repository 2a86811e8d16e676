"""What is asked of a payment provider, what it says, and how it refuses; nobody else sees its own objects."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from studio.errors import DomainError

NOTHING = Decimal(0)
LEFT_ALONE_SECONDS = 30  # who does not answer; the same in the database: `may_call_provider`


class GatewayError(DomainError):
    """A call to the provider did not do what was asked."""

    status_code = 503


class NotSetUp(GatewayError):
    """There is no key, or no account, to ask with."""


class Refused(GatewayError):
    """The provider says no, and would again.

    code: its own word, such as `charge_already_refunded`; "" for none
    """

    status_code = 409

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Busy(GatewayError):
    """The provider did nothing, and asks to be asked later.

    seconds: how much later
    """

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Unsure(GatewayError):
    """Nobody knows whether it was done: ask again under the same key, or read."""


class Unreachable(GatewayError):
    """Nothing was asked: the provider cannot be reached, or is left alone for a while.

    seconds: how much later somebody asks again
    """

    seconds = LEFT_ALONE_SECONDS


class BadEvent(DomainError):
    """What was sent is no event of the provider's."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event whose signature is right; what it says of money is a hint.

    about: the object as it was when the event happened
    """

    id: str
    type: str
    account: str
    is_live: bool
    about: dict[str, object]
    payload: dict[str, object]


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """A payment as the provider is asked for it; the same order under the same key is the same payment.

    key: of the attempt; studio: the schema's name
    name: what is paid, as the client reads it
    """

    key: UUID
    studio: str
    account: str
    name: str
    amount: Decimal
    currency: str
    success_url: str
    cancel_url: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to be paid back, as the provider is asked for it."""

    key: UUID
    account: str
    intent: str
    amount: Decimal
    currency: str


class CheckoutStatus(StrEnum):
    """Whether the provider's page still takes a payment."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CheckoutFacts:
    """The provider's page for one payment.

    intent: the payment's number; "" before the client has tried
    attempt, studio: what we had it keep
    """

    id: str
    account: str
    is_live: bool
    status: CheckoutStatus
    amount: Decimal
    currency: str
    intent: str
    attempt: str
    studio: str
    url: str


class IntentStatus(StrEnum):
    """How far a payment is; open: the client is to choose a means of paying; waiting: to do something by one chosen."""

    OPEN = "open"
    WAITING = "waiting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """How far paying back is."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """What the bank says; an inquiry moves no money."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Fee:
    """What the provider keeps, which may be in another currency than the payment."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money that goes back.

    asked_as: the key of our own refund; "" for one made in the provider's dashboard
    """

    id: str
    status: RefundStatus
    amount: Decimal
    currency: str
    asked_as: str
    at: datetime
    error: str
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """Money that the client's bank takes back."""

    id: str
    status: DisputeStatus
    amount: Decimal
    currency: str
    reason: str
    at: datetime
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentFacts:
    """A payment with everything that became of it, as it is now.

    received: what was captured; captured_at: when, None before
    error, decline: why the last try failed, in the provider's words and by its code
    method: by what it was paid, as `PaymentMethod`
    """

    id: str
    account: str
    is_live: bool
    status: IntentStatus
    amount: Decimal
    currency: str
    received: Decimal
    captured_at: datetime | None
    attempt: str
    studio: str
    error: str
    method: str
    fees: tuple[Fee, ...] = ()
    refunds: tuple[RefundFacts, ...] = ()
    decline: str = ""
    disputes: tuple[DisputeFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class MovementFacts:
    """A change of the balance at the provider; the fee is taken off the amount.

    source: the charge, refund or dispute that caused it; intent: the payment that those are about, "" for none
    """

    id: str
    kind: str
    source: str
    intent: str
    amount: Decimal
    fee: Decimal
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account at the provider; ready once it takes payments.

    has_told: its owner has answered what was asked at first; pays_out: money goes on to their bank
    wants: what is still to be told, in the provider's words; problem: why it is restricted, likewise, "" for no reason
    """

    id: str
    is_ready: bool
    has_told: bool = False
    pays_out: bool = False
    wants: tuple[str, ...] = ()
    problem: str = ""
