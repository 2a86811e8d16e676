"""Rates of VAT and the lines that name them."""

from importlib import import_module

import pytest
from django.db import connection

from billing.models import BillingDetails, VatRate
from billing.services import credit_notes, vat_rates, written_lines
from studio.office.models import StudioProfile
from tests.billing_factories import DraftFactory, issued, line, rate
from tests.factories import NOW, ClientFactory

pytestmark = pytest.mark.django_db


def test_a_rate_that_clients_have_is_not_deleted():
    BillingDetails.objects.create(client=ClientFactory(), vat_rate=rate("10"))
    with pytest.raises(vat_rates.RateInUse):
        vat_rates.delete_rate(rate=rate("10"), actor=None, now=NOW)
    vat_rates.delete_rate(rate=rate("2.1"), actor=None, now=NOW)
    assert not VatRate.objects.filter(name="2.1 %").exists()


def test_an_archived_rate_is_on_no_new_line_but_is_credited():
    invoice, before = issued(lines=[line(percent="10")]), line(percent="10")
    vat_rates.archive_rate(rate=rate("10"), actor=None, now=NOW)
    with pytest.raises(written_lines.RateArchived):
        DraftFactory(lines=[before])
    assert credit_notes.credit_in_full(invoice=invoice, reason="Mistake", actor=None, now=NOW).total == 110


def test_a_line_has_the_rate_as_it_is_now():
    before = line(percent="10")
    VatRate.objects.filter(pk=before.vat_rate.pk).update(rate=11)
    assert DraftFactory(lines=[before]).total == 111


def rates_after(seed):
    VatRate.objects.all().delete()
    seed()
    return set(VatRate.objects.values_list("name", "rate", "category", "reason", "is_default"))


@pytest.mark.parametrize(("country", "number"), [("DE", 2), ("IT", 4), ("US", 1)])
def test_a_studio_that_was_there_gets_what_a_new_one_opens_with(country, number):
    StudioProfile.objects.update(country=country)
    statement = import_module("billing.migrations.0005_rates_of_studios").SEED
    with connection.cursor() as cursor:
        found = rates_after(lambda: cursor.execute(statement))
        cursor.execute(statement)
    assert VatRate.objects.count() == number
    assert found == rates_after(lambda: vat_rates.seed_rates(country=country))
