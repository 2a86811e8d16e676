"""What clients are worth, and what became of quotes, held against sums that go through every row."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from billing.models import Invoice, InvoiceTax, Payment, Quote, QuoteStatus
from billing.selectors.client_value import client_values
from billing.selectors.quote_answers import of_all, quote_answers
from billing.services import credit_notes
from billing.services.quote_answers import Signer, reject_quote
from sessions_app.models import StudioSession
from tests.billing_factories import QuoteFactory, accepted, issued, line, paid, quote_line, sent
from tests.factories import NOW, ClientFactory, SessionFactory
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import TrainingSession

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def cancelled_formerly(client, on):
    """Return a document that a former system cancelled."""
    sums = {"subtotal": Decimal(1000), "total": Decimal(1000), "net_difference": Decimal(1000)}
    document = Invoice.objects.create(client=client, currency="EUR", former_series="before", **sums)
    InvoiceTax.objects.create(invoice=document, rate=0, amount=Decimal(1000), base=Decimal(1000), tax=0)
    stated = {"invoice_number": "F-1", "issued_on": on.date(), "snapshot": {}, "content_hash": "0" * 64}
    Invoice.objects.filter(pk=document.pk).update(status="cancelled", reason="Void", **stated)
    return document


def test_client_values_are_what_every_row_adds_up_to(django_assert_num_queries):
    mina, noor, quiet = ClientFactory(name="Mina", artist_name="M."), ClientFactory(name="Noor"), ClientFactory()
    ada = MemberFactory(first_name="Ada")
    for number in range(6):
        invoice = issued(client=(mina, noor, ada.client)[number % 3], now=NOW + number * 9 * DAY, lines=[line("33.33")])
        if number % 2:
            paid(invoice, "20")
    credit_notes.credit_in_full(invoice=Invoice.objects.latest("pk"), reason="Wrong.", actor=None, now=NOW + 46 * DAY)
    issued(client=mina, currency="CHF")
    nothing = [issued(client=mina, is_test=True, now=NOW + 5 * DAY), cancelled_formerly(client=noor, on=NOW + 6 * DAY)]
    for number in range(8):
        SessionFactory(client=(mina, quiet)[number % 2], room=None, kind="remote", starts_at=NOW + number * 8 * DAY)
        TrainingSessionFactory(member=ada, scheduled_start=NOW + (number * 8 + 1) * DAY, status="completed")
    StudioSession.objects.filter(client=mina).update(status="completed")
    first, last = date(2026, 6, 5), date(2026, 7, 10)

    with django_assert_num_queries(7):
        found = client_values(first=first, last=last, currency="EUR", zone=PARIS)

    expected = {}
    for client in (mina, noor, ada.client):
        documents = Invoice.objects.filter(client=client, currency="EUR", issued_on__range=(first, last))
        documents = documents.exclude(pk__in=[each.pk for each in nothing])
        money = Payment.objects.filter(client=client, received_on__range=(first, last))
        days = sorted(
            at.astimezone(PARIS).date()
            for at in (
                *StudioSession.objects.filter(client=client, status="completed").values_list("starts_at", flat=True),
                *TrainingSession.objects.filter(member__client=client).values_list("scheduled_start", flat=True),
            )
        )
        facts = (
            sum((-each.payable if each.kind == "credit_note" else each.payable for each in documents), Decimal(0)),
            sum((each.amount if each.direction == "in" else -each.amount for each in money), Decimal(0)),
            sum(first <= day <= last for day in days),
            *((days[0], days[-1]) if days else (None, None)),
        )
        expected[client.pk] = facts
    assert {row.key: (row.billed, row.paid, row.visits, row.first_on, row.last_on) for row in found} == expected
    assert [row.billed for row in found] == sorted((row.billed for row in found), reverse=True)
    assert "Mina (M.)" in {row.name for row in found}


def test_quote_answers_are_what_every_row_adds_up_to(django_assert_num_queries):
    begin = datetime(2026, 5, 30, 21, 30, tzinfo=UTC)  # half an hour before the last day of May in Paris
    for number in range(12):
        now = begin + number * 3 * DAY
        version = sent(QuoteFactory(now=now, lines=[quote_line(str(100 + number))], validity_days=10 + number), now=now)
        if number % 4 == 0:
            accepted(version, now=now + number * HOUR)
        if number % 4 == 1:
            reject_quote(version=version, signer=Signer("Ada"), actor=None, now=now + DAY)
    QuoteFactory(title="A draft")
    now, first, last = begin + 30 * DAY, date(2026, 5, 31), date(2026, 6, 30)

    with django_assert_num_queries(1):
        found = quote_answers(first=first, last=last, currency="EUR", zone=PARIS, now=now)

    expected = {}
    for quote in Quote.objects.exclude(sent_at=None):
        day = quote.sent_at.astimezone(PARIS).date()
        if not first <= day <= last:
            continue
        sums = expected.setdefault(day.replace(day=1), [0, 0, 0, 0, 0, Decimal(0), Decimal(0), 0 * HOUR])
        late = quote.status == QuoteStatus.SENT and quote.expires_at <= now
        place = 3 if late else {"accepted": 1, "rejected": 2, "sent": 4}[quote.status]
        sums[0] += 1
        sums[place] += 1
        sums[5] += quote.total
        if place == 1:
            sums[6] += quote.total
        if place in {1, 2}:
            sums[7] += quote.responded_at - quote.sent_at
    assert [
        (row.month, [row.sent, row.accepted, row.rejected, row.expired, row.waiting, row.offered, row.won, row.took])
        for row in found
    ] == sorted(expected.items())
    whole = of_all(found)
    assert (whole.sent, whole.accepted + whole.rejected + whole.expired + whole.waiting) == (10, 10)
    assert (min(whole.expired, whole.waiting) > 0, whole.percent) == (
        True,
        100 * whole.accepted // (10 - whole.waiting),
    )
    assert whole.answered_in == whole.took / (whole.accepted + whole.rejected)
