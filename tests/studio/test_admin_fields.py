"""Boxes in which one line is one row of what is stored."""

import pytest
from django.core.exceptions import ValidationError

from studio.admin_tools import LinesField, PairsField


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        (LinesField(required=False), " jazz \n\nsoul\r\n", ["jazz", "soul"]),
        (LinesField(required=False), "", []),
        (PairsField(required=False), "site: https://example.org:8443/a", {"site": "https://example.org:8443/a"}),
        (PairsField(required=False), "", {}),
    ],
)
def test_lines_become_what_is_stored(field, typed, stored):
    assert field.clean(typed) == stored


@pytest.mark.parametrize(
    ("field", "stored", "shown"),
    [
        (LinesField(), ["jazz", "soul"], "jazz\nsoul"),
        (PairsField(), {"site": "https://example.org"}, "site: https://example.org"),
        (LinesField(), None, ""),
    ],
)
def test_what_is_stored_becomes_lines_and_is_unchanged_by_them(field, stored, shown):
    assert field.prepare_value(stored) == shown
    assert field.has_changed(stored, shown) is False
    assert field.has_changed(stored, f"{shown}\nmore: 1") is True


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (PairsField(), "no colon", "Write each line as: name: address"),
        (LinesField(), "x" * 501, "A line may have 500 characters."),
        (LinesField(), "\n".join("x" * 201), "These are too many lines."),
    ],
)
def test_lines_of_another_shape_are_refused(field, typed, sentence):
    with pytest.raises(ValidationError, match=sentence.replace("|", r"\|")):
        field.clean(typed)
