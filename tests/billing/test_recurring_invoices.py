"""Recurring invoices: each period once, whoever asks."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from procrastinate.contrib.django import app

from billing.models import Interval, Invoice, RecurringPeriod
from billing.services import drafts, recurring_invoices
from billing.services.written_lines import Line
from sessions_app.services import merging
from sessions_app.services.facts import BadFacts
from studio.accounts.models import Notification
from studio.tenancy.context import as_owner
from studio.tenancy.models import Studio
from tests.billing.test_invoice_tables import refused
from tests.billing_factories import ContractFactory, RecurringFactory, rate, settle_seller
from tests.factories import NOW, ClientFactory
from tests.jobs import run_jobs
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

ACT = {"actor": None, "now": NOW}
AUGUST = datetime(2026, 8, 15, 12, tzinfo=UTC)


def periods(recurring):
    return list(recurring.periods.order_by("begins_on").values_list("begins_on", "last_on"))


def test_each_period_that_has_begun_is_invoiced_once():
    recurring = RecurringFactory()
    assert [recurring_invoices.invoice_due(now=AUGUST) for _run in range(2)] == [3, 0]
    assert periods(recurring) == [
        (date(2026, 6, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 7, 31)),
        (date(2026, 8, 1), date(2026, 8, 31)),
    ]
    drafted = Invoice.objects.order_by("pk").first()
    assert (drafted.status, drafted.total, drafted.supplied_from, drafted.supplied_to) == (
        "draft",
        60,
        date(2026, 6, 1),
        date(2026, 6, 30),
    )
    assert drafted.notes == "Rehearsal room: 1 Jun 2026 - 30 Jun 2026"
    with pytest.raises(recurring_invoices.NotDue):
        recurring_invoices.invoice_next_period(recurring=recurring, actor=None, now=AUGUST)
    drafts.delete_draft(invoice=drafted, **ACT)
    assert (recurring_invoices.invoice_due(now=AUGUST), RecurringPeriod.objects.filter(invoice=None).count()) == (0, 1)


@pytest.mark.parametrize(
    ("starts_on", "interval", "following"),
    [
        (date(2026, 1, 31), Interval.MONTH, [date(2026, 2, 28), date(2026, 3, 31)]),
        (date(2025, 11, 30), Interval.QUARTER, [date(2026, 2, 28), date(2026, 5, 30)]),
        (date(2024, 2, 29), Interval.YEAR, [date(2025, 2, 28), date(2026, 2, 28)]),
    ],
)
def test_periods_begin_on_the_day_of_the_first_or_the_last_of_the_month(starts_on, interval, following):
    recurring = RecurringFactory(starts_on=starts_on, interval=interval, ends_on=following[-1])
    recurring_invoices.invoice_due(now=NOW)
    assert [first for first, _last in periods(recurring)] == [starts_on, *following]


def test_what_is_switched_off_over_or_too_early_is_not_invoiced():
    RecurringFactory(is_active=False)
    RecurringFactory(starts_on=date(2026, 6, 2))
    over = RecurringFactory(starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 30))
    assert recurring_invoices.invoice_due(now=NOW) == 1
    assert periods(over) == [(date(2026, 4, 1), date(2026, 4, 30))]


def test_what_issues_itself_is_issued_or_left_as_a_draft_that_the_staff_are_told_of():
    account("owner")
    recurring = RecurringFactory(issues_itself=True)
    recurring_invoices.invoice_due(now=NOW)
    assert (Invoice.objects.get().status, Notification.objects.count()) == ("draft", 1)
    settle_seller()
    changed = [Line("Room 4", Decimal(80), rate("10"))]
    recurring_invoices.write_lines(recurring=recurring, lines=changed, **ACT)
    recurring_invoices.invoice_due(now=datetime(2026, 7, 1, 12, tzinfo=UTC))
    issued = Invoice.objects.latest("pk")
    assert (issued.invoice_number, issued.total) == ("FAC-2026-0001", 88)


def test_a_period_is_in_the_table_once():
    recurring = RecurringFactory()
    recurring_invoices.invoice_due(now=NOW)
    again = (
        "INSERT INTO recurring_periods (recurring_id, begins_on, last_on) "
        "SELECT recurring_id, begins_on, last_on FROM recurring_periods WHERE recurring_id = %s"
    )
    assert refused(again, [recurring.pk]) == "recurring_periods_once"


def test_nonsense_is_refused_in_a_sentence():
    for given in ({"title": ""}, {"ends_on": date(2026, 5, 31)}, {"lines": [Line(" ", Decimal(1), rate())]}):
        with pytest.raises(BadFacts) as told:
            RecurringFactory(**given)
        assert str(told.value).endswith(".")
    with pytest.raises(recurring_invoices.OtherContract):
        RecurringFactory(contract=ContractFactory())


def test_an_arrangement_follows_a_client_who_is_merged_and_is_made_at_the_back_office(web, studio):
    recurring, survivor = RecurringFactory(), ClientFactory()
    merging.merge_clients(survivor=survivor, merged=recurring.client, actor=None, now=NOW)
    recurring.refresh_from_db()
    assert recurring.client == survivor
    office = signed_in(web, account("accountant"))
    boxes = {"title": "Server", "client": survivor.pk, "interval": "year", "starts_on": "2026-01-01", "is_active": "on"}
    lines = {"description": "Backup", "quantity": "12", "unit": "MON", "unit_price": "9", "vat_rate": rate().pk}
    parts = {
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        **{f"lines-0-{name}": value for name, value in lines.items()},
    }
    added = office.post("/admin/billing/recurringinvoice/add/", {**boxes, **parts})
    made = recurring_invoices.RecurringInvoice.objects.get(title="Server")
    assert (added.status_code, made.lines.get().description, made.next_on) == (302, "Backup", date(2026, 1, 1))
    asked = office.get(f"/admin/billing/recurringinvoice/{made.pk}/invoice/").context["question"]
    assert office.post(f"/admin/billing/recurringinvoice/{made.pk}/invoice/").status_code == 302
    assert (Invoice.objects.get().subtotal, asked.endswith("2026 would be invoiced, over 129.60 EUR.")) == (108, True)


def test_a_restored_copy_issues_nothing_by_itself_until_it_is_let_live(studio):
    settle_seller()
    RecurringFactory(starts_on=date(2020, 1, 1), ends_on=date(2020, 1, 31), issues_itself=True)
    issued = []
    for held in (NOW, None):
        with as_owner():
            Studio.objects.filter(pk=studio.pk).update(mails_held_since=held)
        app.tasks["billing.invoice_periods.every_studio"].func()
        run_jobs()
        issued.append(Invoice.objects.exclude(status="draft").count())
    assert issued == [0, 1]
