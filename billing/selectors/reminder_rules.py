"""The studio's ladder of reminders: which step comes next, and on which day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing.models import ReminderLevel, ReminderPolicy, ReminderText, Step


@dataclass(frozen=True, slots=True)
class Taken:
    """The last step that a document has had, and on which day."""

    level: ReminderLevel
    on: date


@dataclass(frozen=True, slots=True)
class Coming:
    """The step that comes next, and from which day on."""

    level: ReminderLevel
    on: date


def current_policy() -> ReminderPolicy:
    """Return what the studio has settled; an unsaved row, by which nothing leaves by itself, until it has.

    queries: 1
    """
    return ReminderPolicy.objects.first() or ReminderPolicy()


def own_words(level: ReminderLevel, language: str) -> ReminderText | None:
    """Return the studio's words of a step in a language; None where it has none.

    queries: 1
    """
    return ReminderText.objects.filter(level=level, language=language).first()


def next_step(steps: Sequence[Step], *, due_on: date, taken: Taken | None, today: date) -> Coming | None:
    """Return the step that a document has next; None where it has had the last one.

    It begins with the first one. Between two there are at least as many days as the ladder has between them, so that
    nobody who was reminded late is threatened the day after. Of several whose day has come, as after a pause, it is
    the last one: those between are left out.
    """
    if taken is None:
        return Coming(steps[0].level, due_on + timedelta(days=steps[0].days)) if steps else None
    usual = {step.level: step.days for step in steps}
    before, found = usual.get(taken.level, (taken.on - due_on).days), None
    for level, days in steps:
        if level > taken.level:
            apart = max(days - before, 1)
            on = max(due_on + timedelta(days=days), taken.on + timedelta(days=apart))
            if found is None or on <= today:
                found = Coming(level, on)
    return found
