"""Invitations of people who have no account yet."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from studio.accounts.models.role import RoleName
from studio.accounts.models.user import User
from studio.db import CreatedUpdated


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Open and settled invitations."""

    def unsettled(self) -> Self:
        """Neither accepted nor withdrawn; they may have run out."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def open(self, now: datetime) -> Self:
        """Those that can still be accepted."""
        return self.unsettled().filter(expires_at__gt=now)


class Invitation(CreatedUpdated):
    """An offer of a role, good once and for a while; only the digest of its token is kept."""

    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=16, choices=RoleName)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    invited_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="invitations_sent",
        editable=False,
        verbose_name=_("invited by"),
        help_text=_("Empty when the platform invited, and once the account is deleted: the label stays."),
    )
    invited_by_label = models.CharField(
        _("invited by, as it was"), max_length=420, blank=True, default="", db_default="", editable=False
    )
    account = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="invitations",
        editable=False,
        verbose_name=_("account"),
        help_text=_("Empty until the invitation is accepted, and once that account is deleted: the address stays."),
    )

    objects = models.Manager.from_queryset(InvitationQuerySet)()

    class Meta:
        db_table = "invitations"
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(name="invitations_role_known", condition=Q(role__in=RoleName.values)),
            models.CheckConstraint(name="invitations_email_lower_case", condition=Q(email=Lower(F("email")))),
            models.CheckConstraint(
                name="invitations_settled_once", condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="invitations_one_open",
                fields=["email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                violation_error_message=_("This address is invited already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.role}"
