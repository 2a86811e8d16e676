"""The pages of drafts and issued documents."""

import html
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.utils import timezone

from billing.admin import credit_page
from billing.models import Invoice, InvoiceItem, ServiceUnit
from billing.selectors.waiting_work import waiting_clients
from billing.services import credit_notes, receipts
from sessions_app.models import StudioSession, TimeEntry
from studio.office.models import StudioProfile
from studio.tenancy.context import as_owner
from tests.billing_factories import (
    DraftFactory,
    PackageFactory,
    ServiceFactory,
    issued,
    line,
    paid,
    rate,
    sent,
    settle_seller,
)
from tests.factories import NOW, ClientFactory, ProjectFactory, SessionFactory, TimeEntryFactory
from tests.staff import account, signed_in

INVOICES = "/admin/billing/invoice/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(web, studio):
    return signed_in(web, account("owner"))


def at(document, page="change"):
    return f"{INVOICES}{document.pk}/{page}/"


def text(answer):
    """Return what stands on a page, without its tags and with single blanks."""
    body = re.sub(r"(?s)^.*?<main|<(script|style).*?</\1>|<select.*?</select>", "", answer.content.decode(), count=0)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def typed(**given):
    usual = {"description": "Mixing", "quantity": "1.5", "unit": "HUR", "unit_price": "80"}
    return usual | {"vat_rate": rate().pk, "discount": "", "service": ""} | given


def test_lines_are_written_changed_and_taken_off(office):
    draft = DraftFactory(lines=[])
    added = office.post(at(draft), typed(), follow=True)
    assert told(added) == ["The line is added: 144.00 EUR in all."]
    item = InvoiceItem.objects.get(invoice=draft)
    changed = office.post(
        at(draft), typed(item=item.pk, quantity="1,5", unit_price="100,00", discount="10"), follow=True
    )
    assert told(changed) == ["The line is changed: 168.00 EUR in all."]
    assert "Line 1" in text(office.get(at(draft), {"line": item.pk}))
    gone = office.post(at(draft), {"act": "remove", "item": item.pk}, follow=True)
    assert (told(gone), InvoiceItem.objects.count()) == (["The line is gone: 0.00 EUR in all."], 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": ""},
        {"unit_price": "-1"},
        {"quantity": "0"},
        {"quantity": "9" * 30},
        {"vat_rate": "x"},
        {"discount": "500"},
        {"unit": "<b>"},
        {"quantity": "1,500"},
    ],
)
def test_a_line_that_is_refused_keeps_what_was_typed(office, wrong):
    draft = DraftFactory()
    answer = office.post(at(draft), typed(unit_price="77.70") | wrong)
    assert (answer.status_code, draft.items.count()) == (400, 1)
    assert ("unit_price" in wrong or "77.70" in answer.content.decode()) is True


def test_the_sums_follow_what_is_typed_and_nothing_is_written(office):
    draft = DraftFactory()
    shown = text(office.get(at(draft, "sum"), typed(vat_rate=rate("5.5").pk)))
    assert "VAT 20 % of 100.00 20.00 EUR" in shown
    assert "VAT 5.5 % of 120.00 6.60 EUR" in shown
    assert "Payable 246.60 EUR" in shown
    assert "Payable 120.00 EUR" in text(office.get(at(draft, "sum"), typed(quantity="x")))
    assert draft.items.count() == 1


def test_the_catalogue_fills_the_boxes_with_vat_where_prices_have_it(office):
    service = ServiceFactory(name="Tape", unit_price=Decimal("12.50"))
    net = office.get(at(DraftFactory(), "fill"), {"service": service.pk}).content.decode()
    gross = office.get(at(DraftFactory(price_mode="gross"), "fill"), {"service": service.pk}).content.decode()
    assert ('value="12.50"' in net, 'value="15.00"' in gross, "Tape" in net) == (True, True, True)


