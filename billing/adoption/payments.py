"""Former payments and online transactions of a recording studio; what both wrote down is kept once."""

import json
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from billing.adoption import money
from billing.adoption.money import CAME, LONGEST_ID, Came
from billing.adoption.reading import NOTHING, client_of, currency_of, method_of, sum_in
from billing.models import Direction, Invoice, Payment, PaymentMethod
from billing.services import payments
from sessions_app.models import Client
from studio.tenancy.adoption.adopters import Found, Run
from studio.tenancy.adoption.rows import FormerRow, SetAside

# By what money that a transaction wrote down as well may have been written down by hand.
BY_CARD = (PaymentMethod.CARD, PaymentMethod.OTHER)
REFUND = "refund"


def rank_transaction(row: FormerRow) -> bool:
    """Return whether a row is money that came in: what went back comes after it."""
    return not _is_refund(row)


def adopt_payment(row: FormerRow, run: Run) -> Payment | Found:
    """Return the payment that a row of `payments` becomes; with its invoice, it is put against it.

    What went back is a movement of its own. Money that never came is set aside.
    """
    invoice_key = run.linked(row, "invoice_id", "invoices")
    invoice = Invoice.objects.get(pk=invoice_key) if invoice_key else None
    came, is_refunded = _came(row, client_of(row, run), "payment_date")
    if known := money.known(came.provider_id, came):
        _give_back(known, row, run, is_refunded=is_refunded)
        return _same(row, known)
    payment = money.receive(came, row)
    _give_back(payment, row, run, is_refunded=is_refunded)
    if invoice is not None:
        money.put(payment, invoice, row, run)
    return payment


def adopt_transaction(row: FormerRow, run: Run) -> Payment | Found:
    """Return the payment that a row of `payment_transactions` becomes, or the one that it wrote down as well.

    That is one of the same number of Stripe's; else one by card of the same client, sum, currency and day: for the
    invoice that it names, or put against none. What went back by either is one movement.
    """
    client = client_of(row, run)
    row.value("payment_type")
    if _is_refund(row):
        return _refund(row, client, run)
    came, is_refunded = _came(row, client, "paid_at")
    known = money.known(came.provider_id, came)
    there = known or _by_hand(came, row, run)
    payment = there or money.receive(came, row)
    _give_back(payment, row, run, is_refunded=is_refunded)
    key = run.links.get(("invoices", _invoice_named(row)))
    invoice = Invoice.objects.filter(pk=key).first() if key else None
    if invoice and not known and not payment.allocations.exists():
        money.put(payment, invoice, row, run)
    return _same(row, payment) if there else payment


def _is_refund(row: FormerRow) -> bool:
    return str(row.content.get("payment_type")).strip().lower() == REFUND


def _came(row: FormerRow, client: Client, day: str) -> tuple[Came, bool]:
    """Return money as a row says it came in, and whether all of it went back.

    raises: SetAside, also where none came
    """
    word = row.choice("status", CAME, default="came")
    if word == "never came":
        raise SetAside(_('No money came: it is "%(status)s".') % {"status": row.content.get("status")})
    came = Came(
        client=client,
        amount=_above_zero(row),
        currency=currency_of(row, client.currency),
        on=_day(row, day),
        method=method_of(row) if "payment_method" in row.content else PaymentMethod.CARD,
        reference=row.text("reference_number", longest=money.LONGEST_REFERENCE),
        provider_id=row.text("stripe_payment_intent_id", longest=LONGEST_ID),
    )
    return came, word == "refunded"


def _above_zero(row: FormerRow) -> Decimal:
    amount = sum_in(row, "amount")
    if not amount:
        raise SetAside(_("It is over nothing."))
    return amount


def _day(row: FormerRow, column: str) -> date:
    on = row.day(column) or row.day("created_at")
    if on is None:
        raise SetAside(_("It has no date."))
    return on


def _give_back(payment: Payment, row: FormerRow, run: Run, *, is_refunded: bool) -> None:
    """Write down what went back, and is not written down yet, as a movement of its own."""
    stated = money.refunded_in(row, "refunded_amount", payment.amount, all_of_it=is_refunded)
    back = stated - money.returned(payment)
    on = row.day("refunded_at") or payment.received_on
    if back > 0:
        money.give_back(payment, back, on, row, run)


