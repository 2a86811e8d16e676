"""When the house is open: weekly hours and days on which it is closed."""

from datetime import time

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.showing import days

DAY_MINUTES = 24 * 60


class Weekday(models.IntegerChoices):
    """Days numbered as Python's date.weekday() does."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def wall_label(minute: int) -> str:
    """Return a wall minute as people write it: 540 is 09:00, 1440 is 24:00, 1530 is 01:30."""
    shown = minute if minute <= DAY_MINUTES else minute - DAY_MINUTES
    return f"{shown // 60:02}:{shown % 60:02}"


def wall_minute(wall: time) -> int:
    """Return the wall minute of a time of day."""
    return wall.hour * 60 + wall.minute


class OpeningHours(CreatedUpdated):
    """One stretch of a weekday during which the house is open, or the word that it stays closed.

    The rows in force for a date are those of its weekday with the newest `effective_from` that is not
    after the date.
    """

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    # Minutes of the wall clock since the weekday's midnight, so that 24:00 and the night after can be said.
    opens = models.PositiveSmallIntegerField(
        _("opens"), null=True, blank=True, help_text=_("Minutes after midnight; empty: closed all day.")
    )
    closes = models.PositiveSmallIntegerField(
        _("closes"), null=True, blank=True, help_text=_("Minutes after midnight; 1440 is 24:00, more is the next day.")
    )
    effective_from = models.DateField(_("effective from"))

    class Meta:
        db_table = "opening_hours"
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(name="opening_hours_weekday_known", condition=Q(weekday__in=Weekday.values)),
            models.CheckConstraint(
                name="opening_hours_open_or_closed",
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(opens__isnull=False, closes__isnull=False),
                violation_error_message=_("Give both hours, or neither for a closed day."),
            ),
            models.CheckConstraint(
                name="opening_hours_opens_on_its_day",
                condition=Q(opens__isnull=True) | Q(opens__gte=0, opens__lt=DAY_MINUTES),
                violation_error_message=_("The opening hour lies on the day itself."),
            ),
            models.CheckConstraint(
                name="opening_hours_at_most_a_day",
                condition=Q(opens__isnull=True) | Q(closes__gt=F("opens"), closes__lte=F("opens") + DAY_MINUTES),
                violation_error_message=_("The closing hour follows the opening hour by at most 24 hours."),
            ),
            # A closed day is the range without bounds: it stands alone.
            ExclusionConstraint(
                name="opening_hours_disjoint",
                expressions=[
                    ("weekday", RangeOperators.EQUAL),
                    ("effective_from", RangeOperators.EQUAL),
                    (
                        Func(F("opens"), F("closes"), function="int4range", output_field=IntegerRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("These hours overlap others of the same weekday."),
            ),
        ]

    def __str__(self) -> str:
        day = Weekday(self.weekday).label
        if self.opens is None or self.closes is None:
            return f"{day}: {_('closed')}"
        return f"{day} {wall_label(self.opens)}-{wall_label(self.closes)}"


class Closure(CreatedUpdated):
    """Days on which the house stays closed whatever the weekday says."""

    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))  # inclusive, as people say it
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="", db_default="")

    class Meta:
        db_table = "closures"
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.CheckConstraint(
                name="closures_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day may not come before the first."),
            ),
        ]
        indexes = [models.Index(name="closures_last_day", fields=["ends_on"])]

    def __str__(self) -> str:
        return days(self.starts_on, self.ends_on)
