"""Quotes at the back office: written, sent, answered for a client, and turned into what was agreed."""

from decimal import Decimal

import pytest
from django.utils import timezone

from billing.models import Invoice, Quote
from billing.selectors import quote_links
from sessions_app.models import Project
from tests.billing_factories import ServiceFactory, held, quote_line, rate, sent, settle_seller
from tests.factories import ClientFactory
from tests.staff import account, signed_in

QUOTES = "/admin/billing/quote/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(web, studio):
    return signed_in(web, account("front_desk"))


def line_boxes(*lines, initial=0):
    """Return the boxes of the lines below a draft."""
    said = {"items-TOTAL_FORMS": len(lines), "items-INITIAL_FORMS": initial}
    said |= {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    for number, given in enumerate(lines):
        boxes = {"quantity": "1", "unit": "C62", "place": "", "discount": "0", **given}
        said |= {f"items-{number}-{name}": value for name, value in boxes.items()}
    return said


def facts(**given):
    return {
        "title": "Album",
        "validity_days": "30",
        "deposit_percent": "30",
        "price_mode": "net",
        **given,
    }


def written(office, *lines, initial=0):
    quote = Quote.objects.get()
    return office.post(f"{QUOTES}{quote.pk}/change/", {**facts(), **line_boxes(*lines, initial=initial)})


def test_a_quote_is_begun_filled_sent_and_becomes_a_project_and_an_invoice(office):
    settle_seller()
    client = ClientFactory(email="a@example.org")
    begun = office.post(f"{QUOTES}add/", facts(client=client.pk, deposit_percent=""))
    quote = Quote.objects.get()
    page = f"{QUOTES}{quote.pk}/"
    assert (begun["Location"], quote.deposit_percent) == (f"{page}change/", 30)
    hold = held(client, now=timezone.now())
    service = ServiceFactory(name="Mastering", unit_price=Decimal(60), default_quantity=Decimal(2))
    saved = written(
        office,
        {"description": "Recording", "unit_price": "100", "vat_rate": rate().pk, "session": hold.pk, "place": "2"},
        {"service": service.pk, "place": "1"},
    )
    assert saved.status_code == 302
    assert list(quote.items.order_by("position").values_list("description", "amount", "session")) == [
        ("Mastering", 120, None),
        ("Recording", 100, hold.pk),
    ]
    assert "264.00 EUR" in office.get(f"{page}change/").text
    looked = office.get(f"{page}send/")
    assert "Send it over 264.00 EUR" in looked.text
    assert (looked.context["until"], looked.context["deposit"]) == (hold.starts_at, Decimal("79.20"))
    assert looked.context["form"].fields["tell"].help_text == f"By mail to {client.email}."
    assert office.post(f"{page}send/", {"tell": "on"}).status_code == 302
    shown = office.get(f"{page}change/").text
    assert ("items-TOTAL_FORMS" in shown, f"{page}take-back/" in shown, f"{page}invoice/" in shown) == (
        True,
        True,
        False,
    )
    assert quote_links.token_of(quote.versions.get()) in office.get(f"{page}link/").text
    assert office.post(f"{page}accept/", {"name": "Ada"}).status_code == 302
    version = quote.versions.get()
    assert (version.signer_name, version.recorded_by_label, version.signer_address) == (
        "Ada",
        "Front Desk <front-desk@studio.example>",
        None,
    )
    assert office.post(f"{page}project/")["Location"].endswith(f"/project/{Project.objects.get().pk}/change/")
    assert office.post(f"{page}invoice/").status_code == 302
    draft = Invoice.objects.get(status="draft")
    assert (draft.project, draft.total, draft.payable) == (Project.objects.get(), 264, Decimal("184.80"))


def test_what_is_refused_stays_on_the_page(office):
    quote = sent(client=ClientFactory(email="a@example.org")).quote
    page = f"{QUOTES}{quote.pk}/"
    assert (office.post(f"{page}send/").status_code, office.post(f"{page}accept/", {"name": ""}).status_code) == (
        409,
        400,
    )
    assert office.post(f"{page}change/", {**facts(title="Other"), **line_boxes()}).status_code == 403
    assert office.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert office.post(f"{page}take-back/").status_code == 302
    empty = written(office, {"description": "x"}, initial=0)
    assert ("Fill this in, or choose a service." in empty.text, quote.items.count()) == (True, 1)
    other = held(ClientFactory(), now=timezone.now())
    foreign = written(office, {"description": "x", "unit_price": "1", "session": other.pk})
    assert ("Select a valid choice" in foreign.text, quote.items.get().session) == (True, None)
    meanwhile = written(office, {"description": "x", "unit_price": "1"})
    assert ("wrote these lines anew meanwhile" in meanwhile.text, quote.items.get().description) == (True, "Recording")
    assert office.post(f"{page}copy/").status_code == 302
    assert Quote.objects.count() == 2


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_as_much_for_many_as_for_one(office, item_count, django_assert_num_queries):
    for _number in range(item_count):
        sent(lines=[quote_line()])
    office.get(QUOTES)
    with django_assert_num_queries(QUERIES):
        assert office.get(QUOTES).status_code == 200


QUERIES = 5