def _refund(row: FormerRow, client: Client, run: Run) -> Payment | Found:
    """Return the movement that a transaction of money going back becomes, or the one that is written down already."""
    amount, on = _above_zero(row), _day(row, "paid_at")
    if row.choice("status", CAME, default="came") == "never came":
        raise SetAside(_('No money went back: it is "%(status)s".') % {"status": row.content.get("status")})
    currency, number = currency_of(row, client.currency), row.text("stripe_payment_intent_id", longest=LONGEST_ID)
    of_client = Payment.objects.filter(client=client, currency=currency)
    came_in = of_client.filter(direction=Direction.IN, received_on__lte=on)
    origin = came_in.filter(provider=money.STRIPE, provider_id=number).first() if number else None
    backs = of_client.filter(direction=Direction.OUT, method__in=BY_CARD)
    same = backs.filter(origin=origin) if origin else backs.filter(_of_day(on, amount, _in_parts(row, run)))
    untold = _untold(same, row, run)
    if known := [back for back, left in untold.items() if left >= amount]:
        return _same(row, min(known, key=lambda back: (untold[back], back.pk)))
    if origin is not None:
        rest = amount - sum(untold.values())  # the other part is in what its payment says
        return money.give_back(origin, rest, on, row, run) if rest > 0 else _same(row, next(iter(untold)))
    for each in came_in.order_by("-received_on", "-pk"):
        if each.method in BY_CARD and payments.left_of(each) >= amount:
            return money.pay_back(each, amount, on, row.text("refund_reason"), row)
    raise SetAside(_("Nothing that came in by card is left for it to have come from."))


def _of_day(on: date, amount: Decimal, together: Decimal) -> Q:
    """Return the condition on a sum that went back on a day, or one that went back in parts until then.

    Where that day was not stated, it is the one on which it came.
    """
    is_unstated = Q(received_on=F("origin__received_on"), received_on__lte=on)
    is_over = Q(received_on__gte=on, origin__received_on__lte=on)
    return Q(Q(received_on=on) | is_unstated, amount=amount) | Q(is_unstated | is_over, amount=together)


def _in_parts(row: FormerRow, run: Run) -> Decimal:
    """Return what went back to a row's client in its currency by all transactions that do not say of what."""
    parts = run.naming(str(row.content.get("client_id")), row.table, "client_id")
    return sum((_part(each) for each in parts if each.text("currency") == row.text("currency")), NOTHING)


def _part(row: FormerRow) -> Decimal:
    if not _is_refund(row) or row.text("stripe_payment_intent_id"):
        return NOTHING
    try:
        return NOTHING if row.choice("status", CAME, default="came") == "never came" else sum_in(row, "amount")
    except SetAside:
        return NOTHING


def _untold(backs: QuerySet[Payment], row: FormerRow, run: Run) -> dict[Payment, Decimal]:
    """Return how much of each movement of money that went back no other transaction has told of yet."""
    left = {}
    for back in backs.order_by("pk"):
        parts = run.rows_that_became(row.table, back.pk)
        told = (each.amount("amount") for part in parts for each in run.naming(part, row.table, "id"))
        left[back] = back.amount - sum(filter(None, told), NOTHING)
    return left


def _by_hand(came: Came, row: FormerRow, run: Run) -> Payment | None:
    """Return the payment that somebody wrote down by hand besides, None when there is none."""
    same = Payment.objects.filter(
        client=came.client,
        amount=came.amount,
        currency=came.currency,
        received_on=came.on,
        direction=Direction.IN,
        method__in=BY_CARD,
        provider_id="",
    )
    if not (named := _invoice_named(row)):
        return _untaken(same, row, run)
    of_invoice = {run.links.get(("payments", each.row_id)) for each in run.naming(named, "payments", "invoice_id")}
    for_it = same.filter(pk__in=[int(key) for key in of_invoice if key])
    return _untaken(for_it, row, run) or _untaken(same.filter(allocations__isnull=True), row, run)


def _untaken(found: QuerySet[Payment], row: FormerRow, run: Run) -> Payment | None:
    """Return the first of payments that no other transaction turned out to be."""
    return next((each for each in found.order_by("pk") if not run.rows_that_became(row.table, each.pk)), None)


def _invoice_named(row: FormerRow) -> str:
    """Return the former invoice that the notes of a transaction name, "" for none."""
    written = row.content.get("metadata")
    try:
        facts = json.loads(written) if isinstance(written, str) else written
    except ValueError:
        return ""
    if not isinstance(facts, dict):
        return ""
    return str(facts.get("invoiceId") or facts.get("invoice_id") or "")


def _same(row: FormerRow, payment: Payment) -> Found:
    told = _("It is the same money as payment %(payment)s, which is written down once.")
    row.keep("stripe_payment_intent_id", told % {"payment": payment.pk})
    return Found(payment)
