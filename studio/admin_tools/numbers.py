"""Numbers with decimals, typed with the mark that a person's country uses."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

BLANK = r"[\s\u00a0\u202f'\u2019]"
BLANKS = re.compile(BLANK)
# A blank or an apostrophe stands before each three digits, and is always the same one.
SPACED = re.compile(rf"([+-]?)(\d{{1,3}}(?:({BLANK})\d{{3}})(?:\3\d{{3}})*)(?:[.,](\d+))?")
# The later of two different marks is that of the decimals; the other one stands before each three digits.
GROUPED = re.compile(r"([+-]?)(\d{1,3}(?:([.,])\d{3})(?:\3\d{3})*)(?!\3)[.,](\d+)")
ALONE = re.compile(r"[+-]?\d*,\d+")
UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


class DecimalInput(UnfoldAdminTextInputWidget):
    """A box for a number: a browser's own number box drops the comma of 79,99 without a word, and sends 7999."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})


class DecimalField(forms.DecimalField):  # noqa: TID251 -- the one that reads a comma
    """A number whose decimals begin with a point or a comma, grouped or not: 1234.5, 1234,5, 1 234,5 or 1,234.5.

    What could be read in two ways, like 1,234, or is cut where no thousand begins, like 79 99, is refused rather than
    guessed. A point alone begins decimals: so the box itself shows what is kept, e.g. 1.500.
    """

    widget = DecimalInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "unclear": _("%(value)s can be read in two ways. Write %(whole)s or %(parts)s."),
    }

    def to_python(self, value: Any) -> Any:
        """Return the number; None for an empty box."""
        return super().to_python(self._plain(value) if isinstance(value, str) else value)

    def _plain(self, typed: str) -> str:
        text = typed.strip()
        if BLANKS.search(text):
            return self._joined(text)
        if UNCLEAR.fullmatch(text):
            parts = Decimal(text.replace(",", ".")).normalize()
            ways = {"value": typed, "whole": text.replace(",", ""), "parts": f"{parts:f}"}
            raise ValidationError(self.error_messages["unclear"], code="unclear", params=ways)
        if grouped := GROUPED.fullmatch(text):
            sign, whole, mark, decimals = grouped.groups()
            return f"{sign}{whole.replace(mark, '')}.{decimals}"
        return text.replace(",", ".") if ALONE.fullmatch(text) else text

    def _joined(self, text: str) -> str:
        """Return a number whose thousands stand apart in one piece."""
        spaced = SPACED.fullmatch(text)
        if spaced is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        sign, whole, _blank, decimals = spaced.groups()
        return f"{sign}{BLANKS.sub('', whole)}" + (f".{decimals}" if decimals else "")


# What the boxes of a model's own numbers are made of.
NUMBER_BOXES: dict[Any, Any] = {models.DecimalField: {"form_class": DecimalField, "widget": DecimalInput}}
