"""Deposits asked for booked time, before there is anything to invoice."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.invoice import Invoice
from sessions_app.models import StudioSession
from studio.db import CreatedUpdated


class SessionDeposit(CreatedUpdated):
    """The deposit invoice that is for a session; while it is only held, money for it books the slot."""

    session = models.ForeignKey(
        StudioSession,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        verbose_name=_("session"),
        db_index=False,
        help_text=_("Empty once the session is deleted: what it was called stays."),
    )
    session_label = models.CharField(_("session"), max_length=255)
    invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, related_name="session_deposit", verbose_name=_("deposit invoice")
    )
    released_at = models.DateTimeField(
        _("let go at"), null=True, blank=True, help_text=_("When it was credited, so that another may be asked.")
    )

    class Meta:
        db_table = "session_deposits"
        verbose_name = _("deposit of a session")
        verbose_name_plural = _("deposits of sessions")
        constraints = [
            models.UniqueConstraint(
                name="session_deposits_one_standing",
                fields=["session"],
                condition=Q(session__isnull=False, released_at__isnull=True),
                violation_error_message=_("The deposit of this session is asked already."),
            ),
        ]

    def __str__(self) -> str:
        return self.session_label
