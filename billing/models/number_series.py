"""Where the numbers of documents come from."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.office.models import NUMBER_PATTERN

TEST_PREFIX = "TEST-"  # of the numbers of the test mode


class SeriesKind(models.TextChoices):
    """What is numbered in a row of its own."""

    INVOICE = "invoice", _("invoices")
    CREDIT_NOTE = "credit_note", _("credit notes")
    QUOTE = "quote", _("quotes")
    RECEIPT = "receipt", _("receipts")
    CONTRACT = "contract", _("contracts")


class NumberSeriesQuerySet(models.QuerySet["NumberSeries"]):
    """Number series."""

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class NumberSeries(CreatedUpdated):
    """The next number of a kind of document in a year; whoever takes one holds the row until the end."""

    kind = models.CharField(
        _("kind"), max_length=16, choices=SeriesKind, default=SeriesKind.INVOICE, db_default=SeriesKind.INVOICE
    )
    year = models.PositiveSmallIntegerField(_("year"))
    is_test = models.BooleanField(
        _("test"), default=False, db_default=False, help_text=_("Documents of the test mode are numbered apart.")
    )
    pattern = models.CharField(_("pattern"), max_length=65)  # that of the studio, after the mark of a test
    # After those that a former system gave in the same form.
    first_number = models.PositiveIntegerField(_("first number"), default=1, db_default=1)
    next_number = models.PositiveIntegerField(_("next number"), default=1, db_default=1)
    last_issued_at = models.DateTimeField(_("last issued at"), null=True, blank=True)
    last_hash = models.CharField(_("last fingerprint"), max_length=64, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(NumberSeriesQuerySet)()

    class Meta:
        db_table = "number_series"
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.CheckConstraint(name="number_series_kind_known", condition=Q(kind__in=SeriesKind.values)),
            models.UniqueConstraint(name="number_series_one_a_year", fields=["kind", "year", "is_test"]),
            models.CheckConstraint(name="number_series_next_positive", condition=Q(next_number__gte=1)),
            models.CheckConstraint(
                name="number_series_begins_before_next",
                condition=Q(first_number__gte=1, first_number__lte=F("next_number")),
            ),
            models.CheckConstraint(
                name="number_series_year_bounded",
                condition=Q(year__gte=2000, year__lte=9999),
            ),
            models.CheckConstraint(
                name="number_series_pattern_numbers",
                condition=Q(pattern__regex=NUMBER_PATTERN),
                violation_error_message=_("Write the pattern of numbers e.g. as FAC-{year}-{number:04}."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.year}"
