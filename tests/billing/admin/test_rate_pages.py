"""VAT rates at the back office."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages

from billing.models import VatRate
from tests.billing_factories import issued, line
from tests.staff import account, signed_in
from tests.trails import trail

RATES = "/admin/billing/vatrate/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(studio):
    return account("owner")


@pytest.fixture
def office(web, owner):
    return signed_in(web, owner)


def act(office, action, *rates, **more):
    """Return what is told after an act on rates."""
    chosen = {"action": action, "_selected_action": [rate.pk for rate in rates], "index": "0", **more}
    answer = office.post(RATES, chosen, follow=True)
    return [str(message) for message in get_messages(answer.wsgi_request)]


def of(percent):
    return VatRate.objects.get(rate=percent)


def test_rates_are_deleted_by_their_service_each_in_the_trail(office, owner):
    gone = [of("5.5"), of("2.1")]
    act(office, "delete_selected", *gone, post="yes")
    assert VatRate.objects.count() == 2
    assert [trail(rate) for rate in gone] == [[("delete", owner.label, "")]] * 2


def test_what_is_written_anew_begins_with_the_usual_rate(office):
    shown = [office.get(f"/admin/billing/{page}/add/").context for page in ("service", "recurringinvoice")]
    service = shown[0]["adminform"].form
    line = shown[1]["inline_admin_formsets"][0].formset.empty_form
    assert (service.initial["vat_rate"], line["vat_rate"].initial) == (of("20"), of("20"))


def test_when_one_may_not_go_all_stay(office):
    told = act(office, "delete_selected", of("2.1"), of("20"), post="yes")
    assert told == ["This is the default rate: choose another default first."]
    assert VatRate.objects.count() == 4


def test_default_archive_and_offer_again(office):
    assert act(office, "make_default", of("10")) == ["10 % is changed."]
    assert act(office, "archive_selected", of("20"), of("10")) == [
        "20 % is changed.",
        "10 %: This is the default rate: choose another default first.",
    ]
    assert act(office, "restore_selected", of("20")) == ["20 % is changed."]
    assert act(office, "make_default", of("10"), of("20")) == ["Choose one rate."]


def test_a_rate_that_documents_name_keeps_its_percents(office):
    issued(lines=[line()])
    rate = of("20")
    form = {"name": "Usual", "rate": "21", "category": "S", "reason": ""}
    refused = office.post(f"{RATES}{rate.pk}/change/", form)
    assert (refused.status_code, "stays what it is" in refused.content.decode()) == (409, True)
    renamed = office.post(f"{RATES}{rate.pk}/change/", form | {"rate": "20"})
    assert (renamed.status_code, VatRate.objects.get(pk=rate.pk).name) == (302, "Usual")


def test_usual_rates_without_vat_are_a_click_away_until_they_are_there(office):
    page = office.get(RATES).text
    offers = [html.unescape(each) for each in re.findall(rf'href="({RATES}add/\?[^"]+)"', page)]
    assert [parse_qs(offer)["category"] for offer in map(query_of, offers)] == [["AE"], ["O"], ["E"]]
    form = office.get(offers[0]).context["adminform"].form
    made = {name: form[name].value() for name in ("name", "rate", "category", "reason")}
    assert office.post(f"{RATES}add/", made).status_code == 302
    assert VatRate.objects.get(category="AE").name == "0 %, reverse charge"
    assert "category=AE" not in office.get(RATES).text


def query_of(address):
    return urlsplit(address).query
