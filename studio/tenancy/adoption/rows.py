"""One former row, read column by column into types that may be stored; each repair leaves a note."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from studio.clock import instant_moved_forward, is_doubled, is_skipped
from studio.errors import DomainError
from studio.tenancy.adoption.source import Content

CENTS = Decimal("0.01")
LARGEST_AMOUNT = Decimal("9999999999.99")
YEARS = range(1800, 2200)
BOOKKEEPING = ("created_at", "updated_at")
TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
FALSE = frozenset({"0", "false", "f", "no", "n", "off"})
# "1 234,50", "1.234,50" and "1,234.50" are one amount.
GROUPED = re.compile(r"[ \u00a0\u202f']")


class SetAside(DomainError):
    """A row that cannot be taken over as it is; it is kept, with this sentence."""


@dataclass(slots=True)
class FormerRow:
    """A row of a source.

    What is read counts as taken over; `leftover()` is the rest. A value that is changed on the way in
    is kept besides, so that nothing is lost by a repair.
    """

    table: str
    row_id: str
    content: Content
    zone: ZoneInfo
    notes: list[str] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def value(self, column: str) -> object:
        """Return the bare value, None when it is empty or the column does not exist, and count it as taken."""
        self._taken.add(column)
        return self.content.get(column)

    def leftover(self) -> Content:
        """Return the columns that hold something and were not taken."""
        return {name: value for name, value in self.content.items() if name not in self._taken and value is not None}

    def go_on_from(self, other: Self) -> None:
        """Count as taken, and note, what was of the same row read before."""
        self.notes, self._taken = other.notes, other._taken

    def keep(self, column: str, note: str) -> None:
        """Note a repair and keep the value as it was."""
        self._taken.discard(column)
        self.notes.append(note)

    def text(self, column: str, *, longest: int | None = None) -> str:
        """Return text without blanks around it; too long a text is cut, and kept whole besides."""
        text = self.raw_text(column).strip()
        if longest is not None and len(text) > longest:
            self.keep(
                column, _("%(column)s was cut to %(longest)d characters.") % {"column": column, "longest": longest}
            )
            return text[:longest].rstrip()
        return text

    def raw_text(self, column: str) -> str:
        """Return text as it is; empty for nothing."""
        value = self.value(column)
        return "" if value is None else str(value)

    def email(self, column: str) -> str:
        """Return an e-mail address in lower case; what is none becomes empty and is kept besides."""
        address = self.text(column, longest=255).lower()
        try:
            validate_email(address)
        except ValidationError:
            if address:
                self.keep(column, _('"%(value)s" is not an e-mail address.') % {"value": address[:80]})
            return ""
        return address

    def flag(self, column: str, *, default: bool) -> bool:
        """Return a yes or no."""
        value = self.value(column)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        word = str(value).strip().lower()
        if word not in TRUE | FALSE:
            self.keep(
                column, _('%(column)s is neither yes nor no but "%(value)s".') % {"column": column, "value": word[:80]}
            )
            return default
        return word in TRUE

    def number(self, column: str) -> Decimal | None:
        """Return an exact number, also from text that writes it with spaces and a decimal comma."""
        value = self.value(column)
        if value is None or str(value).strip() == "":
            return None
        try:
            number = Decimal(_plain_number(str(value)))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise SetAside(_('%(column)s is not a number: "%(value)s".') % {"column": column, "value": str(value)[:80]})
        return number

    def amount(self, column: str) -> Decimal | None:
        """Return money from zero up, exact to the cent.

        raises: SetAside when it is negative, too large or finer than a cent
        """
        number = self.number(column)
        if number is None:
            return None
        if number < 0:
            raise SetAside(_("%(column)s is negative: %(value)s.") % {"column": column, "value": number})
        if number > LARGEST_AMOUNT or number != number.quantize(CENTS):
            raise SetAside(_("%(column)s is no amount in cents: %(value)s.") % {"column": column, "value": number})
        return number.quantize(CENTS)

    def whole(self, column: str, *, least: int, most: int, default: int | None) -> int | None:
        """Return a whole number in the range; one outside it becomes the default and is kept besides."""
        number = self.number(column)
        if number is None:
            return default
        if number != number.to_integral_value() or not least <= number <= most:
            self.keep(column, _("%(column)s cannot be %(value)s.") % {"column": column, "value": number})
            return default
        return int(number)

    def choice(self, column: str, known: Mapping[str, str], *, default: str) -> str:
        """Return what a former word means here, the default for none.

        raises: SetAside for a word nobody knows
        """
        word = self.text(column).lower()
        if not word:
            return default
        if word not in known:
            raise SetAside(_('%(column)s is unknown: "%(value)s".') % {"column": column, "value": word[:80]})
        return known[word]

    def items(self, column: str) -> list[object]:
        """Return a list, also from one written as JSON into a text column; anything else is kept besides."""
        value = self.value(column)
        if isinstance(value, str):
            value = _listed(value)
        if value is None or isinstance(value, list):
            return list(json.loads(json.dumps(value or [], cls=DjangoJSONEncoder)))  # exact numbers become text
        self.keep(column, _("%(column)s is not a list.") % {"column": column})
        return []

    def day(self, column: str) -> date | None:
        """Return a date, of a moment its date on the wall calendar."""
        value = self.value(column)
        if value is None:
            return None
        return _parsed(column, value).date()

    def instant(self, column: str, *, shift: timedelta = timedelta()) -> datetime | None:
        """Return the moment of a wall time in the studio's zone, or of an instant that has its own.

        A wall time that the clocks jumped over moves forward by the gap; one that happened twice means the
        first. Both are noted.
        shift: added on the wall calendar
        """
        value = self.value(column)
        if value is None:
            return None
        moment = _parsed(column, value)
        if moment.tzinfo is not None and not shift:
            return moment
        wall = (moment.astimezone(self.zone).replace(tzinfo=None) if moment.tzinfo else moment) + shift
        facts = {"column": column, "time": f"{wall:%Y-%m-%d %H:%M}", "zone": self.zone.key}
        if is_skipped(wall, self.zone):
            note = _("%(column)s %(time)s does not exist in %(zone)s; moved forward by the gap.")
            self.keep(column, note % facts)
        elif is_doubled(wall, self.zone):
            self.keep(column, _("%(column)s %(time)s happened twice in %(zone)s; taken as the first.") % facts)
        return instant_moved_forward(wall, self.zone)

    def made_at(self) -> dict[str, datetime]:
        """Return when the row was made, for what cannot be given another time once it is saved."""
        return {name: at for name, at in self.bookkeeping().items() if name == BOOKKEEPING[0]}

    def bookkeeping(self) -> dict[str, datetime]:
        """Return when the row was made and changed, as far as that can be read, under our names for it."""
        times = {}
        for name in BOOKKEEPING:
            notes = len(self.notes)
            try:
                moment = self.instant(name)
            except SetAside as unusable:
                self.keep(name, str(unusable))
                continue
            # A skipped or doubled hour is not worth a note here: no rule rests on these times.
            del self.notes[notes:]
            self.value(name)
            if moment is not None:
                times[name] = moment
        return times


def _listed(text: str) -> object:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return [part.strip() for part in text.split(",") if part.strip()]


def _plain_number(text: str) -> str:
    text = GROUPED.sub("", text.strip())
    if "," in text and "." in text:
        group = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(group, "")
    return text.replace(",", ".")


def _parsed(column: str, value: object) -> datetime:
    unusable = SetAside(_('%(column)s is no usable date: "%(value)s".') % {"column": column, "value": str(value)[:80]})
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise unusable from exc
    if moment.year not in YEARS:
        raise unusable
    return moment
