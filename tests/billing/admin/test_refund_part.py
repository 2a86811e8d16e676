"""A part of what was paid online goes back with its credit note, in one act."""

from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Invoice, Payment
from billing.services import credit_notes, payments
from billing.services.credit_notes import Part
from tests.billing.stripe_journeys import paid_online, set_up, wrong_in_the_books
from tests.billing_factories import issued, line
from tests.jobs import run_jobs
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(settings, stripe_double, studio):
    set_up(settings, stripe_double, studio)
    return stripe_double


@pytest.fixture
def owner(web):
    return signed_in(web, account("owner"))


def page(invoice):
    return reverse("admin:billing_invoice_refund-part", "studio.urls", args=[invoice.pk])


def typed(browser, address, **given):
    form = browser.get(address).context["form"]
    said = {name: form[name].value() for name in form.fields} | given
    return {name: value for name, value in said.items() if value is not None}


def sent(browser, address, form):
    """Return the look at the credit note, and what its button answers."""
    look = browser.post(address, form)
    return look, browser.post(address, form | {"seen": look.context["look"].mark})


def test_an_amount_goes_back_with_its_credit_note_and_only_once(double, owner):
    invoice = issued(lines=[line(unit_price=Decimal(70)), line(unit_price=Decimal(30))])
    payment = paid_online(double, invoice).payment
    address = page(invoice)
    assert address in owner.get(f"/admin/billing/invoice/{invoice.pk}/change/").text

    form = typed(owner, address, extent="amount", amount="40", reason="One take less")
    look, done = sent(owner, address, form)
    again = owner.post(address, form | {"seen": look.context["look"].mark})
    run_jobs()

    assert ("and pay back 40.00 EUR" in look.text, done.status_code, again.status_code) == (True, 302, 200)
    note, back = Invoice.objects.get(kind="credit_note"), Payment.objects.get(direction="out")
    assert [str(each.amount) for each in note.items.order_by("position")] == ["23.33", "10.00"]
    assert (note.payable, back.amount, back.state) == (40, 40, "settled")
    assert [each["amount"] for each in double.objects("refund")] == [4000]
    assert (Invoice.objects.get(pk=invoice.pk).remaining_balance, payments.left_of(payment)) == (0, 0)
    assert wrong_in_the_books() == []


def test_parts_of_lines_go_back_and_never_more_than_was_paid_online(double, owner):
    invoice = issued(lines=[line(unit_price=Decimal(70)), line(unit_price=Decimal(30))], deposit_amount=Decimal(50))
    paid_online(double, invoice)  # the deposit; 70 are still to pay
    first, second = invoice.items.order_by("position")
    address = page(invoice)

    form = typed(owner, address, extent="lines", reason="Not held")
    too_much = form | {"extent": "part", f"line-{first.pk}": "70"}
    refused = owner.post(address, too_much)
    pressed = owner.post(
        address, too_much | {"seen": credit_notes.preview(invoice=invoice, parts=[Part(first, 70)]).mark}
    )
    assert [(each.status_code, "pay back 84.00 EUR" in each.text) for each in (refused, pressed)] == [(409, False)] * 2
    assert not Invoice.objects.filter(kind="credit_note").exists()
    _look, done = sent(owner, address, form | {"extent": "part", f"line-{second.pk}": "30"})

    assert (done.status_code, "Of this payment 50.00 EUR is put" in refused.text) == (302, True)
    assert (Payment.objects.get(direction="out").amount, Invoice.objects.get(pk=invoice.pk).remaining_balance) == (
        36,
        70,
    )
    assert wrong_in_the_books() == []


WRONG = [
    ({"amount": "0"}, "Say how much goes back."),
    ({"amount": ""}, "Say how much goes back."),
    ({"amount": "-5"}, "Say how much goes back."),
    ({"amount": "NaN"}, "Enter a number"),
    ({"amount": "120.01"}, "120.00 EUR of"),
    ({"amount": "0.03"}, "but to 0.02 EUR or 0.04 EUR"),
    ({"reason": ""}, "This field is required"),
    ({"payment": "999999"}, "Select a valid choice"),
    ({"extent": "part"}, "Empty this box"),
    ({"extent": "x"}, "Select a valid choice"),
]


def test_what_cannot_be_is_said_and_what_was_typed_stays(double, owner):
    invoice = issued()
    paid_online(double, invoice)
    form = typed(owner, page(invoice), extent="amount", amount="40", reason="Typed before")

    for wrong, says in WRONG:
        answer = owner.post(page(invoice), form | wrong)
        assert (answer.status_code, says in " ".join(answer.text.split()), wrong) == (400, True, wrong)
        assert "reason" in wrong or "Typed before" in answer.text

    assert Invoice.objects.count() == 1


def test_who_may_not_pay_back_and_what_was_not_paid_online_has_no_such_page(double, owner, web):
    invoice = issued()
    assert page(invoice) not in owner.get(f"/admin/billing/invoice/{invoice.pk}/change/").text
    paid_online(double, invoice)
    assert signed_in(web, account("front_desk")).get(page(invoice)).status_code == 403
