"""The pages of money, as a clerk at the desk finds them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, InvoiceStatus, Payment, PaymentReceipt, TillClosing
from billing.services import payments
from tests.billing_factories import PaymentFactory, ServiceFactory, issued, paid, settle_seller
from tests.factories import ClientFactory
from tests.membership_factories import PlanFactory
from tests.staff import account, signed_in, studio_day
from tests.training_factories import MemberFactory
from training.models import Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(web):
    return signed_in(web, account("front_desk"))


@pytest.fixture
def owner(web):
    return signed_in(web, account("owner"))


def page(name, *keys):
    return reverse(f"admin:{name}", "studio.urls", args=keys)


def text(answer):
    """Return what stands in the middle of the page, or in the fragment."""
    whole = answer.content.decode()
    return " ".join((whole.partition('id="content')[2].partition("modal-overlay")[0] or whole).split())


def filled(browser, address, **given):
    """Return what the page's form says at first, with what is typed."""
    form = browser.get(address).context["form"]
    said = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (said | given).items() if value is not None}


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_money_is_taken_in_once_put_where_it_is_typed_and_its_page_says_where(desk):
    first = issued()
    second = issued(client=first.client)
    address = f"{page('billing_payment_add')}?client={first.client_id}"
    assert "240.00 EUR" in text(desk.get(address))
    part = desk.get(page("billing_payment_open"), {"client": first.client_id, "amount": "150"})
    assert [str(typed) for _invoice, typed, _due in part.context["rows"]] == ["120.00", "30.00"]
    named = desk.get(f"{address}&invoice={second.pk}")
    assert named.context["form"]["amount"].value() == Decimal(120)
    assert [(shown, str(typed)) for shown, typed, _due in named.context["rows"]] == [(second, "120.00"), (first, "")]

    form = filled(desk, address, client=first.client_id, amount="150", method="cash", reference="Envelope 7")
    form |= {f"part-{first.pk}": "100", f"part-{second.pk}": "20"}
    answers = [desk.post(page("billing_payment_add"), form, follow=True) for _press in range(2)]

    payment = Payment.objects.get()
    assert [answer.redirect_chain[0][0] for answer in answers] == [page("billing_payment_change", payment.pk)] * 2
    assert "30.00 EUR are put against nothing" in told(answers[0])[0]
    assert (payment.reference, payments.left_of(payment)) == ("Envelope 7", 30)
    shown = text(answers[0])
    assert all(each in shown for each in (first.invoice_number, "100.00 EUR", "Left over, with the client"))


def test_money_that_nobody_divides_goes_to_the_document_one_came_from_and_then_to_the_oldest(desk):
    first = issued()
    second = issued(client=first.client)
    address = f"{page('billing_payment_add')}?client={first.client_id}&invoice={second.pk}"
    desk.post(address, filled(desk, address, client=first.client_id, amount="150", method="card"))
    assert [Invoice.objects.get(pk=each.pk).remaining_balance for each in (first, second)] == [90, 0]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "0"}, "greater than or equal to 0.01"),
        ({"amount": "NaN"}, "Enter a number"),
        ({"amount": "1e30"}, "no more than"),
        ({"client": "9999999"}, "Select a valid choice"),
        ({"method": "barter"}, "Select a valid choice"),
        ({"part": "200"}, "200.00 EUR are put against documents, and only 150.00 EUR came in."),
        ({"part": "-1"}, "greater than or equal to 0"),
        ({"part": "130"}, "is still to pay"),
        ({"part-12345": "3"}, "another client"),
        ({"form_key": "x"}, ""),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_writes_nothing(desk, wrong, sentence):
    invoice = issued()
    typed = {"client": invoice.client_id, "amount": "150", "method": "cash", "reference": "Typed"}
    form = filled(desk, page("billing_payment_add"), **typed)
    wrong = {f"part-{invoice.pk}" if name == "part" else name: value for name, value in wrong.items()}

    answer = desk.post(page("billing_payment_add"), form | wrong)

    assert answer.status_code in {400, 409}
    assert sentence in text(answer)
    assert 'value="Typed"' in text(answer)
    assert Payment.objects.count() == 0


