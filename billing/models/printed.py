"""Documents that exist as a file: made once, kept as they are."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PrintProblem(models.TextChoices):
    """Why there is no file of a document that could be handed out."""

    NONE = "", _("none")
    NO_RENDERER = "no_renderer", _("The server lacks the libraries that lay out documents.")
    TOO_LARGE = "too_large", _("There is more in it than a document can hold.")
    TOO_SLOW = "too_slow", _("Laying it out took too long.")
    NO_ROOM = "no_room", _("The studio's storage is full.")
    BROKEN = "broken", _("It could not be laid out.")
    LOST = "lost", _("The stored file is gone.")
    CHANGED = "changed", _("The stored file is not the one that was made.")
    AGAIN = "again", _("It is being made again.")


# Gone once somebody has made room or installed what is missing: tried again without being asked.
PASSING = (PrintProblem.NONE, PrintProblem.NO_RENDERER, PrintProblem.NO_ROOM, PrintProblem.AGAIN)


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
    def was_printed(self) -> bool:
        """Whether its file was made here; for good, whatever became of it in the store.

        A key without a fingerprint is a former system's, and names a file of its store.
        """
        return bool(self.pdf_hash)

    @property
    def is_printed(self) -> bool:
        """Whether its file is there, as far as anybody knows."""
        return self.was_printed and self.pdf_problem == PrintProblem.NONE

    @property
    def is_coming(self) -> bool:
        """Whether its file is being made, for the first time or again."""
        return self.pdf_problem == (PrintProblem.AGAIN if self.was_printed else PrintProblem.NONE)


def printed_constraints(table: str, *, exempt: Q | None = None) -> list[models.BaseConstraint]:
    """Return what holds of the file of every document in a table.

    exempt: which documents may lack a fingerprint, those of a former system
    """
    both = Q(pdf_s3_key="", pdf_hash="") | (~Q(pdf_s3_key="") & ~Q(pdf_hash=""))
    return [
        models.CheckConstraint(name=f"{table}_pdf_problem_known", condition=Q(pdf_problem__in=PrintProblem.values)),
        models.CheckConstraint(
            name=f"{table}_pdf_with_fingerprint", condition=both if exempt is None else both | exempt
        ),
    ]
