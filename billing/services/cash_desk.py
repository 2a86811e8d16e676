"""The desk: something is sold to whoever stands there, paid at once, and goes out with its invoice and its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import Invoice, Payment, PaymentMethod, PaymentReceipt
from billing.selectors.desk import AT_THE_DESK
from billing.services import drafts, issuing, payments, receipts, settling
from billing.services.drafts import NewLine
from billing.services.payments import Receipt
from sessions_app.models import Client
from sessions_app.services import clients
from studio.accounts.models import User
from studio.clock import local_day
from studio.db import advisory_lock, taking_turns
from studio.errors import DomainError
from studio.office.selectors.profile import current_profile
from studio.readable import is_readable
from studio.showing import money


class NobodyBuys(DomainError):
    """Neither a client nor a name is given, or both are."""

    status_code = 400


class KnownName(DomainError):
    """A client of that name is there: it may be the same person."""


class OtherCurrency(DomainError):
    """The buyer is billed in another currency than the catalogue."""


class NothingSold(DomainError):
    """Nothing is sold, or for nothing."""

    status_code = 400


class TooLittleGiven(DomainError):
    """The cash that was handed over is less than what is to be paid."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who stands at the desk.

    client: somebody known
    name: of somebody new
    is_nameless: nobody in particular; all of them are one client of the books
    """

    client: Client | None = None
    name: str = ""
    is_nameless: bool = False


@dataclass(frozen=True, slots=True)
class DeskSale:
    """What the buyer takes along."""

    invoice: Invoice
    payment: Payment
    receipt: PaymentReceipt


@taking_turns()
def sell_at_desk(
    *,
    buyer: Buyer,
    lines: Sequence[NewLine],
    method: str,
    form_key: UUID,
    actor: User | None,
    now: datetime,
    reference: str = "",
    given: Decimal | None = None,
) -> DeskSale:
    """Sell lines that are paid on the spot: invoice, payment and receipt in one, and return them; twice is once.

    lines: their prices are with VAT
    given: the cash that was handed over, where that is said
    raises: NobodyBuys, KnownName, NothingSold, OtherCurrency, TooLittleGiven, facts.BadFacts, payments.SentAlready,
        what issuing an invoice raises
    """
    advisory_lock([f"form:{form_key}"])
    known = Payment.objects.filter(form_key=form_key).first()
    if known is not None:
        return _sold_before(known)
    client = settling.lock_client(_client(buyer, actor=actor, now=now))
    if client.currency != current_profile().currency:
        told = _("%(client)s is billed in %(currency)s, and prices at the desk are not.")
        raise OtherCurrency(told % {"client": client, "currency": client.currency})
    draft = drafts.create_draft(
        client=client, lines=lines, payment_term_days=0, price_mode=AT_THE_DESK, actor=actor, now=now
    )
    if draft.payable <= 0:
        raise NothingSold(_("Choose what is sold; it has a price."))
    _require_enough(draft, method, given)
    invoice = issuing.issue_invoice(invoice=draft, actor=actor, now=now)
    paid = Receipt(
        amount=invoice.remaining_balance,
        currency=invoice.currency,
        received_on=local_day(now, current_profile().zone),
        method=method,
        reference=reference,
        form_key=form_key,
    )
    payment = payments.receive_payment(client=client, receipt=paid, against=[invoice], actor=actor, now=now)
    return DeskSale(invoice, payment, receipts.issue_receipt(payment=payment, actor=actor, now=now))


def change_of(*, due: Decimal, method: str, given: Decimal | None) -> Decimal | None:
    """Return what is handed back of the cash that was given, below 0 what is missing; None where it is not said."""
    return given - due if given is not None and method == PaymentMethod.CASH else None


def _require_enough(draft: Invoice, method: str, given: Decimal | None) -> None:
    change = change_of(due=draft.payable, method=method, given=given)
    if change is not None and change < 0:
        told = _("%(missing)s are missing: %(due)s are to be paid.")
        sums = {"missing": money(-change, draft.currency), "due": money(draft.payable, draft.currency)}
        raise TooLittleGiven(told % sums)


def _client(buyer: Buyer, *, actor: User | None, now: datetime) -> Client:
    name = buyer.name.strip()
    if [buyer.client is not None, bool(name), buyer.is_nameless].count(True) != 1:
        raise NobodyBuys(
            _("Choose who buys, or type the name of somebody new, or say that it is nobody in particular.")
        )
    if buyer.client is not None:
        return buyer.client
    currency = current_profile().currency
    if buyer.is_nameless:
        advisory_lock(["walk-in"])
        with translation.override(current_profile().language):
            name = _("Walk-in customer")
        known = Client.objects.present().filter(name=name, currency=currency).order_by("pk").first()
        if known is not None:
            return known
    elif is_readable(name) and Client.objects.present().filter(name__iexact=name).exists():
        told = _("%(name)s is a client already: choose them, or write the name so that both can be told apart.")
        raise KnownName(told % {"name": name})
    return clients.create_client(name=name, currency=currency, actor=actor, now=now)


def _sold_before(payment: Payment) -> DeskSale:
    """Return what a form sold before.

    raises: payments.SentAlready when it was no form of the desk
    """
    receipt = PaymentReceipt.objects.filter(payment=payment).first()
    put = payment.allocations.select_related("invoice").order_by("pk").first()
    if receipt is None or put is None:
        raise payments.SentAlready(_("This form was sent before, for something else. Open it anew."))
    return DeskSale(put.invoice, payment, receipt)
