"""Receipts by mail: with a payment or by themselves, once, both or neither."""

from datetime import date
from decimal import Decimal

import pytest

from billing.models import DocumentMail, Payment, PaymentReceipt
from billing.services import receipt_mails
from billing.services.document_mails import NoRecipient
from billing.services.payments import Receipt
from studio.mail.models import EmailMessage
from tests.billing_factories import PaymentFactory, issued
from tests.factories import NOW, ClientFactory
from tests.jobs import run_jobs
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

ACT = {"actor": None, "now": NOW}
MONEY = Receipt(amount=Decimal(120), currency="EUR", received_on=date(2026, 6, 1))


def test_it_is_given_and_goes_out_once_with_its_file(studio):
    payment = PaymentFactory(client=ClientFactory(name="Mina", email="mina@client.example"))
    first, second = (receipt_mails.mail_receipt(payment=payment, **ACT) for _time in range(2))
    assert (first, DocumentMail.objects.count(), PaymentReceipt.objects.count()) == (second, 1, 1)
    run_jobs()
    mail = EmailMessage.objects.get(kind="document")
    assert (mail.recipient, [file.name for file in mail.attachments.all()]) == (
        "mina@client.example",
        [f"{first.receipt}.pdf"],
    )
    assert "Thank you: we have received \u20ac120.00." in mail.text
    assert "Thank you: we have received \u20ac120.00." in mail.html


def test_without_an_address_the_receipt_waits_and_what_staff_asked_for_is_refused_whole(studio):
    nobody = issued()
    assert receipt_mails.mail_receipt(payment=PaymentFactory(client=nobody.client), **ACT) is None
    assert PaymentReceipt.objects.count() == 1
    with pytest.raises(NoRecipient, match="no e-mail address"):
        receipt_mails.receive_and_mail_receipt(client=nobody.client, receipt=MONEY, against=[nobody], **ACT)
    assert (Payment.objects.count(), PaymentReceipt.objects.count()) == (1, 1)


def test_staff_choose_it_with_the_payment_or_later(web, studio):
    desk = signed_in(web, account("front_desk"))
    client = ClientFactory(email="mina@client.example")
    page = f"/admin/billing/payment/add/?client={client.pk}"
    form = desk.get(page).context["form"]
    said = {name: form[name].value() for name in form.fields if name != "mails_receipt"}
    typed = {name: value for name, value in said.items() if value is not None}
    typed |= {"client": client.pk, "amount": "80", "method": "card"}
    assert desk.post(page, typed | {"mails_receipt": "on"}).status_code == 302
    assert [(each.receipt.payment.amount, each.recipient) for each in DocumentMail.objects.all()] == [
        (80, "mina@client.example")
    ]
    later = PaymentFactory(client=client)
    assert desk.post(f"/admin/billing/payment/{later.pk}/receipt/", {"mails_receipt": "on"}).status_code == 302
    assert DocumentMail.objects.filter(receipt__payment=later).count() == 1
