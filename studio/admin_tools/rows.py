"""Small tables in a form: a row of boxes for each thing, kept together in one column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES

MOST_ROWS = 50
LONGEST_TEXT = 500

type Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One box of each row.

    kind: of the browser's box: text, email, tel, url
    choices: (value, label) of each; none for a box that is typed in
    """

    key: str
    label: Any
    kind: str = "text"
    choices: tuple[tuple[str, Any], ...] = ()


class RowsWidget(forms.Widget):
    """A row of boxes for each thing, and one more; scripts add further ones."""

    template_name = "admin/widgets/rows.html"
    use_fieldset = True

    class Media:
        css = {"all": ("admin_theme/box_rows.css",)}
        js = ("admin_theme/rows.js",)

    def __init__(self, columns: Sequence[Column], attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.columns = tuple(columns)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """Return the rows that say something."""
        lists = [data.getlist(f"{name}-{column.key}") for column in self.columns]
        rows = zip_longest(*lists, fillvalue="")
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in rows if any(text.strip() for text in row)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Return whether none of the boxes was sent."""
        return not any(f"{name}-{column.key}" in data for column in self.columns)

    def id_for_label(self, id_: str) -> str:
        """Return nothing: each box has a label of its own."""
        return ""

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        """Render by the project's templates, where Django's own widgets are not looked for."""
        return render_to_string(template_name, context)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the boxes, an empty row last."""
        context = super().get_context(name, value, attrs)
        rows = [*(value or []), {}]
        context["widget"]["columns"] = self.columns
        context["widget"]["rows"] = [
            [self._box(name, number, column, str(row.get(column.key, ""))) for column in self.columns]
            for number, row in enumerate(rows)
        ]
        context["widget"]["input_classes"] = " ".join(INPUT_CLASSES)
        context["widget"]["select_classes"] = " ".join(SELECT_CLASSES)
        return context

    @staticmethod
    def _box(name: str, number: int, column: Column, text: str) -> dict[str, Any]:
        choices = column.choices
        if choices and text and text not in {value for value, _label in choices}:
            choices = (*choices, (text, text))
        return {
            "name": f"{name}-{column.key}",
            "id": f"id_{name}-{number}-{column.key}",
            "label": column.label,
            "kind": column.kind,
            "choices": [(value, label, value == text) for value, label in choices],
            "text": text,
        }


class RowsField(forms.Field):
    """Rows of a few named texts, the last of them never empty.

    A row that stood there before may stay as it is: others wrote some of them by other rules.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "many": _("These are too many rows."),
        "long": _("A box may have 500 characters."),
        "empty": _('"%(label)s" is empty in a row that says something else.'),
    }

    def __init__(self, *, columns: Sequence[Column], encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        self.columns = tuple(columns)
        self.before: list[Row] = []
        super().__init__(**{"widget": RowsWidget(self.columns), **kwargs})

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Return the boxes, and remember what stood in them."""
        self.before = self.rows_of(form.get_initial_for_field(self, field_name))
        return super().get_bound_field(form, field_name)

    def rows_of(self, stored: Any) -> list[Row]:
        """Return the rows of what is stored, each a text per column."""
        return [self._row(item) for item in stored or []]

    def to_stored(self, rows: list[Row]) -> Any:
        """Return what these rows mean."""
        return rows

    def prepare_value(self, value: Any) -> list[Row]:
        """Return what stands in the boxes."""
        return self.rows_of(value)

    def to_python(self, value: Any) -> Any:
        """Return what is stored."""
        rows = [self._row(item) for item in value or []]
        if len(rows) > MOST_ROWS:
            raise ValidationError(self.error_messages["many"], "many")
        for row in rows:
            if row not in self.before:
                self._insist(row)
        return self.to_stored(rows)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the boxes say something else than before; what they cannot show is left alone."""
        return [self._row(item) for item in data or []] != self.rows_of(initial)

    def insist(self, text: str) -> None:
        """Accept the last text of a row.

        raises: ValidationError
        """

    def _insist(self, row: Row) -> None:
        last = self.columns[-1]
        if not row[last.key]:
            raise ValidationError(self.error_messages["empty"] % {"label": last.label}, "empty")
        if any(len(text) > LONGEST_TEXT for text in row.values()):
            raise ValidationError(self.error_messages["long"], "long")
        self.insist(row[last.key])

    def _row(self, item: Any) -> Row:
        given = item if isinstance(item, Mapping) else {self.columns[-1].key: item}
        return {column.key: str(given.get(column.key, "")).strip() for column in self.columns}


class EmailRowsField(RowsField):
    """Rows whose last text is an e-mail address."""

    default_error_messages: ClassVar[dict[str, Any]] = {"email": _('"%(text)s" is not an e-mail address.')}

    def insist(self, text: str) -> None:
        """Accept an e-mail address.

        raises: ValidationError
        """
        try:
            validate_email(text)
        except ValidationError as error:
            raise ValidationError(self.error_messages["email"] % {"text": text}, "email") from error
