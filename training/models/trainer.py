"""The people who train members."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated

RATES = ("hourly_rate", "session_rate", "head_rate", "no_show_rate", "bonus_rate")


class TrainerQuerySet(models.QuerySet["Trainer"]):
    """Questions asked of trainers."""

    def bookable(self) -> Self:
        """Keep those who work here, by name."""
        return self.filter(is_active=True).order_by("last_name", "first_name", "pk")


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
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    hired_on = models.DateField(_("works here since"), null=True, blank=True)
    years_experience = models.PositiveSmallIntegerField(_("years of experience"), null=True, blank=True)
    biography = models.TextField(_("about"), blank=True, default="", db_default="")
    specialisations = models.JSONField(
        _("specialisations"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    is_active = models.BooleanField(
        _("works here"), default=True, db_default=True, help_text=_("Switched off: no longer offered for sessions.")
    )
    is_accepting_members = models.BooleanField(
        _("takes new members"), default=True, db_default=True, help_text=_("Trainers do, until they say otherwise.")
    )
    insurance_number = models.CharField(_("insurance policy"), max_length=100, blank=True, default="", db_default="")
    insurance_expires_on = models.DateField(_("insured until"), null=True, blank=True)
    background_checked_on = models.DateField(_("background checked on"), null=True, blank=True)
    emergency_name = models.CharField(_("emergency contact"), max_length=255, blank=True, default="", db_default="")
    emergency_phone = models.CharField(_("their phone"), max_length=50, blank=True, default="", db_default="")
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")

    hourly_rate = models.DecimalField(
        _("hourly rate"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("For the booked time, where no rate per session is given."),
    )
    session_rate = models.DecimalField(_("rate per session"), max_digits=12, decimal_places=2, null=True, blank=True)
    head_rate = models.DecimalField(
        _("rate per participant"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("On top, for each one who came."),
    )
    no_show_rate = models.DecimalField(
        _("rate for a no-show"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: nothing is paid when nobody came."),
    )
    bonus_rate = models.DecimalField(
        _("bonus per session"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("On top, once so many sessions are completed in a month."),
    )
    bonus_after = models.PositiveSmallIntegerField(_("bonus after"), default=0, db_default=0, help_text=_("Sessions."))
    languages = models.JSONField(_("languages"), default=list, db_default=Value([], models.JSONField()), blank=True)

    objects = models.Manager.from_queryset(TrainerQuerySet)()

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
                condition=Q(*[Q(**{f"{rate}__isnull": True}) | Q(**{f"{rate}__gte": 0}) for rate in RATES]),
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
