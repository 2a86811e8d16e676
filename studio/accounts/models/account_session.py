"""The lasting record of each sign-in."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.accounts.models.user import User
from studio.db import CreatedUpdated
from studio.showing import when


class EndReason(models.TextChoices):
    """Why a signed-in period ended."""

    SIGNED_OUT = "signed_out", _("signed out")
    REVOKED = "revoked", _("ended from another device")
    EXPIRED = "expired", _("expired")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    DEACTIVATED = "deactivated", _("account closed")


class AccountSession(CreatedUpdated):
    """One sign-in and what became of it; it outlives the account.

    The database refuses every change but two: the account's own deletion empties the link, and an
    open record is ended once.
    """

    append_only = True
    append_only_except = ("ended_at", "end_reason", "updated_at")

    account = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="account_sessions",
        verbose_name=_("account"),
        help_text=_("Empty once the account is deleted: the record stays, for audit and debugging."),
    )
    account_label = models.CharField(_("account as it was"), max_length=420)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("end"), max_length=16, choices=EndReason, blank=True, default="", db_default="")
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    agent = models.CharField(_("browser"), max_length=255, blank=True, default="", db_default="")

    class Meta:
        db_table = "account_sessions"
        verbose_name = _("account session")
        verbose_name_plural = _("account sessions")
        constraints = [
            models.CheckConstraint(name="account_sessions_label_given", condition=~Q(account_label="")),
            models.CheckConstraint(
                name="account_sessions_end_reason_known",
                condition=Q(ended_at__isnull=True, end_reason="")
                | Q(ended_at__isnull=False, end_reason__in=EndReason.values),
            ),
            models.CheckConstraint(
                name="account_sessions_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
            ),
        ]
        indexes = [
            GinIndex(OpClass(Upper("account_label"), "gin_trgm_ops"), name="account_sessions_search"),
            models.Index(name="account_sessions_started", fields=["-started_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.account_label} {when(self.started_at)}"