def test_a_draft_is_begun_from_a_client_a_project_and_a_session(office):
    project = ProjectFactory()
    session = SessionFactory(client=project.client, project=project)
    StudioSession.objects.filter(pk=session.pk).update(total=200)
    form = office.get(f"{INVOICES}add/", {"project": project.pk}).content.decode()
    assert f'<option value="{project.client_id}" selected' in form
    given = {"client": project.client_id, "project": project.pk, "kind": "invoice", "then": "work", "session": ""}
    begun = office.post(f"{INVOICES}add/", given)
    first = Invoice.objects.get()
    assert begun.headers["Location"] == at(first, "work")
    office.post(f"{INVOICES}add/", {"session": session.pk, "purchase_order": "PO 7"})
    second = Invoice.objects.latest("pk")
    assert (second.payable, second.project, second.purchase_order) == (240, project, "PO 7")


def test_sessions_and_hours_are_chosen_by_month(office):
    entry = TimeEntryFactory()
    client = entry.project.client
    session = SessionFactory(client=client, title="Choir", starts_at=datetime(2026, 7, 2, 10, 0, tzinfo=UTC))
    StudioSession.objects.filter(pk=session.pk).update(total=200, status="completed")
    draft = DraftFactory(client=client, lines=[])
    assert "Choir" not in text(office.get(at(draft, "work"), {"month": "2026-06"}))
    assert "Choir" in text(office.get(at(draft, "work"), {"month": "all"}))
    none = office.post(at(draft, "work"), {})
    assert (none.status_code, "Tick what is charged." in text(none)) == (400, True)
    assert office.post(at(draft, "work"), {"sessions": ["1,x"]}).status_code == 400
    office.post(at(draft, "work"), {"sessions": [session.pk], "hours": [f"{entry.pk}"]})
    assert draft.items.count() == 2
    again = office.post(at(draft, "work"), {"sessions": [session.pk]})
    assert (again.status_code, draft.items.count()) == (409, 2)


def test_what_is_still_to_come_is_neither_counted_nor_ticked(office):
    entry = TimeEntryFactory()
    client, soon = entry.project.client, datetime(2099, 7, 2, 10, 0, tzinfo=UTC)
    planned = TimeEntryFactory(target=entry.project, task_type=entry.task_type)
    TimeEntry.objects.filter(pk=planned.pk).update(started_at=soon, ended_at=soon + timedelta(hours=1))
    for starts_at in (datetime(2026, 7, 2, 10, 0, tzinfo=UTC), soon):
        SessionFactory(client=client, starts_at=starts_at)
    StudioSession.objects.update(total=200)
    assert [(row.sessions, row.entries) for row in waiting_clients(timezone.now())] == [(1, 1)]
    page = text(office.get(f"/admin/sessions_app/client/{client.pk}/change/"))
    assert "1 session to invoice, 1 entry of hours" in page
    work = office.get(at(DraftFactory(client=client, lines=[]), "work"), {"month": "all"}).content.decode()
    boxes = re.findall(r'name="hours" value="(\d+)"( checked)?', work)
    assert boxes == [(str(entry.pk), " checked"), (str(planned.pk), "")]


def looked_at(answer):
    """Return what a page remembers of what it shows."""
    return {"seen": re.search(r'name="seen" value="([0-9a-f]{16})"', answer.content.decode())[1]}


def test_a_draft_is_issued_only_as_it_was_seen(office):
    settle_seller()
    draft = DraftFactory()
    page = office.get(at(draft, "issue"))
    assert "FAC-2" in text(page)
    assert "Payable 120.00 EUR" in text(page)
    draft.items.update(description="Other words, the same sum")
    words = office.post(at(draft, "issue"), looked_at(page))
    office.post(at(draft), typed())
    late = office.post(at(draft, "issue"), looked_at(words))
    for refused in (words, late):
        assert (refused.status_code, "The draft has changed since you looked." in text(refused)) == (400, True)
    done = office.post(at(draft, "issue"), looked_at(late), follow=True)
    document = Invoice.objects.get()
    assert told(done)[0].startswith(f"{document.invoice_number} is issued: 264.00 EUR, due on ")
    assert 'id="line"' not in done.content.decode()
    assert "Frozen. Fingerprint:" in text(done)
    assert told(office.post(at(document), typed(), follow=True))[-1].endswith("Write a credit note to take it back.")


