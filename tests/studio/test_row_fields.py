"""Rows of boxes in a form: what is sent becomes what is stored, and what stood there before may stay."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from studio.admin_tools import Column, EmailRowsField, RowsField

COLUMNS = (Column("type", "Kind"), Column("value", "Address", "email"))


class Boxes(forms.Form):
    rows = EmailRowsField(columns=COLUMNS, required=False)


def sent(*rows):
    data = QueryDict(mutable=True)
    for kind, value in rows:
        data.appendlist("rows-type", kind)
        data.appendlist("rows-value", value)
    return data


def stored(*rows):
    return [{"type": kind, "value": value} for kind, value in rows]


def test_rows_become_what_is_stored_and_empty_ones_nothing():
    form = Boxes(sent(("work ", " a@x.org"), ("", " "), ("", "b@x.org")))

    assert form.is_valid()
    assert form.cleaned_data["rows"] == stored(("work", "a@x.org"), ("", "b@x.org"))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("work", ""), '"Address" is empty in a row that says something else.'),
        (("work", "none"), '"none" is not an e-mail address.'),
        (("x" * 501, "a@x.org"), "A box may have 500 characters."),
    ],
    ids=["empty", "no address", "too long"],
)
def test_a_row_is_refused_but_one_that_stood_there_before(row, sentence):
    assert Boxes(sent(row)).errors == {"rows": [sentence]}

    before = Boxes(sent(row, ("", "b@x.org")), initial={"rows": stored(row)})
    assert before.errors == {}
    assert before.cleaned_data["rows"] == stored(row, ("", "b@x.org"))


def test_too_many_rows_are_refused():
    assert Boxes(sent(*[("", "a@x.org")] * 51)).errors == {"rows": ["These are too many rows."]}


def test_rows_that_say_the_same_are_unchanged():
    field = RowsField(columns=COLUMNS)
    old = [{"type": "work", "value": "a@x.org", "extra": 1}, "b@x.org"]

    assert field.has_changed(old, stored(("work", "a@x.org"), ("", "b@x.org"))) is False
    assert field.has_changed(old, stored(("work", "a@x.org"))) is True
    with pytest.raises(ValidationError):
        field.clean([])


def test_each_box_has_a_label_and_nothing_of_what_is_in_it_is_markup():
    shown = str(Boxes(initial={"rows": stored(("<b>", '"><script>'))})["rows"])

    assert shown.count("<label") == shown.count("<input") == 4
    assert "<script>" not in shown
    assert "&lt;b&gt;" in shown


def test_a_choice_that_is_no_longer_offered_stays_chosen():
    class Chosen(forms.Form):
        rows = RowsField(columns=[Column("place", "Place", choices=(("a", "A"),)), Column("value", "Text")])

    shown = str(Chosen(initial={"rows": [{"place": "old", "value": "x"}]})["rows"])

    assert '<option value="old" selected>old</option>' in shown
