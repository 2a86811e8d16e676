"""The proof of the books finds what somebody did to money at Stripe."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from billing.gateways.facts import (
    DisputeFacts,
    DisputeStatus,
    Fee,
    IntentFacts,
    IntentStatus,
    RefundFacts,
    RefundStatus,
)
from billing.models import Payment, PaymentAttempt
from billing.selectors import books
from billing.services import converging, payments
from studio.tenancy.context import current_schema
from tests.billing.test_verify_books import found_after
from tests.billing_factories import issued
from tests.factories import NOW

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)


def told(attempt, **more):
    """What Stripe says of a payment of 120 that was paid."""
    return IntentFacts(
        id="pi_known",
        account="",
        is_live=False,
        status=IntentStatus.SUCCEEDED,
        amount=attempt.amount,
        currency="EUR",
        received=attempt.amount,
        captured_at=AT,
        attempt=str(attempt.public_id),
        studio=current_schema(),
        error="",
        method="card",
        fees=(Fee(Decimal("2.05"), "EUR"),),
        **more,
    )


def made_books():
    """Write a payment of which 20 went back here, 10 at Stripe, and 30 are disputed."""
    attempt = PaymentAttempt.objects.create(
        invoice=issued(), amount=Decimal(120), currency="EUR", asked_at=NOW, expires_at=NOW, page_address="http://x/"
    )
    dispute = DisputeFacts("du_1", DisputeStatus.OPEN, Decimal(30), "EUR", "fraudulent", AT)
    gone = RefundFacts("re_1", RefundStatus.SUCCEEDED, Decimal(10), "EUR", "", AT, "")
    facts = told(attempt, refunds=(gone,))
    paid = converging.converge(attempt=attempt, checkout=None, intent=facts, now=NOW)
    act = {"actor": None, "now": NOW, "reason": "Late"}
    payments.take_off_payment(payment=paid.payment, invoice=paid.invoice, amount=Decimal(20), **act)
    back = payments.refund_payment(payment=paid.payment, amount=Decimal(20), method="card", **act)
    ours = replace(gone, id="re_2", amount=Decimal(20), asked_as=str(back.refund_attempt.public_id))
    facts = replace(facts, refunds=(ours, gone), disputes=(dispute,))
    for _again in range(2):
        stored = PaymentAttempt.objects.get(pk=attempt.pk)
        converging.converge(attempt=stored, checkout=None, intent=facts, now=NOW)


TAMPERINGS = {
    "another amount": ("UPDATE payment_attempts SET amount = 119", "P4", "pi_known over 119.00, is not the payment"),
    "no money": ("UPDATE payment_attempts SET state = 'expired'", "P4", "pi_known over 120.00, is not the payment"),
    "a refund that failed": ("UPDATE refund_attempts SET state = 'failed'", "P4", "went back as settled"),
    "another refund": ("UPDATE refund_attempts SET refund_id = 're_9'", "P4", "it is succeeded there"),
    "a dispute that is over": (
        "UPDATE payments SET state = 'settled' WHERE kind = 'dispute'",
        "L1",
        "the ledger has 30.00 on disputed, it says 0",
    ),
    "a fee of nothing": ("UPDATE ledger_transactions SET kind = 'refund' WHERE kind = 'fee'", "L1", "A fee of 2.05"),
}


def test_what_stripe_says_is_in_the_books_once_and_every_tampering_is_named():
    made_books()
    assert list(books.findings()) == []
    back = {(each.kind, each.state, each.amount) for each in Payment.objects.exclude(origin=None)}
    assert back == {
        ("refund", "settled", Decimal(20)),
        ("refund", "settled", Decimal(10)),
        ("dispute", "pending", Decimal(30)),
    }

    missed = {}
    for what, (statement, rule, says) in TAMPERINGS.items():
        found = found_after(statement, rule, says)
        if not any(each == rule and says in sentence for each, sentence in found[-1:]):
            missed[what] = [each for each in found if each[0] != "L2"]
    assert missed == {}