def test_money_is_put_taken_off_and_receipted_each_on_its_page(desk):
    invoice = issued()
    payment = PaymentFactory(client=invoice.client)
    address = page("billing_payment_put", payment.pk)
    form = filled(desk, address, invoice=invoice.pk)
    for _press in range(2):
        desk.post(address, form)
    assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.PAID

    address = page("billing_payment_take-off", payment.pk)
    desk.post(address, filled(desk, address, invoice=invoice.pk, amount="20", reason="Slip"))
    assert Invoice.objects.get(pk=invoice.pk).remaining_balance == 20
    refused = desk.post(address, filled(desk, address, invoice=invoice.pk, amount="200", reason="Slip"))
    assert (refused.status_code, "100.00 EUR is put" in text(refused)) == (409, True)

    done = desk.post(page("billing_payment_receipt", payment.pk), follow=True)
    assert all(each in text(done) for each in ("REC-", invoice.invoice_number, "Stays as credit"))
    assert desk.get(page("billing_payment_refund", payment.pk)).status_code == 403


def test_a_clients_page_leads_to_taking_their_money_where_somebody_may(owner, web):
    client = issued().client
    card, door = page("sessions_app_client_change", client.pk), f"{page('billing_payment_add')}?client={client.pk}"
    assert door in owner.get(card).text
    assert 'value="120.00"' in owner.get(door).text
    assert door not in signed_in(web, account("read_only")).get(card).text


def test_money_is_paid_back_with_the_credit_note_in_one_act(owner):
    invoice = issued()
    payment = paid(invoice, "150")
    address = page("billing_payment_refund", payment.pk)
    choices = owner.get(address).context["form"].fields["what"].choices
    assert [value for value, _label in choices] == ["left", f"credited-{invoice.pk}", f"again-{invoice.pk}"]

    form = filled(owner, address, what=f"credited-{invoice.pk}", reason="Not held", method="cash")
    refused = owner.post(address, form)
    assert (refused.status_code, "Only 0.00 EUR ought to be in the till." in text(refused)) == (409, True)
    form |= {"method": "transfer"}
    answer = owner.post(address, form, follow=True)
    owner.post(address, form)

    assert told(answer)[0].endswith("120.00 EUR are paid back.")
    assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.CREDITED
    form = filled(owner, address, what="left", reason="Too much", amount="10")
    owner.post(address, form)
    assert payments.left_of(payment) == 20


def test_credit_is_named_and_used_and_a_mistake_is_taken_back(owner):
    invoice = issued()
    client, payment = invoice.client, PaymentFactory(client=invoice.client)
    there = "has 120.00 EUR of credit"
    for address in (page("billing_payment_open") + f"?client={client.pk}", page("billing_invoice_change", invoice.pk)):
        assert there in text(owner.get(address)), address
    assert "<b>120.00 EUR</b> of credit" in text(owner.get(page("sessions_app_client_change", client.pk)))
    door = page("billing_invoice_use-credit", invoice.pk)
    assert door in owner.get(page("billing_invoice_change", invoice.pk)).text
    assert "120.00 EUR are put against it" in text(owner.get(door))
    assert told(owner.post(door, follow=True)) == [f"120.00 EUR of credit are put against {invoice}."]
    assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.PAID

    address = page("billing_payment_mistake", payment.pk)
    assert f"These are to be paid again: {invoice}." in text(owner.get(address))
    shown = owner.post(address, filled(owner, address, reason="Paid by Noor"), follow=True)
    assert "written down by mistake" in text(shown).lower()
    assert (address in shown.text, Invoice.objects.get(pk=invoice.pk).status) == (False, InvoiceStatus.ISSUED)
    assert owner.post(door).status_code == 409


