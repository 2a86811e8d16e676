"""Drafts and what they are written with: changed, refused, thrown away."""

from decimal import Decimal

import pytest

from billing.models import Invoice, InvoiceItem, Service
from billing.services import catalogue, drafts, issuing, vat_rates
from sessions_app.services import facts
from studio.accounts.models import AuditEvent
from studio.errors import DomainError
from tests.billing_factories import DraftFactory, ServiceFactory, issued, line, rate
from tests.factories import NOW, ClientFactory, ProjectFactory, SessionFactory

pytestmark = pytest.mark.django_db
GIVEN = {"actor": None, "now": NOW}


def told_of(row):
    """Return the verbs of the trail of a row, in order."""
    key = f"{row._meta.label_lower}"
    events = AuditEvent.objects.filter(object_type=key, object_id=str(row.pk)).order_by("pk")
    return list(events.values_list("verb", flat=True))


def test_lines_are_added_changed_and_taken_off_and_the_sums_follow():
    draft = DraftFactory(lines=[line("100"), line("50", "10")])
    assert draft.total == 175
    drafts.add_lines(invoice=draft, lines=[line("10", quantity=Decimal(-1))], **GIVEN)
    first, second, _off = draft.items.order_by("position")
    drafts.replace_line(item=first, line=line("200", discount=Decimal(50)), **GIVEN)
    draft = drafts.remove_line(item=second, **GIVEN)
    assert (draft.subtotal, draft.tax_amount, draft.total) == (140, 28, 168)
    assert list(draft.taxes.values_list("rate", "base", "tax")) == [(20, 140, 28)]
    assert told_of(draft) == ["create", "change", "change", "change"]


def test_facts_change_and_a_draft_goes_without_a_number():
    project = ProjectFactory()
    draft = DraftFactory(client=project.client, lines=[line("120")])
    changed = drafts.change_draft(invoice=draft, project=project, price_mode="gross", notes="Thanks", **GIVEN)
    assert (changed.project_label, changed.total, changed.tax_amount) == (project.name, 120, 20)
    with pytest.raises(drafts.OtherProject):
        drafts.change_draft(invoice=draft, project=ProjectFactory(), **GIVEN)
    drafts.delete_draft(invoice=draft, **GIVEN)
    assert not Invoice.objects.filter(pk=draft.pk).exists()
    assert issued().invoice_number == "FAC-2026-0001"


def test_what_was_on_a_draft_that_went_is_charged_elsewhere():
    session = SessionFactory(client=ClientFactory())
    draft = DraftFactory(client=session.client, lines=[line(charges=[session])])
    with pytest.raises(drafts.ChargedAlready):
        DraftFactory(client=session.client, lines=[line(charges=[session])])
    drafts.remove_line(item=draft.items.get(), **GIVEN)
    assert DraftFactory(client=session.client, lines=[line(charges=[session])]).total == 120


def test_nothing_of_an_issued_document_is_changed_by_the_services():
    invoice = issued()
    item = invoice.items.select_related("invoice").get()
    for act, given in (
        (drafts.add_lines, {"invoice": invoice, "lines": [line()]}),
        (drafts.replace_line, {"item": item, "line": line()}),
        (drafts.remove_line, {"item": item}),
        (drafts.change_draft, {"invoice": invoice, "notes": "x"}),
        (drafts.delete_draft, {"invoice": invoice}),
        (issuing.issue_invoice, {"invoice": invoice}),
    ):
        with pytest.raises(drafts.NotADraft) as refusal:
            act(**given, **GIVEN)
        assert "FAC-2026-0001" in str(refusal.value)


@pytest.mark.parametrize(
    "given",
    [
        {"unit_price": "-1"},
        {"unit_price": "1.001"},
        {"unit_price": "NaN"},
        {"unit_price": "Infinity"},
        {"unit_price": "1e40"},
        {"unit_price": "9999999999.99", "quantity": Decimal(2)},
        {"quantity": Decimal(0)},
        {"quantity": Decimal("NaN")},
        {"quantity": Decimal("1.0001")},
        {"quantity": Decimal("1e40")},
        {"discount": Decimal(101)},
        {"discount": Decimal(-1)},
        {"discount": Decimal("NaN")},
        {"discount": Decimal("1e40")},
        {"description": "  "},
        {"description": "nul \x00"},
        {"unit": "barrel"},
    ],
)
def test_a_bad_line_is_refused_and_nothing_written(given):
    draft = DraftFactory()
    with pytest.raises(facts.BadFacts):
        drafts.add_lines(invoice=draft, lines=[line(), line(**given)], **GIVEN)
    assert InvoiceItem.objects.count() == 1


def test_lines_that_come_to_more_than_a_document_holds_are_refused():
    with pytest.raises(DomainError):
        DraftFactory(lines=[line("9999999999.99"), line("9999999999.99")])
    assert not Invoice.objects.exists()


def test_the_catalogue_changes_and_documents_keep_what_they_copied():
    service = ServiceFactory(unit_price=Decimal(60))
    draft = DraftFactory(lines=[line("60", service=service)])
    changed = catalogue.change_service(service=service, unit_price=Decimal(70), vat_rate=rate("10"), **GIVEN)
    assert (changed.unit_price, changed.vat_rate, draft.items.get().unit_price) == (70, rate("10"), 60)
    made = catalogue.create_service(name="Mastering", unit_price=Decimal(80), vat_rate=rate(), **GIVEN)
    with pytest.raises(facts.BadFacts):
        catalogue.change_service(service=made, name="", **GIVEN)
    catalogue.delete_service(service=service, **GIVEN)
    assert list(Service.objects.all()) == [made]
    assert draft.items.get().service_id is None


def test_another_rate_becomes_the_usual_one_and_the_trail_tells_of_both():
    before, chosen = rate(), rate("10")
    assert vat_rates.make_default(rate=chosen, **GIVEN).is_default
    assert not rate().is_default
    assert (told_of(before), told_of(chosen)) == (["change"], ["change"])
    with pytest.raises(vat_rates.RateIsDefault):
        vat_rates.archive_rate(rate=chosen, **GIVEN)
    archived = vat_rates.archive_rate(rate=before, **GIVEN)
    with pytest.raises(facts.BadFacts):
        vat_rates.make_default(rate=archived, **GIVEN)
    assert vat_rates.restore_rate(rate=before, **GIVEN).archived_at is None
    made = vat_rates.create_rate(name="Reverse charge", category="AE", reason="Art. 196", **GIVEN)
    assert vat_rates.change_rate(vat_rate=made, reason="Art. 194", **GIVEN).reason == "Art. 194"
    with pytest.raises(facts.BadFacts):
        vat_rates.change_rate(vat_rate=made, reason="", **GIVEN)
