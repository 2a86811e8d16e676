"""Files of quotes and receipts, and of documents whose stored file is gone or is not what was made."""

import time
from datetime import timedelta
from hashlib import sha256

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from billing.models import BillingDetails, DocumentMail, Invoice, NumberSeries, PaymentReceipt, Quote, Reprint
from billing.selectors import books, quote_links
from billing.selectors.papers import paper_of
from billing.services import (
    book_checks,
    document_mails,
    drafts,
    printed,
    quote_sending,
    quotes,
    receipts,
    stored_papers,
)
from studio.accounts.models import Notification
from studio.office.models import StoredFile
from studio.office.services import files
from tests.billing.documents.test_pages import missing, pages_of
from tests.billing.test_invoice_tables import refused
from tests.billing_factories import QuoteFactory, held, issued, line, paid, quote_line, sent, settle_seller
from tests.factories import NOW, ClientFactory
from tests.jobs import run_jobs
from tests.staff import account, signed_in
from tests.trails import trail

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(studio):
    return ClientFactory(name="Maison Violette", email="hello@violette.example")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def receipt_of(invoice):
    return receipts.issue_receipt(payment=paid(invoice, method="cash"), actor=None, now=NOW)


def stored_bytes(row):
    return stored_papers.bytes_at(row.pdf_s3_key)


def said(document):
    return " ".join(pages_of(document))


