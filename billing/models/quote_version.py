"""Versions of quotes: what was sent, and what the client said to it."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.printed import Printed, PrintProblem, printed_constraints
from billing.models.quote import Quote
from studio.db import CreatedUpdated


class VersionOutcome(models.TextChoices):
    """What became of a version."""

    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("declined")
    EXPIRED = "expired", _("expired")
    REPLACED = "replaced", _("taken back")


ANSWERED = (VersionOutcome.ACCEPTED, VersionOutcome.REJECTED)


class QuoteVersionQuerySet(models.QuerySet["QuoteVersion"]):
    """Versions of quotes."""

    def answerable(self, now: datetime) -> Self:
        """Keep those that can be accepted now."""
        return self.filter(outcome=VersionOutcome.OPEN, expires_at__gt=now)


class QuoteVersion(Printed, CreatedUpdated):
    """A quote as it was sent, for good; its fingerprint is what an acceptance names."""

    quote = models.ForeignKey(
        Quote, on_delete=models.PROTECT, related_name="versions", verbose_name=_("quote"), db_index=False
    )
    number = models.PositiveSmallIntegerField(_("version"))
    public_id = models.UUIDField(_("key in links"), default=uuid4, db_default=RandomUUID(), unique=True, editable=False)
    snapshot = models.JSONField(_("as sent"))
    content_hash = models.CharField(_("fingerprint"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("sent by"),
        help_text=_("Empty when the product did it, and after the account is deleted: the name stays."),
    )
    sent_by_label = models.CharField(_("sent by"), max_length=420, blank=True, default="", db_default="")
    expires_at = models.DateTimeField(_("expires at"))

    outcome = models.CharField(
        _("answer"),
        max_length=16,
        choices=VersionOutcome,
        default=VersionOutcome.OPEN,
        db_default=VersionOutcome.OPEN,
    )
    ended_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    signer_name = models.CharField(
        _("answered by"), max_length=200, blank=True, default="", db_default="", help_text=_("As typed.")
    )
    signer_address = models.GenericIPAddressField(
        _("network address"), null=True, blank=True, help_text=_("Empty: taken down by the staff, or not known.")
    )
    signer_agent = models.CharField(_("browser"), max_length=500, blank=True, default="", db_default="")
    remark = models.TextField(_("remark"), blank=True, default="", db_default="")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("taken down by"),
        help_text=_("Empty when the client answered online, and after the account is deleted: the name stays."),
    )
    recorded_by_label = models.CharField(_("taken down by"), max_length=420, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(QuoteVersionQuerySet)()

    class Meta:
        db_table = "quote_versions"
        verbose_name = _("version of a quote")
        verbose_name_plural = _("versions of quotes")
        constraints = [
            models.CheckConstraint(name="quote_versions_number_positive", condition=Q(number__gte=1)),
            models.CheckConstraint(name="quote_versions_total_not_negative", condition=Q(total__gte=0)),
            models.CheckConstraint(name="quote_versions_hashed", condition=Q(content_hash__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(name="quote_versions_outcome_known", condition=Q(outcome__in=VersionOutcome.values)),
            models.CheckConstraint(
                name="quote_versions_ended_by_outcome",
                condition=Q(outcome=VersionOutcome.OPEN, ended_at__isnull=True)
                | (~Q(outcome=VersionOutcome.OPEN) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="quote_versions_answer_is_signed",
                condition=(Q(outcome__in=[each.value for each in ANSWERED]) & ~Q(signer_name=""))
                | (
                    ~Q(outcome__in=[each.value for each in ANSWERED])
                    & Q(signer_name="", signer_address__isnull=True, signer_agent="")
                ),
                violation_error_message=_("An answer names who gave it."),
            ),
            *printed_constraints("quote_versions"),
            models.UniqueConstraint(name="quote_versions_once", fields=["quote", "number"]),
            models.UniqueConstraint(
                name="quote_versions_one_open", fields=["quote"], condition=Q(outcome=VersionOutcome.OPEN)
            ),
            models.UniqueConstraint(
                name="quote_versions_one_accepted", fields=["quote"], condition=Q(outcome=VersionOutcome.ACCEPTED)
            ),
        ]
        indexes = [
            models.Index(name="quote_versions_sent_by", fields=["sent_by"], condition=Q(sent_by__isnull=False)),
            models.Index(
                name="quote_versions_recorded_by", fields=["recorded_by"], condition=Q(recorded_by__isnull=False)
            ),
            models.Index(
                name="quote_versions_to_print",
                fields=["id"],
                condition=Q(pdf_s3_key="") | Q(pdf_problem=PrintProblem.AGAIN),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quote}, {self.number}"