def test_deposits_are_asked_and_taken_off(office):
    settle_seller()
    draft = DraftFactory()
    assert office.post(at(draft, "deposit"), {"percent": "30", "amount": "5"}).status_code == 400
    office.post(at(draft, "deposit"), {"percent": "30", "amount": ""})
    asked = Invoice.objects.latest("pk")
    office.post(at(asked, "issue"), looked_at(office.get(at(asked, "issue"))))
    asked.refresh_from_db()
    assert asked.invoice_number in text(office.get(at(draft)))
    again = text(office.get(at(draft, "deposit")))
    assert "A deposit over 36.00 EUR was asked of this client before, and no invoice takes it off yet:" in again
    warned = text(office.get(at(draft, "issue")))
    assert (
        f"the client would owe them beside it. {asked.invoice_number}: 36.00 EUR, of which 0.00 EUR are paid" in warned
    )
    assert "The studio's profile does not say: register number, VAT number, IBAN." in html.unescape(warned)
    StudioProfile.objects.update(registration_number="1", vat_number="FR00", iban="FR7630006000011234567890189")
    office.post(at(draft, "deduct"), {"deposits": [asked.pk]})
    draft.refresh_from_db()
    assert (draft.deducted_total, draft.payable) == (36, 84)
    warned = text(office.get(at(draft, "issue")))
    assert ("beside it" in warned, "does not say" in warned) == (False, False)


def test_parts_of_an_issued_document_are_credited_then_all_of_it(office):
    document = issued(lines=[line("100"), line("50", "10")])
    first, second = document.items.order_by("position")
    credit = {"reason": "Noise", "extent": "part", f"line-{first.pk}": "25", f"line-{second.pk}": ""}
    assert office.post(at(document, "credit"), credit | {"reason": ""}).status_code == 400
    assert office.post(at(document, "credit"), credit | {f"line-{first.pk}": "100.01"}).status_code == 400
    looked = office.post(at(document, "credit"), credit)
    look, seen = text(looked), looked_at(looked)
    assert "AV-2026-0001 for" in look
    assert "Credited 30.00 EUR" in look
    assert "Of FAC-2026-0001 145.00 EUR are to pay afterwards." in look
    assert "Issue AV-2026-0001 over 30.00 EUR" in look
    both = office.post(at(document, "credit"), credit | {"extent": "full", **seen})
    whole = looked_at(office.post(at(document, "credit"), {"reason": "All", "extent": "full"}))
    neither = office.post(at(document, "credit"), credit | {"extent": "", f"line-{first.pk}": ""})
    assert (both.status_code, neither.status_code, Invoice.objects.count()) == (400, 400, 1)
    other = {"reason": "Noise", "extent": "part", f"line-{first.pk}": "20", f"line-{second.pk}": "5.45"}
    office.post(at(document, "credit"), other | seen)
    assert Invoice.objects.count() == 1
    part = office.post(at(document, "credit"), credit | {"extent": "", **seen}, follow=True)
    note = Invoice.objects.get(kind="credit_note")
    assert told(part) == [f"{note.invoice_number} is issued: 30.00 EUR of FAC-2026-0001 are credited."]
    assert (note.payable, note.refers_to) == (30, document)
    pressed_twice = office.post(at(document, "credit"), credit | seen)
    assert ("Issue AV-2026-0002 over 30.00 EUR" in text(pressed_twice), Invoice.objects.count()) == (True, 2)
    with pytest.raises(credit_notes.LookedAtOther, match="was credited meanwhile"):
        credit_notes.credit_in_full(invoice=document, reason="All", actor=None, now=NOW, **whole)
    parts = [credit_notes.Part(first, Decimal(25))]
    with pytest.raises(credit_notes.LookedAtOther, match="was credited meanwhile"):
        credit_notes.credit_in_part(invoice=document, parts=parts, reason="Noise", actor=None, now=NOW, **seen)
    full = {"reason": "All", "extent": "full"}
    rest = office.post(at(document, "credit"), full | whole)
    assert Invoice.objects.count() == 2
    office.post(at(document, "credit"), full | looked_at(rest))
    document.refresh_from_db()
    assert (document.status, document.credited_total) == ("credited", 175)
    assert note.invoice_number in text(office.get(at(document)))


