"""Lines out of sessions and hours, and what happens when what they charge for changes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import BillingDetails, Invoice, InvoiceSource, ServiceUnit
from billing.selectors.unbilled import entries_to_bill, sessions_to_bill
from billing.selectors.waiting_work import waiting_clients
from billing.services import charging, drafts, issuing, packages, work_lines
from sessions_app.models import SessionFee, StudioSession, TimeEntry, Track
from sessions_app.services import extras
from tests.billing_factories import DraftFactory, PackageFactory, issued, line, settle_seller
from tests.factories import (
    NOW,
    ClientFactory,
    ProjectFactory,
    RoomFactory,
    SessionFactory,
    TaskTypeFactory,
    TimeEntryFactory,
    TrackFactory,
    UserFactory,
)
from tests.staff import account

pytestmark = pytest.mark.django_db
BY = {"actor": None, "now": NOW}
LATE = datetime(2026, 6, 23, 18, 0, tzinfo=UTC)  # 20:00 in Paris


def blank(client, **given):
    return drafts.create_draft(client=client, actor=None, now=NOW, **given)


def priced(client, total="200", **given):
    """Return a session at an agreed price."""
    session = SessionFactory(client=client, **given)
    StudioSession.objects.filter(pk=session.pk).update(total=Decimal(total), total_source="manual")
    session.refresh_from_db()
    return session


def charge(draft, sessions=(), entries=()):
    keys = {"sessions": [each.pk for each in sessions], "entries": [each.pk for each in entries]}
    return work_lines.charge_work(invoice=draft, **keys, **BY)


def test_a_line_names_real_times_over_midnight_the_engineer_and_the_titles():
    project, engineer = ProjectFactory(), account("engineer")
    session = priced(
        project.client,
        title="Night shift",
        project=project,
        room=RoomFactory(name="Room A"),
        starts_at=LATE,
        engineers=[engineer],
    )
    StudioSession.objects.filter(pk=session.pk).update(
        status="completed", actual_start=LATE, actual_end=LATE + timedelta(hours=6, minutes=30)
    )
    Track.objects.filter(pk__in=[TrackFactory(project=project, title=title).pk for title in ("Blue", "Green")]).update(
        session=session
    )
    draft = charge(blank(project.client, language="en"), [session])
    item = draft.items.get()
    assert item.description.splitlines() == [
        "Night shift",
        "Tue 23 Jun 2026, 20:00 - Wed 24 Jun, 02:30, Room A",
        "Engineer: Engineer",
        "Titles: Blue, Green",
    ]
    assert (item.quantity, item.unit_price, draft.payable) == (1, 200, 240)
    assert (draft.supplied_from, draft.supplied_to) == (date(2026, 6, 23), date(2026, 6, 24))


def test_extras_and_fees_come_along_each_once_and_a_cancelled_session_owes_its_fee_alone():
    client = ClientFactory()
    held, cancelled = priced(client), priced(client)
    extras.add_extra(session=held, description="Tape", quantity=Decimal(3), unit_price=Decimal(9), **BY)
    StudioSession.objects.filter(pk=cancelled.pk).update(status="cancelled")
    SessionFee.objects.create(session=cancelled, amount=50, explanation="Late.", decided_at=NOW)
    draft = charge(blank(client), [held, cancelled])
    assert list(draft.items.order_by("position").values_list("quantity", "amount")) == [(1, 200), (3, 27), (1, 50)]
    assert sessions_to_bill(client) == []
    with pytest.raises(work_lines.NothingToCharge):
        charge(blank(client), [held])
    drafts.delete_draft(invoice=draft, **BY)
    assert len(sessions_to_bill(client)) == 2


def test_a_price_by_the_hour_stands_as_hours():
    session = SessionFactory(client=ClientFactory(), room=RoomFactory(hourly_rate=Decimal(80)))
    item = charge(blank(session.client), [session]).items.get()
    assert (item.quantity, item.unit, item.unit_price) == (2, ServiceUnit.HOUR, 80)


@pytest.mark.parametrize(("step", "quantity"), [(40, "2.000"), (15, "1.500")])
def test_hours_are_grouped_by_task_and_rate_and_rounded_as_agreed(step, quantity):
    project, mixing, me = ProjectFactory(), TaskTypeFactory(hourly_rate=Decimal(75)), UserFactory()
    BillingDetails.objects.create(client=project.client, time_step_minutes=step)
    for hours, minutes in ((5, 25), (9, 60)):
        begun = NOW - timedelta(hours=hours)
        TimeEntryFactory(
            target=project, task_type=mixing, person=me, started_at=begun, ended_at=begun + timedelta(minutes=minutes)
        )
    TimeEntryFactory(target=project, person=me)
    found = entries_to_bill(project.client)
    draft = charge(blank(project.client), entries=found)
    assert draft.items.count() == 2
    assert draft.items.get(unit_price=75).quantity == Decimal(quantity)
    assert entries_to_bill(project.client) == []
    assert InvoiceSource.objects.filter(item__invoice=draft).count() == 3


def test_hours_are_priced_by_their_length_not_by_a_rounded_number_of_hours():
    project, mixing = ProjectFactory(), TaskTypeFactory(hourly_rate=Decimal(50))
    begun = NOW - timedelta(hours=5)
    given = {"target": project, "task_type": mixing, "started_at": begun}
    entry = TimeEntryFactory(**given, ended_at=begun + timedelta(hours=1, minutes=35))
    (waiting,) = waiting_clients(NOW)
    draft = charge(blank(project.client, language="en"), entries=[entry])
    item = draft.items.get()
    assert (waiting.amount, draft.subtotal) == (Decimal("79.17"), Decimal("79.17"))
    assert (item.quantity, item.unit, item.unit_price) == (1, ServiceUnit.PIECE, Decimal("79.17"))
    assert item.description.splitlines()[-1] == "1 h 35 min at 50.00 EUR an hour"
    settle_seller()
    package = PackageFactory(client=project.client)
    packages.draw_down(item=item, package=package, hours=None, **BY)
    assert issuing.issue_invoice(invoice=draft, **BY).payable == 0


def test_a_price_that_changed_stops_the_issue_until_somebody_says_what_holds():
    settle_seller()
    session = priced(ClientFactory(), "200")
    draft = charge(blank(session.client), [session])
    StudioSession.objects.filter(pk=session.pk).update(total=260)
    with pytest.raises(charging.PriceChanged, match="costs 260"):
        issuing.issue_invoice(invoice=draft, **BY)
    assert StudioSession.objects.get(pk=session.pk).invoiced_at is None
    anew = work_lines.write_anew(item=draft.items.get(), **BY)
    assert (anew.payable, anew.items.get().amount) == (312, 260)
    StudioSession.objects.filter(pk=session.pk).update(total=300)
    work_lines.keep_price(item=anew.items.get(), **BY)
    assert issuing.issue_invoice(invoice=anew, **BY).payable == 312


def test_hours_that_were_corrected_stop_the_issue_too():
    settle_seller()
    entry = TimeEntryFactory(task_type=TaskTypeFactory(hourly_rate=Decimal(60)))
    client = entry.project.client
    draft = charge(blank(client), entries=[entry])
    TimeEntry.objects.filter(pk=entry.pk).update(ended_at=entry.ended_at + timedelta(minutes=30))
    with pytest.raises(charging.PriceChanged):
        issuing.issue_invoice(invoice=draft, **BY)
    assert work_lines.write_anew(item=draft.items.get(), **BY).subtotal == 90


def test_work_is_not_charged_with_prices_that_hold_vat_nor_in_another_currency():
    session = priced(ClientFactory())
    with pytest.raises(work_lines.OtherPrices):
        charge(blank(session.client, price_mode="gross"), [session])
    StudioSession.objects.filter(pk=session.pk).update(currency="USD")
    session.refresh_from_db()
    assert sessions_to_bill(session.client) == []
    with pytest.raises(charging.OtherCurrency):
        DraftFactory(client=session.client, lines=[line(charges=[session])])


def test_a_country_that_nobody_can_tell_is_asked_for_before_the_number_is_taken():
    document = issued(client=ClientFactory(country="Allemagne"))
    assert document.snapshot["buyer"]["country_code"] == "DE"
    assert issued(client=ClientFactory(country="")).snapshot["buyer"]["country_code"] == "FR"
    client = ClientFactory(country="Utopia")
    with pytest.raises(issuing.NoCountry):
        issued(client=client)
    BillingDetails.objects.create(client=client, country="BE")
    assert issued(client=client).snapshot["buyer"]["country_code"] == "BE"
    assert Invoice.objects.filter(invoice_number="FAC-2026-0003").count() == 1
