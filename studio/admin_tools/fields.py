"""Lists and small tables as people type them: one thing a line."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

LONGEST_LINE = 500
MOST_LINES = 200


def offer_choices(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Say what can be chosen in a field of a form, where that is known only when the form is made."""
    cast("forms.ChoiceField", form.fields[name]).choices = list(choices)


class LineTextarea(UnfoldAdminTextareaWidget):
    """A box that is as tall as a few lines."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 3, **(attrs or {})})


def _typed(value: str | None) -> list[str]:
    return [line.strip() for line in (value or "").splitlines() if line.strip()]


class _Lines(ABC, forms.Field):
    """What each line means is the subclass's business."""

    widget = LineTextarea
    default_error_messages: ClassVar[dict[str, Any]] = {
        "many": _("These are too many lines."),
        "long": _("A line may have 500 characters."),
        "shape": _("Write each line as: %(shape)s"),
    }
    shape: Any = ""

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> str:
        """Return what stands in the box."""
        return value if isinstance(value, str) else "\n".join(self.lines_of(value or self.to_stored([])))

    def to_python(self, value: Any) -> Any:
        """Return what is stored."""
        lines = _typed(value)
        if len(lines) > MOST_LINES:
            raise ValidationError(self.error_messages["many"], "many")
        if any(len(line) > LONGEST_LINE for line in lines):
            raise ValidationError(self.error_messages["long"], "long")
        return self.to_stored(lines)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the box says something else than before; what it cannot show is left alone."""
        return _typed(data) != _typed(self.prepare_value(initial))

    def refuse(self) -> ValidationError:
        """Return the refusal of a line that has another shape."""
        return ValidationError(self.error_messages["shape"] % {"shape": self.shape}, "shape")

    @abstractmethod
    def lines_of(self, stored: Any) -> list[str]:
        """Return the lines of what is stored."""

    @abstractmethod
    def to_stored(self, lines: list[str]) -> Any:
        """Return what a box of these lines means."""


class LinesField(_Lines):
    """A list of texts, one a line."""

    def lines_of(self, stored: Any) -> list[str]:
        """Return one line for each text."""
        return [str(item) for item in stored]

    def to_stored(self, lines: list[str]) -> list[str]:
        """Return the lines."""
        return lines


class PairsField(_Lines):
    """Names with a text each, `name: text` a line."""

    shape = _("name: address")

    def lines_of(self, stored: Any) -> list[str]:
        """Return one line for each name."""
        return [f"{name}: {text}" for name, text in stored.items()]

    def to_stored(self, lines: list[str]) -> dict[str, str]:
        """Return the texts by name."""
        found = {}
        for line in lines:
            name, separator, text = line.partition(":")
            if not separator or not name.strip() or not text.strip():
                raise self.refuse()
            found[name.strip()] = text.strip()
        return found
