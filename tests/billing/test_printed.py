"""The file of an issued document: made by a job, kept as it is, downloaded and sent."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from billing.models import BillingDetails, DocumentMail, Invoice, PrintProblem
from billing.selectors.papers import paper_of
from billing.services import credit_notes, document_mails, issuing, printed, stored_papers
from sessions_app.models import Client
from studio.mail.models import EmailMessage
from studio.office.models import StoredFile, StudioProfile
from studio.office.services import files, leftovers
from studio.tenancy.context import as_owner
from tests.billing.documents.test_pages import missing, pages_of
from tests.billing_factories import DraftFactory, issued, line, settle_seller
from tests.document_samples import logo
from tests.factories import NOW, ClientFactory
from tests.jobs import run_jobs, waiting_jobs
from tests.sink import serving
from tests.staff import account, signed_in
from tests.trails import trail

pytestmark = pytest.mark.django_db

PRINT = printed.PRINT


@pytest.fixture
def client(studio):
    return ClientFactory(name="Maison Violette", email="Hello@violette.example")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def printed_now(invoice):
    run_jobs()
    return fresh(invoice)


def bytes_of(invoice):
    with files.open_file(StoredFile.objects.get(key=invoice.pdf_s3_key)) as file:
        return file.read()


def forget_jobs():
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def page_of(invoice):
    return f"/admin/billing/invoice/{invoice.pk}"


def send(invoice, recipient="", now=NOW, actor=None):
    return document_mails.send_document(document=invoice, recipient=recipient, actor=actor, now=now)


# Made -----------------------------------------------------------------------------------------------


def test_issuing_waits_for_no_file_and_a_job_makes_it_from_the_books(client):
    StudioProfile.objects.update(logo=files.store_file(data=logo(), name="logo.png", actor=None, now=NOW))
    BillingDetails.objects.create(client=client, language="fr")
    invoice = issued(client=client, lines=[line("33.35", "20", description="Mixage"), line("10", "5.5")])
    jobs = [(name, args["kind"], args["key"]) for _id, name, args in waiting_jobs()]
    note = credit_notes.credit_in_full(invoice=invoice, reason="Doublon", actor=None, now=NOW)

    assert (invoice.pdf_s3_key, jobs) == ("", [(PRINT, "invoice", invoice.pk)])

    invoice, note = printed_now(invoice), fresh(note)
    stored = StoredFile.objects.get(key=invoice.pdf_s3_key)
    text = " ".join(pages_of(bytes_of(invoice)))

    assert (stored.name, stored.content_type) == (f"{invoice.invoice_number}.pdf", "application/pdf")
    assert invoice.pdf_hash == stored.sha256 == sha256(bytes_of(invoice)).hexdigest()
    assert [str(sum_) for sum_ in (invoice.subtotal, invoice.tax_amount, invoice.total)] == ["43.35", "7.22", "50.57"]
    assert (
        missing(text, ["Facture", "Mixage", "Total HT 43,35", "TVA 7,22", "Net \u00e0 payer 50,57", "Maison Violette"])
        == []
    )
    assert missing(" ".join(pages_of(bytes_of(note))), ["Avoir", invoice.invoice_number, "Doublon", "50,57"]) == []


def test_a_file_is_made_once_whoever_comes_second(client):
    invoice = printed_now(issued(client=client))
    first = (invoice.pdf_s3_key, invoice.pdf_hash)
    again = printed.print_document(kind="invoice", key=invoice.pk, now=NOW)
    late = leftovers.write_ahead(data=b"%PDF-1.7 late", name="late.pdf", purpose="print", now=NOW)
    printed._keep(paper_of(invoice), late, NOW)

    invoice = fresh(invoice)
    assert (again, (invoice.pdf_s3_key, invoice.pdf_hash)) == (None, first)
    assert StoredFile.objects.get().key == invoice.pdf_s3_key
    with pytest.raises(printed.NothingToPrint):
        printed.print_again(document=invoice, actor=None, now=NOW)


def test_a_print_that_is_killed_before_it_is_written_down_leaves_nothing_behind(
    client, monkeypatch, settings, tmp_path
):
    class Killed(BaseException):
        """Nobody catches it."""

    def killed(*_given):
        raise Killed

    settings.MEDIA_ROOT = tmp_path
    invoice, files_there = issued(client=client), lambda: [path for path in tmp_path.rglob("*") if path.is_file()]
    with monkeypatch.context() as patched:
        patched.setattr(printed, "_keep", killed)
        with pytest.raises(Killed):
            printed.print_document(kind="invoice", key=invoice.pk, now=NOW)
    assert (len(files_there()), StoredFile.objects.count(), fresh(invoice).is_printed) == (1, 0, False)

    invoice = printed_now(invoice)
    swept = [leftovers.sweep_leftovers(now=NOW + timedelta(hours=hours, minutes=1)) for hours in (1, 2, 3)]

    assert swept == [0, 1, 0]
    assert [str(path.relative_to(tmp_path)) for path in files_there()] == [invoice.pdf_s3_key]


def test_more_text_than_fits_is_refused_before_a_number_is_taken(client):
    settle_seller()
    draft = DraftFactory(client=client, lines=[line(description="x" * 30_000)])
    with pytest.raises(printed.TooMuchToPrint, match="Shorten its lines"):
        issuing.issue_invoice(invoice=draft, actor=None, now=NOW)

    assert (fresh(draft).number, issued(client=client).number) == (None, 1)


def test_why_there_is_no_file_is_shown_and_what_may_pass_is_tried_again(client, web):
    invoice = issued(client=client)
    with override_settings(STORAGE_QUOTA_MB=0):
        run_jobs()
    office = signed_in(web, account("owner"))
    page = office.get(f"{page_of(invoice)}/change/")

    assert fresh(invoice).pdf_problem == PrintProblem.NO_ROOM
    assert b"The studio&#x27;s storage is full." in page.content
    assert office.get(f"{page_of(invoice)}/pdf/").status_code == 404
    assert printed.resume_documents(now=NOW + timedelta(minutes=5)) == 0
    assert printed.resume_documents(now=NOW + timedelta(minutes=11)) == 1
    assert printed_now(invoice).is_printed

    hopeless = issued(client=client)
    Invoice.objects.filter(pk=hopeless.pk).update(pdf_problem=PrintProblem.TOO_SLOW)
    forget_jobs()
    assert printed.resume_documents(now=NOW + timedelta(days=1)) == 0
    answer = office.post(f"{page_of(hopeless)}/print/", {}, follow=True)
    assert (b"being made" in answer.content, printed_now(hopeless).pdf_problem) == (True, "")
    assert [verb for verb, *_who in trail(hopeless)][-1] == "print"


# Downloaded -----------------------------------------------------------------------------------------


def test_a_download_is_the_same_bytes_each_time_for_those_who_may_see_it(client, web):
    invoice = printed_now(issued(client=client))
    address = f"{page_of(invoice)}/pdf/"
    assert web.get(address).status_code == 404

    office = signed_in(web, account("owner"))
    answers = [office.get(address) for _ in range(2)]
    StudioProfile.objects.update(name="Another name", legal_name="Another Ltd")
    Client.objects.filter(pk=client.pk).update(name="Renamed")
    answers.append(office.get(address))

    contents = [b"".join(answer.streaming_content) for answer in answers]
    assert {sha256(content).hexdigest() for content in contents} == {invoice.pdf_hash}
    assert answers[0]["Content-Disposition"] == f'attachment; filename="{invoice.invoice_number}.pdf"'
    assert answers[0]["X-Content-Type-Options"] == "nosniff"

    assert signed_in(web, account("trainer")).get(address).status_code == 404


# Sent -----------------------------------------------------------------------------------------------


def test_a_document_is_sent_once_its_file_is_there_and_has_left_when_the_server_took_it(client, web):
    owner = account("owner")
    office = signed_in(web, owner)
    invoice = issued(client=client)
    asked = office.get(f"{page_of(invoice)}/send/").context["form"].initial
    told = office.post(f"{page_of(invoice)}/send/", asked, follow=True)

    assert asked == {"recipient": "hello@violette.example"}
    assert (b"waits for its file" in told.content, b'hx-trigger="every 3s"' in told.content) == (True, True)
    assert fresh(invoice).sent_at is None

    invoice = printed_now(invoice)
    [letter] = mail.outbox
    [attachment] = letter.attachments
    sent = EmailMessage.objects.get()

    assert (letter.to, letter.subject) == (
        ["hello@violette.example"],
        f"Invoice {invoice.invoice_number} - {StudioProfile.objects.get().name}",
    )
    assert "Please pay \u20ac120.00 by" in letter.body
    assert (attachment.get_content(), attachment.get_filename()) == (bytes_of(invoice), f"{invoice.invoice_number}.pdf")
    assert invoice.sent_at == sent.sent_at is not None
    assert {verb for verb, *_who in trail(invoice)} >= {"send_out", "hand_over"}
    page = office.get(f"{page_of(invoice)}/printed/")
    assert (b">sent, " in page.content, b"hx-trigger" in page.content) == (True, False)
    assert b"Owner &lt;owner@studio.example&gt;" in page.content


def test_sending_again_is_another_mail_and_a_double_click_is_none(client):
    invoice = printed_now(issued(client=client))
    BillingDetails.objects.create(client=client, email="books@violette.example", language="fr")
    send(invoice)
    for now in (NOW, NOW + timedelta(seconds=59)):
        with pytest.raises(document_mails.JustSent):
            send(invoice, now=now)
    run_jobs()
    first = fresh(invoice).sent_at
    send(invoice, now=NOW + timedelta(minutes=2))
    send(invoice, "Else@violette.example", now=NOW)
    run_jobs()

    assert [letter.to[0] for letter in mail.outbox] == [
        *("books@violette.example", "books@violette.example", "else@violette.example")
    ]
    assert (fresh(invoice).sent_at, DocumentMail.objects.waiting().count()) == (first, 0)


def test_what_the_mail_server_refuses_is_shown_and_not_called_sent(client, web, settings):
    invoice = printed_now(issued(client=client))
    send(invoice)
    with serving(settings) as sink:
        sink.rcpt_answer = "550 no such mailbox"
        run_jobs()
    page = signed_in(web, account("owner")).get(f"{page_of(invoice)}/change/")

    assert fresh(invoice).sent_at is None
    assert (b"not sent" in page.content, b"no such mailbox" in page.content) == (True, True)


@pytest.mark.parametrize(
    ("recipient", "refusal"),
    [
        ("", "no e-mail address"),
        ("not-an-address", "is no e-mail address"),
        ("a@b.example\r\nBcc: x@y.example", "is no"),
    ],
)
def test_a_document_goes_to_an_address(studio, recipient, refusal):
    invoice = issued(client=ClientFactory(email=""))
    with pytest.raises(document_mails.NoRecipient, match=refusal):
        send(invoice, recipient)
    with pytest.raises(document_mails.NotSendable):
        send(DraftFactory(client=invoice.client), "a@b.example")


def test_bytes_that_were_changed_do_not_leave(client):
    invoice = printed_now(issued(client=client))
    default_storage.delete(invoice.pdf_s3_key)
    default_storage.save(invoice.pdf_s3_key, ContentFile(b"%PDF-1.7 forged"))
    sending = send(invoice)

    with pytest.raises(stored_papers.FileChanged):
        document_mails.mail_document(mail_id=sending.pk, now=timezone.now())
    assert mail.outbox == []


def test_mails_that_were_lost_on_the_way_are_written_later(client):
    invoice = printed_now(issued(client=client))
    send(invoice)
    forget_jobs()

    assert printed.resume_documents(now=NOW + timedelta(minutes=11)) == 1
    run_jobs()
    assert len(mail.outbox) == 1
