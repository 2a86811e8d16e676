"""When clients are reminded of what is overdue, and in what words."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated

POLICY_ID = 1
MOST_DAYS = 365
EARLIEST_HOUR, LATEST_HOUR = 6, 19


class ReminderLevel(models.IntegerChoices):
    """The steps of the ladder, in their order."""

    POLITE = 1, _("polite")
    FIRM = 2, _("firm")
    FINAL = 3, _("final")


class Step(NamedTuple):
    """A step, and how many days after the due day it comes."""

    level: ReminderLevel
    days: int


def _later(one: str, other: str) -> Q:
    return Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | Q(**{f"{other}__gt": F(one)})


def _bounded(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"reminder_policies_{field}_bounded",
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 1, f"{field}__lte": MOST_DAYS}),
        violation_error_message=_("A reminder comes 1 to 365 days after the due day."),
    )


class ReminderPolicy(CreatedUpdated):
    """The one row of what the studio has settled about reminders; without it nothing leaves by itself."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=POLICY_ID, db_default=POLICY_ID, editable=False)
    is_active = models.BooleanField(
        _("reminders leave by themselves"),
        default=False,
        db_default=False,
        help_text=_("Switched off: somebody sends each of them."),
    )
    polite_days = models.PositiveSmallIntegerField(
        _("polite"), null=True, blank=True, default=7, db_default=7, help_text=_("Days after the due day. Empty: none.")
    )
    firm_days = models.PositiveSmallIntegerField(
        _("firm"), null=True, blank=True, default=21, db_default=21, help_text=_("Days after the due day. Empty: none.")
    )
    final_days = models.PositiveSmallIntegerField(
        _("final"),
        null=True,
        blank=True,
        default=35,
        db_default=35,
        help_text=_("Days after the due day. Empty: none."),
    )
    hour = models.PositiveSmallIntegerField(
        _("from this hour"), default=9, db_default=9, help_text=_("Of the studio's clock, 6 to 19; never at night.")
    )
    since_on = models.DateField(
        _("due since"),
        null=True,
        blank=True,
        help_text=_("What was due before this day is reminded of by hand alone. Empty: everything counts."),
    )
    states_law = models.BooleanField(
        _("name the costs of paying late"),
        default=True,
        db_default=True,
        help_text=_("What the law of the studio's country lets it ask. The firm and the final letter say so."),
    )

    class Meta:
        db_table = "reminder_policies"
        verbose_name = _("rules of reminders")
        verbose_name_plural = _("rules of reminders")
        constraints = [
            models.CheckConstraint(name="reminder_policies_one_row", condition=Q(id=POLICY_ID)),
            *[_bounded(field) for field in ("polite_days", "firm_days", "final_days")],
            models.CheckConstraint(
                name="reminder_policies_steps_in_order",
                condition=_later("polite_days", "firm_days")
                & _later("firm_days", "final_days")
                & _later("polite_days", "final_days"),
                violation_error_message=_("Each reminder comes later than the one before."),
            ),
            models.CheckConstraint(
                name="reminder_policies_at_a_decent_hour",
                condition=Q(hour__gte=EARLIEST_HOUR, hour__lte=LATEST_HOUR),
                violation_error_message=_("Choose an hour from 6 to 19."),
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def steps(self) -> Sequence[Step]:
        """The steps that are taken, in their order."""
        days = zip(ReminderLevel, (self.polite_days, self.firm_days, self.final_days), strict=True)
        return [Step(level, after) for level, after in days if after is not None]

    def reaches(self, due_on: date) -> bool:
        """Whether the ladder is for what was due on a day."""
        return self.since_on is None or due_on >= self.since_on


class ReminderText(CreatedUpdated):
    """The studio's own words of a step in one language; a step without a row is in the product's words."""

    level = models.PositiveSmallIntegerField(
        _("step"), choices=ReminderLevel, default=ReminderLevel.POLITE, db_default=ReminderLevel.POLITE
    )
    language = models.CharField(_("language"), max_length=8, default="en", db_default="en")
    subject = models.CharField(
        _("subject"), max_length=200, blank=True, default="", db_default="", help_text=_("Empty: the usual subject.")
    )
    opening = models.TextField(
        _("opening"),
        max_length=4000,
        help_text=_("Plain text. The documents, what they come to and where to pay follow by themselves."),
    )

    class Meta:
        db_table = "reminder_texts"
        verbose_name = _("words of a reminder")
        verbose_name_plural = _("words of reminders")
        constraints = [
            models.UniqueConstraint(
                name="reminder_texts_once",
                fields=["level", "language"],
                violation_error_message=_("This step has words in this language already."),
            ),
            models.CheckConstraint(name="reminder_texts_level_known", condition=Q(level__in=ReminderLevel.values)),
            models.CheckConstraint(
                name="reminder_texts_language_code", condition=Q(language__regex=r"^[a-z]{2}(-[a-z]+)?$")
            ),
            models.CheckConstraint(
                name="reminder_texts_opening_given",
                condition=~Q(opening=""),
                violation_error_message=_("Say something, or leave the step in the usual words."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} ({self.language})"