def content(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def quote_mails():
    return [letter for letter in mail.outbox if "DEV-2026" in letter.subject]


def pdf_page(document, door="pdf"):
    name = document._meta.model_name
    return reverse(f"admin:billing_{name}_{door}", "studio.urls", [document.pk])


# Quotes ----------------------------------------------------------------------------------------------


def test_a_quote_goes_out_as_a_file_that_is_the_same_wherever_it_is_fetched(client, web):
    BillingDetails.objects.create(client=client, language="fr")
    slot = held(client, days=2)
    version = sent(client=client, language="fr", lines=[quote_line(description="Prise", session=slot)])
    public = reverse("billing:quote-pdf", "studio.urls", [quote_links.token_of(version)])
    assert (version.pdf_s3_key, web.get(public).status_code, quote_mails()) == ("", 404, [])

    run_jobs()
    version = fresh(version)
    data = stored_bytes(version)
    [letter] = quote_mails()
    [attachment] = letter.attachments
    wanted = ["Devis DEV-2026-0001", "Prise", "12:00\u201316:00", slot.room.name, "Total TTC 120,00", "Maison Violette"]

    assert missing(said(data), wanted) == []
    assert version.pdf_hash == sha256(data).hexdigest()
    assert (attachment.get_filename(), attachment.get_content()) == ("DEV-2026-0001.pdf", data)
    assert "/quotes/" in letter.body
    office = signed_in(web, account("owner"))
    assert [content(office.get(each)) for each in (public, pdf_page(version))] == [data] * 2
    assert b"Save it as a PDF" in office.get(public.removesuffix("pdf/")).content
    shown = office.get(reverse("admin:billing_quote_change", "studio.urls", [version.quote_id])).content
    assert (pdf_page(version).encode() in shown, b"hello@violette.example" in shown) == (True, True)
    assert signed_in(web, account("engineer")).get(pdf_page(version)).status_code == 404

    draft = quote_sending.take_back(quote=version.quote, actor=None, now=NOW)
    second = sent(draft, now=NOW + timedelta(minutes=1))
    run_jobs()
    assert mail.outbox[-1].attachments[0].get_filename() == "DEV-2026-0001-2.pdf"
    assert "Version 2" in said(stored_bytes(fresh(second)))
    assert list(books.findings()) == []


def test_a_quote_without_a_file_goes_out_with_its_link_alone_and_the_file_follows(client, web):
    version = sent(client=client)
    with override_settings(STORAGE_QUOTA_MB=0):
        run_jobs()
    office = signed_in(web, account("owner"))

    assert ([len(letter.attachments) for letter in mail.outbox], fresh(version).pdf_problem) == ([0], "no_room")
    assert b"storage is full" in office.get(pdf_page(version, "change")).content
    office.post(pdf_page(version, "print"), {})
    run_jobs()
    assert (fresh(version).is_printed, len(mail.outbox)) == (True, 1)
    office.post(pdf_page(version, "send"), {"recipient": "else@violette.example"})
    run_jobs()
    assert [len(letter.attachments) for letter in mail.outbox] == [0, 1]


def test_a_quote_of_more_than_a_document_holds_is_refused_before_it_has_a_number(client):
    settle_seller()
    quote = QuoteFactory(client=client, lines=[quote_line(description="x" * 30_000)])
    with pytest.raises(printed.TooMuchToPrint, match="Shorten its lines"):
        quote_sending.send_quote(quote=quote, actor=None, now=NOW)
    assert not NumberSeries.objects.filter(kind="quote", next_number__gt=1).exists()


@pytest.mark.parametrize(
    ("write", "refusal"),
    [
        (lambda client: drafts.create_draft(client=client, lines=[line()] * 3_001, actor=None, now=NOW), drafts),
        (lambda client: QuoteFactory(client=client, lines=[quote_line()] * 10_000), quotes),
    ],
    ids=["an invoice", "a quote"],
)
def test_more_lines_than_a_document_may_have_are_refused_in_a_sentence(client, write, refusal):
    begun = time.monotonic()
    with pytest.raises(refusal.TooManyLines, match="at most 3000 lines"):
        write(client)
    assert (time.monotonic() - begun < 15, Invoice.objects.exists(), Quote.objects.exists()) == (True, False, False)


# Receipts --------------------------------------------------------------------------------------------


def test_a_receipt_is_a_file_from_the_payment_s_page_and_by_mail(client, web):
    BillingDetails.objects.create(client=client, language="fr")
    invoice = issued(client=client)
    receipt = receipt_of(invoice)
    BillingDetails.objects.update(language="en")
    run_jobs()
    receipt = PaymentReceipt.objects.select_related("paper").get()
    data = stored_bytes(receipt.paper)

    wanted = ["Re\u00e7u REC-2026-0001", "Montant re\u00e7u 120,00", "esp\u00e8ces", invoice.invoice_number]
    assert missing(said(data), wanted) == []
    office = signed_in(web, account("front_desk"))
    page = office.get(reverse("admin:billing_payment_change", "studio.urls", [receipt.payment_id])).content
    assert (pdf_page(receipt).encode() in page, content(office.get(pdf_page(receipt)))) == (True, data)
    told = office.post(pdf_page(receipt, "send"), {"recipient": "hello@violette.example"}, follow=True)
    run_jobs()
    [letter] = mail.outbox
    assert (
        b"goes to hello@violette.example" in told.content,
        letter.subject.startswith("Re\u00e7u REC-2026-0001"),
    ) == (
        True,
        True,
    )
    assert letter.attachments[0].get_content() == data
    assert DocumentMail.objects.get().document == receipt
    # Of a receipt that was given before it said its language, and of one whose job was lost.
    assert printed.resume_documents(now=NOW + timedelta(minutes=11)) == 0


# Lost and changed ------------------------------------------------------------------------------------


def forged(row):
    default_storage.delete(row.pdf_s3_key)
    default_storage.save(row.pdf_s3_key, ContentFile(b"%PDF-1.7 forged"))


def lost(row):
    default_storage.delete(row.pdf_s3_key)


@pytest.mark.parametrize(
    ("harm", "status", "problem", "sentence"),
    [(lost, 410, "lost", b"can be made again"), (forged, 409, "changed", b"is not handed out")],
)
def test_a_file_that_is_not_what_was_made_is_refused_told_and_made_again(client, web, harm, status, problem, sentence):
    version, receipt = sent(client=client), receipt_of(issued(client=client))
    run_jobs()
    invoice = receipt.payment.allocations.get().invoice
    owner = account("owner")
    office = signed_in(web, owner)
    for number, document in enumerate((invoice, fresh(version), PaymentReceipt.objects.get()), 1):
        row, made = paper_of(document).row, content(office.get(pdf_page(document)))
        first = (row.pdf_s3_key, row.pdf_hash)
        harm(row)
        answers = [office.get(pdf_page(document)) for _ in range(2)]

        assert [(each.status_code, sentence in each.content) for each in answers] == [(status, True)] * 2
        assert (fresh(row).pdf_problem, Notification.objects.filter(user=owner).count()) == (problem, number)
        assert [each.rule for each in book_checks.verify_files()] == ["N3"]

        office.post(pdf_page(document, "print"), {})
        run_jobs()
        row, again = fresh(row), Reprint.objects.latest("pk")
        assert ((row.pdf_s3_key, row.pdf_hash), row.is_printed) == (first, True)
        assert (again.document, again.pdf_hash, content(office.get(pdf_page(document)))) == (document, first[1], made)
        assert b"the same to the byte" in office.get(pdf_page(document, "change")).content
        assert {verb for verb, *_who in trail(paper_of(document).subject)} >= {"find", "print", "reprint"}
        assert (book_checks.verify_files(), list(books.findings())) == ([], [])


def test_a_file_that_is_back_is_handed_out_again_as_it_was(client):
    invoice = issued(client=client)
    run_jobs()
    invoice = fresh(invoice)
    data = stored_bytes(invoice)
    lost(invoice)
    with pytest.raises(stored_papers.FileLost):
        stored_papers.read(paper=paper_of(invoice), now=NOW)
    document_mails.send_document(document=invoice, recipient="", actor=None, now=NOW)
    run_jobs()
    assert mail.outbox == []
    default_storage.save(invoice.pdf_s3_key, ContentFile(data))
    printed.print_again(document=fresh(invoice), actor=None, now=NOW)
    run_jobs()

    assert (fresh(invoice).is_printed, Reprint.objects.count(), len(mail.outbox)) == (True, 0, 1)


def test_the_command_reads_the_stored_bytes_when_it_is_asked_to(client, capsys):
    invoice = issued(client=client)
    run_jobs()
    forged(fresh(invoice))
    call_command("verify_books", schema=[connection.schema_name])
    with pytest.raises(CommandError):
        call_command("verify_books", "--files", schema=[connection.schema_name])
    assert f"N3  {invoice.invoice_number}: its stored PDF is not the one that was made." in capsys.readouterr().out


def test_what_was_made_stays_named_by_raw_sql_too(client):
    receipt = receipt_of(issued(client=client))
    run_jobs()
    paper = receipt.paper
    Reprint.objects.create(receipt=receipt, pdf_s3_key="k", pdf_hash="a" * 64, made_at=NOW)
    for statement, guard in {
        "UPDATE receipt_papers SET pdf_s3_key = 'x' WHERE id = %s": "receipt_papers_kept",
        "DELETE FROM receipt_papers WHERE id = %s": "receipt_papers_kept",
        "UPDATE reprints SET pdf_hash = repeat('b', 64) WHERE %s > 0": "reprints_append_only",
        "DELETE FROM reprints WHERE %s > 0": "reprints_append_only",
        "INSERT INTO reprints (pdf_s3_key, pdf_hash, made_at, receipt_id, invoice_id) SELECT 'y', repeat('b', 64), "
        "now(), receipt_id, (SELECT id FROM invoices) FROM receipt_papers WHERE id = %s": "reprints_of_one_document",
    }.items():
        assert refused(statement, [paper.pk]) == guard
    assert [each.says for each in books.findings()] == [
        f"{receipt}: its PDF is none of the stored files, or one with another fingerprint."
    ]


# Who sees which files --------------------------------------------------------------------------------


def test_among_the_files_are_none_of_what_somebody_may_not_see(client, web):
    receipt_of(issued(client=client, lines=[line()]))
    sent(client=client)
    run_jobs()
    rights = {
        "billing.view_invoice",
        "billing.view_quoteversion",
        "billing.view_paymentreceipt",
        "billing.view_contract",
        "billing.view_expense",
    }
    for number, right in enumerate(sorted(rights - set(StoredFile.objects.values_list("right", flat=True)))):
        StoredFile.objects.filter(pk=_copy(number).pk).update(right=right)
    _copy("open")
    assert set(StoredFile.objects.values_list("right", flat=True)) == {"", *rights}
    sees = {
        "owner": rights,
        "engineer": set(),
        "front_desk": rights - {"billing.view_expense"},
        "read_only": rights,
    }
    for role, expected in sees.items():
        browser = signed_in(web, account(role))
        page = browser.get("/admin/office/storedfile/")
        shown = {each.right for each in page.context["cl"].result_list}
        assert (role, shown) == (role, {"", *expected})
        for stored in StoredFile.objects.all():
            answer = browser.get(f"/admin/office/storedfile/{stored.pk}/download/")
            content(answer)
            assert (answer.status_code == 200) == (stored.right in {"", *expected}), (role, stored.right)


def _copy(name):
    return files.store_file(data=b"%PDF-1.7 x", name=f"{name}.pdf", actor=None, now=NOW)
