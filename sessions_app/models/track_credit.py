"""Credits: who made a track, and what share of it is theirs."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.models.musician import Musician
from sessions_app.models.track import Track
from studio.db import CreatedUpdated

WHOLE = Decimal(100)


class TrackCreditQuerySet(models.QuerySet["TrackCredit"]):
    """Credits."""

    def as_printed(self) -> Self:
        """Credits as they stand on a label copy: the main ones first, then as they were entered."""
        return self.order_by("track", "-is_primary", "pk")


class TrackCredit(CreatedUpdated):
    """A person's part in a track. The splits of one track come to 100 percent at most: the migration's trigger."""

    track = models.ForeignKey(Track, on_delete=models.DB_CASCADE, related_name="credits", verbose_name=_("track"))
    role = models.CharField(_("role"), max_length=100, help_text=_("E.g. composer, drums, mixing engineer."))
    musician = models.ForeignKey(
        Musician,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="credits",
        db_index=False,
        verbose_name=_("talent"),
        help_text=_("Empty for somebody who is no talent here, and after the talent is deleted: the name stays."),
    )
    name = models.CharField(
        _("name"),
        max_length=255,
        blank=True,
        help_text=_("As it is printed. Empty: the talent's own."),
    )
    is_primary = models.BooleanField(_("main credit"), default=False, db_default=False)
    split_percent = models.DecimalField(_("split"), max_digits=5, decimal_places=2, null=True, blank=True)

    objects = models.Manager.from_queryset(TrackCreditQuerySet)()

    class Meta:
        db_table = "track_credits"
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        constraints = [
            models.CheckConstraint(
                name="track_credits_role_given",
                condition=~Q(role=""),
                violation_error_message=_("A credit says for what."),
            ),
            models.CheckConstraint(
                name="track_credits_name_given",
                condition=~Q(name=""),
                violation_error_message=_("A credit names somebody."),
            ),
            models.CheckConstraint(
                name="track_credits_split_is_percent",
                condition=Q(split_percent__isnull=True) | Q(split_percent__gte=0, split_percent__lte=WHOLE),
                violation_error_message=_("A split lies between 0 and 100 percent."),
            ),
        ]
        indexes = [
            models.Index(name="track_credits_musician", fields=["musician"], condition=Q(musician__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"
