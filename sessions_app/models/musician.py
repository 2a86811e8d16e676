"""Talents: the musicians and actors who take part in sessions."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated


class TalentType(models.TextChoices):
    """What a talent does."""

    MUSICIAN = "musician", _("musician")
    ACTOR = "actor", _("actor")


class Musician(CreatedUpdated):
    """A talent who can be hired for a session and credited on a track."""

    talent_type = models.CharField(
        _("talent"), max_length=50, choices=TalentType, default=TalentType.MUSICIAN, db_default=TalentType.MUSICIAN
    )
    name = models.CharField(_("name"), max_length=255)
    stage_name = models.CharField(_("stage name"), max_length=255, blank=True, default="", db_default="")
    email = models.EmailField(_("e-mail"), max_length=255, blank=True, default="", db_default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, default="", db_default="")
    biography = models.TextField(_("biography"), blank=True, default="", db_default="")
    primary_instrument = models.CharField(_("main instrument"), max_length=100, blank=True, default="", db_default="")
    instruments = models.JSONField(_("instruments"), default=list, db_default=Value([], models.JSONField()), blank=True)
    genres = models.JSONField(_("genres"), default=list, db_default=Value([], models.JSONField()), blank=True)
    links = models.JSONField(
        _("links"),
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text=_("Name of the site -> address."),
    )
    hourly_rate = models.DecimalField(_("hourly rate"), max_digits=12, decimal_places=2, null=True, blank=True)
    usage_terms = models.TextField(
        _("usage terms"), blank=True, default="", db_default="", help_text=_("Where and how recordings may be used.")
    )
    usage_ends_on = models.DateField(_("usage ends on"), null=True, blank=True, help_text=_("Empty: without an end."))
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    is_active = models.BooleanField(
        _("active"), default=True, db_default=True, help_text=_("Switched off: no longer offered in forms.")
    )

    class Meta:
        db_table = "musicians"
        verbose_name = _("talent")
        verbose_name_plural = _("talents")
        constraints = [
            models.CheckConstraint(
                name="musicians_talent_type_known",
                condition=Q(talent_type__in=TalentType.values),
                violation_error_message=_("A talent is a musician or an actor."),
            ),
            models.CheckConstraint(name="musicians_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="musicians_rate_not_negative",
                condition=Q(hourly_rate__isnull=True) | Q(hourly_rate__gte=0),
                violation_error_message=_("A rate may not be negative."),
            ),
        ]
        indexes = [
            GinIndex(
                OpClass(Upper("name"), "gin_trgm_ops"),
                OpClass(Upper("stage_name"), "gin_trgm_ops"),
                name="musicians_search",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage_name} ({self.name})" if self.stage_name else self.name
