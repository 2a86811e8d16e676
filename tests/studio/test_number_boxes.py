"""Numbers as people of several countries type them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from studio.admin_sites import studio_site
from studio.admin_tools.numbers import DecimalField, DecimalInput


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("79.99", "79.99"),
        ("79,99", "79.99"),
        (",5", "0.5"),
        ("-2,5", "-2.5"),
        ("0,125", "0.125"),
        ("1234", "1234"),
        ("1.234", "1.234"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        (" -12 345 678 ", "-12345678"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234,567.8", "1234567.8"),
        ("-1.234.567,8", "-1234567.8"),
    ],
)
def test_point_and_comma_are_both_read(typed, number):
    assert DecimalField().clean(typed) == Decimal(number)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1,500", "1,500 can be read in two ways. Write 1500 or 1.5."),
        ("100,000", "100,000 can be read in two ways. Write 100000 or 100."),
        ("1,2,3", "Enter a number."),
        ("1.2.3", "Enter a number."),
        ("1,23.45", "Enter a number."),
        ("12,34.567,8", "Enter a number."),
        ("1,5 EUR", "Enter a number."),
        ("79 99", "Enter a number."),
        ("1'5", "Enter a number."),
        ("1 234'567", "Enter a number."),
        ("1234 567", "Enter a number."),
        ("1 234,", "Enter a number."),
        ("NaN", "Enter a number."),
        ("9" * 5000 + ",1", "Ensure that there are no more than 12 digits in total."),
    ],
)
def test_what_has_two_meanings_or_none_is_refused(typed, sentence):
    with pytest.raises(ValidationError) as refused:
        DecimalField(max_digits=12, decimal_places=3).clean(typed)
    assert refused.value.messages == [sentence]


def test_what_stands_in_the_box_is_no_change():
    box = DecimalField()
    assert box.has_changed(Decimal("79.90"), "79,9") is False
    assert box.has_changed(Decimal("79.90"), "79,91") is True


def test_every_number_of_a_model_is_asked_for_in_such_a_box(rf):
    studio_site.get_urls()  # all are registered by then
    asked = set()
    for model, its in studio_site._registry.items():
        for field in model._meta.fields:
            if isinstance(field, models.DecimalField) and field.editable:
                box = its.formfield_for_dbfield(field, rf.get("/"))
                asked.add((type(box), type(box.widget)))
    assert asked == {(DecimalField, DecimalInput)}
