"""Selling plans: the plan, its invoice and its payment, and what the plan says of them afterwards."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import Invoice, InvoiceKind, InvoiceStatus, Payment
from billing.selectors.ageing import Band, age_of, sums_of, with_next_due, within
from billing.selectors.client_money import client_money
from billing.selectors.instalments import schedules
from billing.selectors.owed_on import owed_on
from billing.selectors.unpaid import unpaid_claims
from billing.services import credit_notes, memberships, payments
from billing.services.document_letters import letter_of
from billing.services.memberships import Checkout
from tests.billing_factories import paid, settle_seller
from tests.factories import NOW
from tests.membership_factories import PlanFactory, SubscriptionFactory
from tests.training_factories import MemberFactory
from training.models import Subscription
from training.services import subscriptions

pytestmark = pytest.mark.django_db
FIRST_OF_JUNE = date(2026, 6, 1)


@pytest.fixture
def pack(studio):
    settle_seller()
    return PlanFactory(name="Pack of ten", price=Decimal("99.99"), signup_fee=Decimal(50))


def sell(plan, paid="0", member=None, **given):
    """Return the sale of a plan from the first of June on."""
    checkout = Checkout(**{"is_issued": True, "paid": Decimal(paid), "form_key": uuid4()} | given)
    return memberships.sell_plan(
        member=member or MemberFactory(), plan=plan, starts_on=FIRST_OF_JUNE, checkout=checkout, actor=None, now=NOW
    )


def money(subscription):
    """Return (costs, paid, owed) of a plan as it is stored."""
    stored = Subscription.objects.get(pk=subscription.pk)
    return stored.amount, stored.paid_amount, stored.owed


def test_a_plan_is_sold_with_its_invoice_and_paid_in_parts(pack):
    sold = sell(pack, paid="60")

    invoice = Invoice.objects.get()
    assert [(each.description, each.amount) for each in invoice.items.order_by("position")] == [
        ("Pack of ten, 10 sessions, 1 Jun 2026 - 31 Aug 2026", Decimal("99.99")),
        ("Sign-up fee", 50),
    ]
    # What the member was told is what is asked for, to the cent.
    assert (invoice.payable, invoice.status) == (Decimal("149.99"), InvoiceStatus.PARTIALLY_PAID)
    assert money(sold.subscription) == (Decimal("149.99"), 60, Decimal("89.99"))
    payment = paid(invoice, "100")
    assert (money(sold.subscription)[2], payments.left_of(payment)) == (0, Decimal("10.01"))
    payments.take_off_payment(
        payment=payment, invoice=invoice, amount=Decimal("89.99"), reason="Bounced", actor=None, now=NOW
    )
    assert money(sold.subscription)[1:] == (60, Decimal("89.99"))


def test_a_draft_takes_no_money_and_a_free_plan_has_no_document(pack):
    draft = sell(pack, is_issued=False)
    assert (draft.invoice.status, draft.payment, money(draft.subscription)[1]) == (InvoiceStatus.DRAFT, None, 0)
    with pytest.raises(memberships.PaidOfADraft):
        sell(pack, paid="10", is_issued=False)
    free = PlanFactory(price=Decimal(0), is_collaboration=True)
    member = MemberFactory(member_type="collaboration")
    with pytest.raises(memberships.PaidTooMuch, match=r"0\.01 EUR are more than the 0\.00 EUR"):
        sell(free, member=member, paid="0.01")
    assert sell(free, member=member).invoice is None


def test_no_more_is_paid_of_a_plan_than_it_costs(pack):
    with pytest.raises(memberships.PaidTooMuch, match=r"150\.00 EUR are more than the 149\.99 EUR"):
        sell(pack, paid="150")
    assert (Payment.objects.count(), Subscription.objects.count()) == (0, 0)


def test_a_second_press_finds_the_plan_sold_and_pays_nothing(pack):
    member = MemberFactory()
    sell(pack, paid="149.99", member=member)
    with pytest.raises(subscriptions.TermTaken):
        sell(pack, paid="149.99", member=member)
    assert (Payment.objects.count(), Invoice.objects.count()) == (1, 1)


def test_credit_notes_lower_what_a_plan_costs_and_in_full_it_can_be_invoiced_anew(pack):
    sold = sell(pack, paid="149.99")
    (line, _fee) = sold.invoice.items.order_by("position")
    part = credit_notes.Part(line, Decimal(20))
    credit_notes.credit_in_part(invoice=sold.invoice, parts=[part], reason="Late", actor=None, now=NOW)
    assert money(sold.subscription) == (Decimal("129.99"), Decimal("129.99"), 0)

    credit_notes.credit_in_full(invoice=sold.invoice, reason="Wrong name", actor=None, now=NOW)
    assert money(sold.subscription) == (Decimal("149.99"), 0, Decimal("149.99"))
    anew = memberships.invoice_plan(
        subscription=sold.subscription, checkout=Checkout(is_issued=True), actor=None, now=NOW
    )
    assert anew.invoice.payable == Decimal("149.99")


def test_a_renewal_has_an_invoice_of_its_own(pack):
    old = sell(pack, paid="149.99").subscription
    new = memberships.sell_renewal(
        subscription=old, plan=pack, checkout=Checkout(is_issued=True, paid=Decimal(40)), actor=None, now=NOW
    )
    assert (new.invoice.payable, money(new.subscription)[1], money(old)[2]) == (Decimal("99.99"), 40, 0)


def test_an_upgrade_charges_the_difference(studio):
    settle_seller()
    small, large = PlanFactory(price=Decimal(500)), PlanFactory(price=Decimal(800))
    old = sell(small, paid="500")

    new = memberships.sell_upgrade(
        subscription=old.subscription, plan=large, checkout=Checkout(is_issued=True), actor=None, now=NOW
    )

    assert (money(old.subscription)[2], money(new.subscription)) == (0, (300, 0, 300))
    assert new.invoice.payable == 300


@pytest.mark.parametrize(
    ("at_once", "taken_back", "costs_new", "costs_old"),
    [("0", 500, 800, 50), ("50", 500, 800, 50), ("150", 400, 700, 150), ("550", 0, 300, 550)],
    ids=["nothing paid", "the fee paid", "a part paid", "all paid"],
)
def test_an_upgrade_takes_back_what_is_left_and_unpaid(studio, at_once, taken_back, costs_new, costs_old):
    settle_seller()
    small, large = PlanFactory(price=Decimal(500), signup_fee=Decimal(50)), PlanFactory(price=Decimal(800))
    old = sell(small, paid=at_once)

    new = memberships.sell_upgrade(
        subscription=old.subscription, plan=large, checkout=Checkout(is_issued=True), actor=None, now=NOW
    )

    notes = [note.payable for note in Invoice.objects.filter(kind=InvoiceKind.CREDIT_NOTE)]
    assert ([abs(note) for note in notes], new.invoice.payable) == ([taken_back] if taken_back else [], costs_new)
    old.invoice.refresh_from_db()
    rest = costs_old - Decimal(at_once)
    assert (money(old.subscription), old.invoice.remaining_balance) == ((costs_old, Decimal(at_once), rest), rest)
    if rest:
        paid(old.invoice, str(rest))
        assert money(old.subscription) == (costs_old, costs_old, 0)


def test_what_came_off_the_price_of_the_next_plan_is_not_given_back_with_the_one_before(studio):
    settle_seller()
    plan, bigger = (PlanFactory(name=name, price=price) for name, price in (("Ten", 3500), ("Twenty", 6400)))
    old = sell(plan, paid="3500")
    given = {"plan": bigger, "checkout": Checkout(is_issued=True), "actor": None, "now": NOW}
    new = memberships.sell_upgrade(subscription=old.subscription, **given)
    assert new.invoice.payable == 2900
    credit = {"reason": "Mistake", "actor": None, "now": NOW}
    item = old.invoice.items.get()
    with pytest.raises(credit_notes.WorthMoved, match=rf"3,?500\.00 EUR .* Twenty, .*: {new.invoice.invoice_number}\."):
        credit_notes.credit_in_full(invoice=old.invoice, **credit)
    with pytest.raises(credit_notes.WorthMoved):
        credit_notes.credit_in_part(invoice=old.invoice, parts=[credit_notes.Part(item, Decimal(1))], **credit)
    credit_notes.credit_in_full(invoice=new.invoice, **credit)
    assert credit_notes.credit_in_full(invoice=old.invoice, **credit).payable == 3500


def test_an_upgrade_waits_for_the_draft_of_the_plan_before(studio):
    settle_seller()
    old = sell(PlanFactory(price=Decimal(500)), is_issued=False)
    plan = PlanFactory(price=Decimal(800))

    with pytest.raises(memberships.UpgradedDraft, match="Issue it or delete it"):
        memberships.sell_upgrade(subscription=old.subscription, plan=plan, checkout=Checkout(), actor=None, now=NOW)

    assert [each.status for each in Subscription.objects.all()] == ["active"]


def test_a_plan_given_without_money_is_invoiced_later_and_once(studio):
    settle_seller()
    given = SubscriptionFactory()
    sold = memberships.invoice_plan(
        subscription=given, checkout=Checkout(is_issued=True, paid=Decimal(500)), actor=None, now=NOW
    )
    assert (sold.invoice.client, money(given)) == (given.member.client, (500, 500, 0))
    with pytest.raises(memberships.drafts.ChargedAlready):
        memberships.invoice_plan(subscription=given, checkout=Checkout(), actor=None, now=NOW)
    gone = subscriptions.cancel_subscription(
        subscription=SubscriptionFactory(), reason="Moved away", actor=None, now=NOW
    )
    with pytest.raises(memberships.CancelledPlan):
        memberships.invoice_plan(subscription=gone, checkout=Checkout(), actor=None, now=NOW)


def test_a_plan_that_is_paid_in_parts_says_when_each_is_due_and_which_is_late(studio):
    settle_seller()
    sold = sell(PlanFactory(price=Decimal(100), instalments=3), paid="33.34")

    def standing(today):
        return [(due.due_on, due.open, due.is_late) for due in schedules([stored()], today)[sold.invoice.pk]]

    def stored():
        return Invoice.objects.get(pk=sold.invoice.pk)

    days = [date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)]
    assert stored().due_on == days[-1]
    printed = [(part["due_on"], part["amount"]) for part in stored().snapshot["instalments"]]
    assert printed == [("2026-06-01", "33.34"), ("2026-07-01", "33.33"), ("2026-08-01", "33.33")]
    assert "Please pay \u20ac33.33 by 1 July 2026." in letter_of(stored(), today=days[0]).text
    found = [(days[0], 0, False), (days[1], Decimal("33.33"), True), (days[2], Decimal("33.33"), False)]
    assert standing(date(2026, 7, 2)) == found
    paid(stored(), "40")
    assert [each[1] for each in standing(days[0])] == [0, 0, Decimal("26.66")]


def test_a_part_that_is_late_makes_its_document_overdue_with_what_is_late(studio):
    settle_seller()
    sold = sell(PlanFactory(price=Decimal(100), instalments=3), paid="33.34")
    day = date(2026, 7, 3)
    assert not Invoice.objects.overdue(date(2026, 7, 1)).exists()
    read = with_next_due(Invoice.objects.overdue(day)).get()
    assert (read, age_of(read, day).text) == (sold.invoice, "2 days overdue")
    assert [band.value for band in Band if _banded(band, day)] == ["30"]
    late = Decimal("33.33")
    shown = [sums_of(Invoice.objects.all(), day)[0], unpaid_claims(day)[0], client_money(sold.invoice.client, day, NOW)]
    assert (shown[0].overdue, shown[1].late_sum, shown[1].late, shown[2].overdue) == (late, late, 1, late)
    assert owed_on(day, "EUR")[0].bands == {Band.MONTH: late, Band.NOT_YET: late}
    paid(sold.invoice, "33.32")
    assert (owed_on(day, "EUR")[0].bands[Band.MONTH], len(Invoice.objects.overdue(day))) == (Decimal("0.01"), 1)
    paid(sold.invoice, "0.01")
    assert (owed_on(day, "EUR")[0].bands, len(Invoice.objects.overdue(day))) == ({Band.NOT_YET: late}, 0)


def _banded(band, day):
    return with_next_due(Invoice.objects.unpaid()).filter(within(band, day)).exists()
