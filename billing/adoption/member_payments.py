"""Former payments of a training studio's members; refunds are rows of their own that name what they give back."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.adoption import money
from billing.adoption.money import CAME, Came
from billing.adoption.reading import NOTHING, currency_of, method_of, signed
from billing.models import Payment
from sessions_app.models import Client
from studio.tenancy.adoption.adopters import Run
from studio.tenancy.adoption.rows import TRUE, FormerRow, SetAside
from training.models import Member, Subscription

TABLE = "subscription_payments"


def rank_payment(row: FormerRow) -> bool:
    """Return whether a row is money that came in: what went back comes after it."""
    return not _is_refund(row)


def adopt_member_payment(row: FormerRow, run: Run) -> Payment:
    """Return the movement that a row of `subscription_payments` becomes.

    It is the client's until an invoice asks for it: the former system wrote an invoice of a payment, not before it.
    """
    word = row.choice("payment_status", CAME, default="came")
    if not _came(row):
        raise SetAside(_('No money came: it is "%(status)s".') % {"status": row.content.get("payment_status")})
    amount, on = signed(row, "amount"), _day(row)
    row.value("is_refund")
    if _is_refund(row):
        origin = Payment.objects.get(pk=run.required(row, "refunded_payment_id", TABLE))
        return money.pay_back(origin, abs(amount), on, row.text("refund_reason"), row)
    if amount <= 0:
        raise SetAside(_("It is over nothing."))
    client = payer(row, run)
    came = Came(
        client=client,
        amount=amount,
        currency=currency_of(row, run.currency),
        on=on,
        method=method_of(row),
        reference=_reference(row),
        provider_id="",
    )
    payment = money.receive(came, row)
    _give_back(payment, row, run, all_of_it=word == "refunded")
    return payment


def payer(row: FormerRow, run: Run) -> Client:
    """Return the client who is billed for the member of a row, or for that of its plan.

    raises: SetAside
    """
    if key := run.linked(row, "member_id", "members"):
        return Member.objects.select_related("client").get(pk=key).client
    if plan := run.linked(row, "subscription_id", "member_subscriptions"):
        return Subscription.objects.select_related("member__client").get(pk=plan).member.client
    raise SetAside(_("It names no member."))


def _came(row: FormerRow) -> bool:
    """Return whether money moved at all."""
    return CAME.get(str(row.content.get("payment_status") or "").strip().lower()) != "never came"


def _moved(refund: FormerRow) -> Decimal:
    """Return how much went back by a row of its own; nothing by one that is set aside."""
    try:
        return abs(signed(refund, "amount")) if _came(refund) else NOTHING
    except SetAside:
        return NOTHING


def _is_refund(row: FormerRow) -> bool:
    amount = str(row.content.get("amount") or "").strip()
    return str(row.content.get("is_refund")).strip().lower() in TRUE or amount.startswith("-")


def _day(row: FormerRow) -> date:
    on = row.day("payment_date") or row.day("created_at")
    if on is None:
        raise SetAside(_("It has no date."))
    return on


def _reference(row: FormerRow) -> str:
    """Return the number of the receipt, and that of the transfer or cheque."""
    both = [row.text("receipt_number"), row.text("reference_number")]
    return ", ".join(filter(None, both))[: money.LONGEST_REFERENCE]


def _give_back(payment: Payment, row: FormerRow, run: Run, *, all_of_it: bool) -> None:
    """Write down what its own row says went back, less what rows of their own say."""
    rows = run.belonging_to(row, TABLE, "refunded_payment_id")
    told = sum(map(_moved, rows), NOTHING)
    back = money.refunded_in(row, "refund_amount", payment.amount, all_of_it=all_of_it) - told
    if back > 0:
        money.pay_back(payment, back, row.day("refund_date") or payment.received_on, row.text("refund_reason"), row)
