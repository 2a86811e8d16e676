"""What clerks send twice, or at the same moment, at the desk."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from billing.models import Invoice, VatRate
from billing.selectors.till import open_till
from billing.services import cash_desk, memberships, payments, tills
from billing.services.cash_desk import Buyer
from billing.services.drafts import NewLine
from billing.services.memberships import Checkout
from billing.services.payments import Receipt
from sessions_app.models import Client
from training.models import Member, Plan
from training.services import subscriptions

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HUNDRED = Decimal(100)
REFUSALS = (tills.MovedSince, tills.NothingToClose, subscriptions.TermTaken)


def unlock():
    """Take the locks of forms and tills away."""
    cash_desk.advisory_lock = tills.advisory_lock = lambda resources: None


def client_of(number):
    """Return the client of a round."""
    return Client.objects.get(name=f"Desk {number}")


def same_form(number, racer):
    """Receive 50, with the one form of the round."""
    receipt = Receipt(HUNDRED / 2, "EUR", date(2030, 1, 1), form_key=UUID(int=number + 1))
    client = client_of(number)
    invoices = list(Invoice.objects.filter(client=client))
    payments.receive_payment(client=client, receipt=receipt, against=invoices, actor=None, now=NOW)


def same_sale(number, racer):
    """Sell something to somebody new, with the one form of the round."""
    line = NewLine("Strings", HUNDRED, VatRate.objects.get(rate=20))
    cash_desk.sell_at_desk(
        buyer=Buyer(name=f"Walk-in {number}"),
        lines=[line],
        method="cash",
        form_key=UUID(int=10_000 + number),
        actor=None,
        now=NOW,
    )


def close_till(number, racer):
    """Close the day as it is."""
    expected = open_till("EUR").expected
    tills.close_till(currency="EUR", seen=expected, counted=expected, actor=None, now=NOW)


def sell_plan(number, racer):
    """Sell the one plan to the member of the round, paid in full."""
    checkout = Checkout(is_issued=True, paid=HUNDRED, form_key=UUID(int=20_000 + number))
    member = Member.objects.get(first_name=f"Buyer {number}")
    memberships.sell_plan(
        member=member, plan=Plan.objects.get(), starts_on=date(2030, 1, 1), checkout=checkout, actor=None, now=NOW
    )


ATTEMPTS = {"same_form": same_form, "same_sale": same_sale, "close_till": close_till, "sell_plan_paid": sell_plan}