def test_parts_of_a_long_document_are_typed_page_by_page(office, monkeypatch):
    monkeypatch.setattr(credit_page, "MOST", 2)
    document = issued(lines=[line("100", description=f"Take {number}") for number in range(1, 6)])
    boxes = [f"line-{item.pk}" for item in document.items.order_by("position")]
    typed_so_far = {"reason": "", "extent": "part", boxes[0]: "25", boxes[1]: "x", "page": "1"}

    second = office.post(at(document, "credit"), typed_so_far | {"turn": "2"})
    assert second.status_code == 200
    assert "Lines 3 to 4 of 5; what is typed stays." in text(second)
    assert [box in second.text for box in boxes] == [True, True, True, True, False]
    credit = {"reason": "Noise", "extent": "part", boxes[0]: "25", boxes[1]: "x", boxes[3]: "10", "page": "2"}
    refused = office.post(at(document, "credit"), credit)
    assert (refused.status_code, "Line 2, Take 2: " in text(refused), Invoice.objects.count()) == (400, True, 1)
    credit[boxes[1]] = ""
    office.post(at(document, "credit"), credit | looked_at(office.post(at(document, "credit"), credit)))

    note = Invoice.objects.get(kind="credit_note")
    assert list(note.items.order_by("position").values_list("description", "amount")) == [
        ("Take 1", 25),
        ("Take 4", 10),
    ]


def test_lines_of_a_draft_change_places(office):
    draft = DraftFactory(lines=[line(description=name) for name in ("Drums", "Voice", "Mixing")])
    drums, voice, mixing = draft.items.order_by("position")

    page = office.get(at(draft)).text
    assert [page.count(f'value="{way}"') for way in ("up", "down")] == [2, 2]
    for item, act in ((mixing, "up"), (drums, "up"), (drums, "down"), (voice, "down")):
        office.post(at(draft), {"act": act, "item": item.pk})
    order = draft.items.order_by("position").values_list("position", "description")
    assert list(order) == [(1, "Mixing"), (2, "Drums"), (3, "Voice")]
    assert told(office.post(at(issued()), {"act": "up", "item": 1}, follow=True))[-1].endswith("to take it back.")


def test_a_draft_that_is_discarded_lets_its_work_go(office):
    draft = DraftFactory()
    office.post(at(draft, "discard"))
    assert Invoice.objects.count() == 0


def test_who_only_looks_sees_documents_and_writes_none(web, studio):
    reader = signed_in(web, account("read_only"))
    draft, document = DraftFactory(), issued()
    paid(document, "20")
    assert [reader.get(at(each)).status_code for each in (draft, document)] == [200, 200]
    assert 'id="line"' not in reader.get(at(draft)).content.decode()
    assert reader.post(at(draft), typed()).status_code == 403
    assert [reader.get(at(draft, page)).status_code for page in ("issue", "work", "credit", "sum")] == [403] * 4
    assert reader.get(f"{INVOICES}add/").status_code == 403


