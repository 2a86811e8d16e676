"""Documents that exist as a file: made once, kept as they are."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PrintProblem(models.TextChoices):
    """Why there is no file of a document."""

    NONE = "", _("none")
    NO_RENDERER = "no_renderer", _("The server lacks the libraries that lay out documents.")
    TOO_LARGE = "too_large", _("There is more in it than a document can hold.")
    TOO_SLOW = "too_slow", _("Laying it out took too long.")
    NO_ROOM = "no_room", _("The studio's storage is full.")
    BROKEN = "broken", _("It could not be laid out.")


# Gone once somebody has made room or installed what is missing: tried again without being asked.
PASSING = (PrintProblem.NONE, PrintProblem.NO_RENDERER, PrintProblem.NO_ROOM)


class Printed(models.Model):
    """A document with its file."""

    pdf_s3_key = models.TextField(_("stored PDF"), blank=True, default="", db_default="", editable=False)
    pdf_hash = models.CharField(
        _("fingerprint of the PDF"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    pdf_problem = models.CharField(
        _("why there is no PDF"),
        max_length=16,
        choices=PrintProblem,
        blank=True,
        default=PrintProblem.NONE,
        db_default=PrintProblem.NONE,
        editable=False,
    )

    class Meta:
        abstract = True

    @property
    def is_printed(self) -> bool:
        """Whether its file is there."""
        return bool(self.pdf_s3_key)
