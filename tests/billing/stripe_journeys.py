"""Payments at the double of Stripe, as clients, banks and Stripe's own pages make them."""

from django.db.models import F, Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import LedgerEntry
from billing.selectors import books
from billing.services import paying
from studio.tenancy.services import payment_accounts
from tests.billing_factories import issued
from tests.jobs import run_jobs
from tests.stripe_double import control

PAGE = "http://harbour.localhost/pay/token/"


def set_up(settings, double, studio, account=""):
    """Have a studio take payments at the double."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = control.KEY, double.url
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_former", control.SECRET]
    double.endpoint("http://localhost/webhooks/stripe/", control.SECRET)
    payment_accounts.assign_account(studio=studio, account=account, by="Olive")


def begun(invoice=None, **given):
    """Return a payment for which the client is at Stripe's page."""
    invoice = invoice or issued()
    return paying.begin_payment(invoice=invoice, page_address=PAGE, actor=None, now=timezone.now(), **given)


def post(letter, **changes):
    """Return what the webhook answers to a letter."""
    browser = Client(headers={"host": "localhost"})
    headers = {"Stripe-Signature": changes.get("signature", letter.signature)}
    path = reverse("billing_platform:stripe-webhook", "studio.urls_platform")
    said = {"CONTENT_LENGTH": changes["length"]} if "length" in changes else {}
    body = changes.get("body", letter.body)
    return browser.post(path, body, content_type="application/json", headers=headers, **said)


def deliver(double, *events):
    """Let events come, all that are pending unless some are named, and have them dealt with."""
    answers = [post(letter).status_code for letter in double.letters(*events)]
    if not events:
        double.drop()
    run_jobs()
    return answers


def paid_online(double, invoice, attempt=None):
    """Have a client pay what is due of a document, and return the payment at Stripe."""
    attempt = attempt or begun(invoice)
    double.pay(attempt.checkout_session_id)
    deliver(double)
    attempt.refresh_from_db()
    assert attempt.payment is not None
    return attempt


def balances():
    """Account -> what the ledger comes to on it, of money alone."""
    sums = LedgerEntry.objects.order_by().values_list("ledger_account").annotate(sum=Sum(F("debit") - F("credit")))
    return {account: amount for account, amount in sums if amount and account not in {"revenue", "vat", "bank"}}


def wrong_in_the_books():
    return [f"{each.rule} {each.says}" for each in books.findings()]