def test_the_list_keeps_what_is_asked_for(desk):
    today = studio_day()
    client = ClientFactory()
    for amount, method, on in ((5, "cash", today), (6, "card", today - timedelta(days=1)), (7, "cash", today)):
        receipt = payments.Receipt(Decimal(amount), "EUR", on, method=method)
        PaymentFactory(client=client, receipt=receipt, now=timezone.now())
    paid(issued(client=client), "120", method="cash")
    payments.refund_payment(
        payment=Payment.objects.get(amount=7),
        amount=Decimal(7),
        reason="Back",
        method="cash",
        actor=None,
        now=timezone.now(),
    )

    def found(**asked):
        rows = desk.get(page("billing_payment_changelist"), asked).context["cl"].queryset
        return sorted(rows.values_list("amount", flat=True))

    assert found(left="yes") == [5, 6]
    assert found(method__exact="card") == [6]
    assert found(period="yesterday") == [6]
    assert found(period="today", direction__exact="out") == [7]
    takings = text(desk.get(page("takings"), {"first": today, "last": "nonsense"}))
    assert "12.00 EUR" in takings


def test_a_walk_in_is_served_and_the_day_closed(desk):
    settle_seller()
    water = ServiceFactory(name="Water", unit_price=Decimal(2), category="Bar")
    address = page("cash-desk")
    summed = desk.get(page("cash-desk-sum"), {f"quantity-{water.pk}": "3", "given": "10", "method": "cash"})
    assert all(each in text(summed) for each in ("7.20 EUR", "Hand back</th><td>2.80 EUR"))
    short = desk.get(page("cash-desk-sum"), {f"quantity-{water.pk}": "3", "given": "5", "method": "cash"})
    assert "Missing</th><td>2.20 EUR" in text(short)
    form = filled(desk, address, name="Ada", method="cash", given="10") | {f"quantity-{water.pk}": "3"}

    refused = desk.post(address, form | {"name": ""})
    assert (refused.status_code, 'value="3"' in text(refused)) == (400, True)
    answers = [desk.post(address, form, follow=True) for _press in range(2)]

    paper = PaymentReceipt.objects.get()
    assert "Hand back 2.80 EUR." in told(answers[0])[0]
    assert answers[1].redirect_chain == [(page("billing_paymentreceipt_change", paper.pk), 302)]

    address = page("billing_tillclosing_add")
    form = filled(desk, address, counted="7")
    assert (desk.post(address, form).status_code, TillClosing.objects.count()) == (400, 0)
    closed = desk.post(address, form | {"note": "A coin"}, follow=True)
    assert "-0.20 EUR" in told(closed)[0]
    assert "What it took up" in text(closed)
    assert desk.post(address, form | {"note": "A coin"}).status_code == 409


def test_a_plan_is_sold_paid_renewed_and_shown_with_its_documents(desk):
    settle_seller()
    member, plan = MemberFactory(), PlanFactory(name="Pack of ten", price=Decimal(500))
    address = page("training_subscription_add")
    form = filled(
        desk,
        address,
        member=str(member.pk),
        plan=plan.pk,
        starts_on=studio_day().isoformat(),
        paid="200",
        signup_fee="",
    )
    assert form["document"] == "issued"

    done = desk.post(address, form, follow=True)

    invoice, lot = Invoice.objects.get(), Subscription.objects.get()
    assert told(done)[0].endswith(f"200.00 EUR are paid of {invoice}.")
    assert (lot.paid_amount, invoice.remaining_balance) == (200, 300)
    assert all(each in text(done) for each in (str(invoice), "partly paid"))
    address = page("training_subscription_renew", lot.pk)
    desk.post(address, filled(desk, address, document="draft"))
    assert [each.status for each in Invoice.objects.order_by("pk")] == ["partially_paid", "draft"]
    refused = desk.post(address, filled(desk, address, document="draft", paid="5"))
    assert refused.status_code == 409
    asked = text(desk.get(page("training_subscription_cancel", lot.pk)))
    assert f"{invoice} charges for it: 200.00 EUR are paid, 300.00 EUR are still to be paid." in asked


def test_a_part_that_is_paid_in_part_says_what_is_left_of_it(desk):
    settle_seller()
    form = filled(desk, page("training_subscription_add"), member=str(MemberFactory().pk), starts_on=studio_day())
    parts = {"plan": PlanFactory(price=Decimal(100), instalments=3).pk, "paid": "30,00", "signup_fee": ""}
    shown = text(desk.post(page("training_subscription_add"), form | parts, follow=True))
    assert [each in shown for each in (": 33.34 EUR", "3.34 EUR open", "33.33 EUR open")] == [True, True, False]