def test_the_list_says_what_its_filters_leave_come_to_and_goes_along_as_a_file(office):
    late = issued(client=ClientFactory(name="Ada"), payment_term_days=0)
    paid(late, "20")
    DraftFactory()
    shown = text(office.get(INVOICES, {"open": "overdue"}))
    assert "120.00 EUR invoiced, 1 document" in shown
    assert "100.00 EUR overdue" in shown
    assert "days overdue" in shown
    file = b"".join(office.get(f"{INVOICES}export/csv/", {"open": "unpaid"}).streaming_content).decode()
    rows = file.splitlines()
    assert (len(rows), rows[1].split(",")[0], ",Ada," in rows[1]) == (2, late.invoice_number, True)


@pytest.mark.parametrize(
    "query",
    [
        *({"open": each} for each in ("unpaid", "30", "60", "90", "longer", "drafts", "not_sent", "zzz")),
        *({"issued": each} for each in ("month", "last_month", "quarter", "last_quarter", "year", "last_year", "zzz")),
    ],
)
def test_every_filter_answers(office, query):
    assert office.get(INVOICES, query).status_code == 200


def test_the_register_proves_that_no_number_is_missing(office):
    first, second = issued(), issued()
    page = office.get("/admin/billing/register/")
    assert "invoices 2026 FAC-2026-0001 FAC-2026-0002 2 none unbroken" in text(page)
    proof = text(office.get("/admin/billing/register/", {"series": second.series_id}))
    assert "every fingerprint was worked out anew" in proof
    assert first.series_id == second.series_id
    receipts.issue_receipt(payment=paid(first), actor=None, now=NOW)
    quote = sent().quote
    page = text(office.get("/admin/billing/register/"))
    assert "receipts 2026 REC-2026-0001 REC-2026-0001 1 none unbroken" in page
    assert f"quotes 2026 {quote.quote_number} {quote.quote_number} 1 none -" in page
    with as_owner(connection.schema_name), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE payment_receipts DISABLE TRIGGER USER")
        cursor.execute("UPDATE payment_receipts SET content_hash = repeat('f', 64)")
    assert "receipts 2026 REC-2026-0001 REC-2026-0001 1 none broken" in text(office.get("/admin/billing/register/"))


def test_a_client_page_shows_what_is_open(office, web):
    document = issued()
    DraftFactory(client=document.client)
    shown = text(office.get(f"/admin/sessions_app/client/{document.client_id}/change/"))
    assert "120.00 EUR open, 1 document 120.00 EUR overdue 120.00 EUR in 1 draft" in shown
    assert "New invoice" in shown
    engineer = signed_in(web, account("engineer"))
    assert "New invoice" not in text(engineer.get(f"/admin/sessions_app/client/{document.client_id}/change/"))


def test_what_waits_for_an_invoice_is_listed_by_client_until_a_draft_has_it(office):
    entry = TimeEntryFactory()
    client = entry.project.client
    session = SessionFactory(client=client)
    StudioSession.objects.filter(pk=session.pk).update(total=200)
    worth = Decimal(200) + entry.hourly_rate
    address = "/admin/billing/to-invoice/"
    assert f"{client} 1 1 1 Jun 2026 {worth:.2f} EUR New invoice" in text(office.get(address))
    draft = DraftFactory(client=client, lines=[])
    office.post(at(draft, "work"), {"sessions": [session.pk], "hours": [entry.pk]})
    assert "Everything is invoiced." in text(office.get(address))


def test_prepaid_hours_pay_for_a_line_of_the_draft(office):
    package = PackageFactory(bought_on=timezone.localdate())
    draft = DraftFactory(client=package.client, lines=[line("50", quantity=Decimal(4), unit=ServiceUnit.HOUR)])
    assert "Use prepaid hours" in text(office.get(at(draft)))
    given = {"item": draft.items.get().pk, "package": package.pk}
    refused = office.post(at(draft, "prepaid"), given | {"hours": "11"})
    assert (refused.status_code, draft.items.count()) == (409, 1)
    drawn = office.post(at(draft, "prepaid"), given | {"hours": "3"}, follow=True)
    assert told(drawn) == ["3 h of Ten hours: -150.00 EUR."]
    assert "Use prepaid hours" not in text(office.get(at(DraftFactory())))
