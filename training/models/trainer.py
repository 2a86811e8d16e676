"""The people who train members."""

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class Trainer(CreatedUpdated):
    """Somebody who trains members, with or without an account of their own."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DB_SET_NULL,
        related_name="+",
        db_index=False,
        verbose_name=_("account"),
        help_text=_("Empty for a trainer who does not sign in, and after the account is deleted."),
    )
    first_name = models.CharField(_("first name"), max_length=255)
    last_name = models.CharField(_("last name"), max_length=255)
    email = models.EmailField(_("e-mail"), max_length=255, blank=True, default="", db_default="")
    hourly_rate = models.DecimalField(_("hourly rate"), max_digits=12, decimal_places=2, null=True, blank=True)
    languages = models.JSONField(_("languages"), default=list, db_default=Value([], models.JSONField()), blank=True)

    class Meta:
        db_table = "trainers"
        verbose_name = _("trainer")
        verbose_name_plural = _("trainers")
        constraints = [
            models.UniqueConstraint(
                name="trainers_email_once",
                fields=["email"],
                condition=~Q(email=""),
                violation_error_message=_("There is a trainer of that e-mail address already."),
            ),
            models.UniqueConstraint(
                name="trainers_user_once",
                fields=["user"],
                condition=Q(user__isnull=False),
                violation_error_message=_("This account belongs to a trainer already."),
            ),
            models.CheckConstraint(
                name="trainers_rate_not_negative",
                condition=Q(hourly_rate__isnull=True) | Q(hourly_rate__gte=0),
                violation_error_message=_("A rate may not be negative."),
            ),
        ]
        indexes = [
            GinIndex(
                OpClass(Upper("first_name"), "gin_trgm_ops"),
                OpClass(Upper("last_name"), "gin_trgm_ops"),
                OpClass(Upper("email"), "gin_trgm_ops"),
                name="trainers_search",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name, as sessions keep it after the trainer is gone."""
        return f"{self.first_name} {self.last_name}".strip()
