"""Projects: what the sessions of a client work towards."""

from decimal import Decimal
from typing import Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from sessions_app.models.client import Client
from studio.db import CreatedUpdated


class ProjectKind(models.TextChoices):
    """What a project will become."""

    ALBUM = "album", _("album")
    EP = "ep", _("EP")
    SINGLE = "single", _("single")
    DEMO = "demo", _("demo")
    SOUNDTRACK = "soundtrack", _("soundtrack")
    PODCAST = "podcast", _("podcast")
    OTHER = "other", _("other")


class ProjectStatus(models.TextChoices):
    """How far a project has come."""

    PRE_PRODUCTION = "pre_production", _("pre-production")
    RECORDING = "recording", _("recording")
    EDITING = "editing", _("editing")
    MIXING = "mixing", _("mixing")
    MASTERING = "mastering", _("mastering")
    COMPLETED = "completed", _("completed")
    DELIVERED = "delivered", _("delivered")
    ARCHIVED = "archived", _("archived")


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects."""

    def current(self) -> Self:
        """Keep the projects that are not archived."""
        return self.exclude(status=ProjectStatus.ARCHIVED)

    def locked(self) -> Self:
        """Rows about to be written, in primary-key order so that two callers cannot deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class Project(CreatedUpdated):
    """A piece of work for one client; its sessions outlive it."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="projects", verbose_name=_("client"))
    kind = models.CharField(
        _("kind"), max_length=16, choices=ProjectKind, default=ProjectKind.ALBUM, db_default=ProjectKind.ALBUM
    )
    name = models.CharField(_("name"), max_length=255)
    artist_name = models.CharField(_("artist"), max_length=255, blank=True, default="", db_default="")
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    genre = models.CharField(_("genre"), max_length=100, blank=True, default="", db_default="")
    label = models.CharField(_("label"), max_length=200, blank=True, default="", db_default="")
    catalogue_number = models.CharField(_("catalogue number"), max_length=100, blank=True, default="", db_default="")
    included_revisions = models.PositiveSmallIntegerField(
        _("included revisions"), default=2, db_default=2, help_text=_("Further ones are billed.")
    )
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    technical_notes = models.TextField(_("technical notes"), blank=True, default="", db_default="")
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=ProjectStatus,
        default=ProjectStatus.PRE_PRODUCTION,
        db_default=ProjectStatus.PRE_PRODUCTION,
    )
    budget = models.DecimalField(_("budget"), max_digits=12, decimal_places=2, null=True, blank=True)
    # Sessions + time + expenses; kept true by the services that change one of them.
    actual_cost = models.DecimalField(
        _("actual cost"), max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0), editable=False
    )

    objects = models.Manager.from_queryset(ProjectQuerySet)()

    class Meta:
        db_table = "projects"
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [
            models.CheckConstraint(name="projects_kind_known", condition=Q(kind__in=ProjectKind.values)),
            models.CheckConstraint(name="projects_status_known", condition=Q(status__in=ProjectStatus.values)),
            models.CheckConstraint(name="projects_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="projects_budget_not_negative",
                condition=Q(budget__isnull=True) | Q(budget__gte=0),
                violation_error_message=_("A budget may not be negative."),
            ),
            models.CheckConstraint(name="projects_actual_cost_not_negative", condition=Q(actual_cost__gte=0)),
            # What the sessions' key on (project, client) refers to.
            models.UniqueConstraint(name="projects_id_with_client", fields=["id", "client"]),
        ]
        indexes = [
            GinIndex(
                OpClass(Upper("name"), "gin_trgm_ops"),
                OpClass(Upper("artist_name"), "gin_trgm_ops"),
                name="projects_search",
            ),
        ]

    def __str__(self) -> str:
        return self.name
