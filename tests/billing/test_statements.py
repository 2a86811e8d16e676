"""The account of a client: any days of it add up, to what the ledger and the client's row say."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.selectors.owed import owed_by
from billing.selectors.statements import statement_of
from billing.services import credit_notes, payments, statements
from billing.services.document_mails import NoRecipient
from billing.services.payments import Receipt
from studio.mail.models import EmailMessage
from tests.billing.documents.test_pages import missing, pages_of
from tests.billing.kept_books import kept_books
from tests.billing_factories import issued, line
from tests.factories import NOW, ClientFactory
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


def moved(client):
    """Let money of every kind move on days of its own, and return those days."""
    at = [NOW - timedelta(days=days) for days in (60, 50, 40, 20, 10, 0)]
    first = issued(client=client, now=at[0])
    second = issued(client=client, lines=[line("50")], now=at[1])
    receipt = Receipt(amount=Decimal(150), currency="EUR", received_on=at[2].date(), reference="TR 7")
    came = payments.receive_payment(client=client, receipt=receipt, against=[first], actor=None, now=at[2])
    credit_notes.credit_in_full(invoice=second, reason="Fell through", actor=None, now=at[3])
    payments.refund_payment(payment=came, amount=Decimal(10), reason="Asked", method="transfer", actor=None, now=at[4])
    issued(client=client, lines=[line("7.77")], now=at[5])
    issued(client=client, is_test=True, now=at[5])
    return [each.date() for each in at]


def adds_up(found):
    open_ = sum((each.open for each in found.open), Decimal(0))
    runs = [found.opening, *(entry.balance for entry in found.entries)]
    steps = [entry.balance - before for entry, before in zip(found.entries, runs, strict=False)]
    return found.opening + found.asked - found.settled == found.closing == runs[
        -1
    ] == open_ - found.credit and steps == [entry.amount for entry in found.entries]


def test_any_days_add_up_to_the_ledger_and_to_what_the_client_owes(studio):
    kept_books()
    mover = ClientFactory(name="Mover")
    days = [date(2026, 1, 1), *moved(mover), date(2026, 5, 31), date(2026, 6, 1), date(2027, 1, 1)]
    for client in type(mover).objects.all():
        client.refresh_from_db()
        whole = statement_of(client, currency="EUR", first=date(2000, 1, 1), last=date(2100, 1, 1))
        assert (whole.opening, whole.closing) == (0, owed_by(client, "EUR")) == (0, client.balance_due)
        for first in days:
            parts = [statement_of(client, currency="EUR", first=first, last=last) for last in days if last >= first]
            assert all(adds_up(part) for part in parts)
            after = statement_of(client, currency="EUR", first=first, last=date(2100, 1, 1))
            assert after.closing == whole.closing
    mine = statement_of(mover, currency="EUR", **YEAR)
    assert sorted(entry.amount for entry in mine.entries) == [-150, -60, Decimal("9.32"), 10, 60, 120]
    assert (mine.closing, mine.credit, len(mine.open)) == (Decimal("-10.68"), 20, 1)
    assert statement_of(mover, currency="USD", **YEAR).entries == []


def test_it_is_looked_at_saved_and_sent_once(web, studio):
    client = ClientFactory(name="Mina <Morel>", email="mina@client.example")
    moved(client)
    desk = signed_in(web, account("front_desk"))
    page = f"/admin/billing/statements/{client.pk}/"
    asked = "?first=2026-01-01&last=2026-12-31&currency=nonsense"
    shown = desk.get(page + asked).content.decode()
    assert (
        missing(shown, ["FAC-2026-0001", "AV-2026-0001", "TR 7", "150.00 EUR", "-10.68 EUR", "Mina &lt;Morel&gt;"])
        == []
    )
    assert desk.get(f"{page}?first=x&last=0000-00-00").status_code == 200
    file = desk.get(f"{page}pdf/{asked}")
    text = " ".join(pages_of(b"".join(file) if file.streaming else file.content))
    wanted = ["Statement of account", "Invoice FAC-2026-0001", "Credit note AV-2026-0001", "Payment, transfer, TR 7"]
    assert missing(text, [*wanted, "Paid back", "Opening balance", "\u221210.68", "Kept for you"]) == []
    form = {"recipient": "books@client.example", "form_key": str(uuid.uuid4())}
    assert [desk.post(f"{page}send/{asked}", form).status_code for _press in range(2)] == [302, 302]
    mail = EmailMessage.objects.get(kind="statement")
    assert (mail.recipient, "In your favour at its end: \u20ac10.68." in mail.text) == ("books@client.example", True)
    assert [file.content_type for file in mail.attachments.all()] == ["application/pdf"]
    nobody = ClientFactory()
    with pytest.raises(NoRecipient):
        statements.send_statement(
            client=nobody, currency="EUR", recipient="", form_key=uuid.uuid4(), actor=None, now=NOW, **YEAR
        )
