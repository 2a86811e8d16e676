"""What trainers are certified for, and until when."""

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from training.models.trainer import Trainer

WARN_AHEAD = timedelta(days=30)  # enough for a course to be found and taken


class TrainerCertificateQuerySet(models.QuerySet["TrainerCertificate"]):
    """Certificates."""

    def ending(self, today: date) -> Self:
        """Keep those that are out of date, or will be within 30 days, of trainers who still work here."""
        return self.filter(expires_on__lte=today + WARN_AHEAD, trainer__is_active=True)

    def unwarned(self) -> Self:
        """Keep those of whose last day nobody has been told yet."""
        return self.exclude(warned_for=F("expires_on"))


class TrainerCertificate(CreatedUpdated):
    """A certificate of a trainer, e.g. in first aid."""

    trainer = models.ForeignKey(
        Trainer, on_delete=models.DB_CASCADE, related_name="certificates", verbose_name=_("trainer"), db_index=False
    )
    name = models.CharField(_("certificate"), max_length=200)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True, default="", db_default="")
    number = models.CharField(_("number"), max_length=100, blank=True, default="", db_default="")
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("The last day on which it is valid; empty: for ever.")
    )
    # The last day of which somebody was told: a later one is told of again.
    warned_for = models.DateField(_("warned of"), null=True, blank=True, editable=False)

    objects = models.Manager.from_queryset(TrainerCertificateQuerySet)()

    class Meta:
        db_table = "trainer_certificates"
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.CheckConstraint(name="trainer_certificates_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="trainer_certificates_expires_after_issue",
                condition=Q(issued_on__isnull=True) | Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")),
                violation_error_message=_("A certificate ends after it is issued."),
            ),
        ]
        indexes = [
            models.Index(name="trainer_certificates_of_one", fields=["trainer", "name"]),
            models.Index(
                name="trainer_certificates_ending", fields=["expires_on"], condition=Q(expires_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name
