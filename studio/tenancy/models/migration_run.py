"""What the migrating command did, to whom, and how it went."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.db import CreatedUpdated
from studio.showing import when
from studio.tenancy.models.studio import Studio


class RunState(models.TextChoices):
    """How a run or one studio's part of it ended."""

    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    STOPPED = "stopped", _("stopped")


class MigrationRun(CreatedUpdated):
    """One call of the migrating command."""

    target = models.CharField(max_length=255, blank=True, default="", help_text=_("Empty: all migrations."))
    state = models.CharField(max_length=16, choices=RunState, db_default=RunState.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "migration_runs"
        constraints = [
            models.CheckConstraint(name="migration_runs_state_known", condition=Q(state__in=RunState.values))
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {when(self.started_at)} {self.state}"


class MigrationResult(CreatedUpdated):
    """One schema's part of a run."""

    run = models.ForeignKey(MigrationRun, on_delete=models.CASCADE, related_name="results")
    studio = models.ForeignKey(
        Studio,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="migration_results",
        help_text=_("Empty for the public schema, and after the studio is gone: the run stays on record."),
    )
    schema_name = models.CharField(max_length=63)
    state = models.CharField(max_length=16, choices=RunState)
    applied = models.TextField(blank=True, default="", help_text=_("The migrations applied, one per line."))
    tries = models.PositiveSmallIntegerField(db_default=1)
    error = models.TextField(blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "migration_results"
        constraints = [
            models.CheckConstraint(name="migration_results_state_known", condition=Q(state__in=RunState.values)),
            models.UniqueConstraint(name="migration_results_once_per_run", fields=["run", "schema_name"]),
        ]

    def __str__(self) -> str:
        return f"{self.schema_name} {self.state}"


class SchemaReport(CreatedUpdated):
    """What the schema guard last found in one schema."""

    studio = models.OneToOneField(
        Studio,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="schema_report",
        help_text=_("Empty for the public schema."),
    )
    schema_name = models.CharField(max_length=63, unique=True)
    digest = models.CharField(max_length=64)
    findings = models.JSONField(default=list)
    checked_at = models.DateTimeField()

    class Meta:
        db_table = "schema_reports"

    def __str__(self) -> str:
        return f"{self.schema_name}: {len(self.findings)}"
