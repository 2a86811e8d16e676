"""What the migrating command did and what the schema guard found; to look at only."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from studio.admin_sites import MenuEntry, MenuGroup, platform_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, badge, when
from studio.tenancy.models import MigrationResult, MigrationRun, RunState, SchemaReport

TONES = {
    RunState.RUNNING: "info",
    RunState.DONE: "success",
    RunState.FAILED: "danger",
    RunState.STOPPED: "warning",
}


def _results(**facts: object) -> Coalesce:
    """Return how many results of a run have these facts, counted apart from the run's own row."""
    rows = MigrationResult.objects.filter(run=OuterRef("pk"), **facts).order_by().values("run")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


class _Stated(ReadOnlyAdmin, StudioModelAdmin):
    """Something that began, may have ended, and has a state."""

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: Any) -> SafeString:
        """Return the state."""
        return badge(row.get_state_display(), TONES[RunState(row.state)])

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, row: Any) -> str:
        """Return when it began."""
        return when(row.started_at)

    @admin.display(description=_("took"))
    def took(self, row: Any) -> str:
        """Return how long it took."""
        return f"{(row.ended_at - row.started_at).total_seconds():.1f} s" if row.ended_at else "-"


@admin.register(MigrationRun, site=platform_site)
class MigrationRunAdmin(_Stated):
    """Calls of the migrating command, the newest first."""

    menu = MenuEntry(MenuGroup.STUDIOS, "move_up", order=30, title=_("Migration runs"))
    list_display = ("started", "target_shown", "state_shown", "results_shown", "took")
    list_filter = ("state",)
    ordering = ("-started_at", "-pk")
    fields = ("started", "target_shown", "state_shown", "results_shown", "took")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MigrationRun]:
        """Return the runs with their counts."""
        counted: QuerySet[MigrationRun] = (
            super().get_queryset(request).annotate(schemas=_results(), failed=_results(state=RunState.FAILED))
        )
        return counted

    @admin.display(description=_("target"), ordering="target")
    def target_shown(self, run: MigrationRun) -> str:
        """Return the target."""
        return run.target or gettext("all migrations")

    @admin.display(description=_("schemas"))
    def results_shown(self, run: Any) -> SafeString:
        """Return how many schemas it was about, with a link to them."""
        told = ngettext("%(n)d schema", "%(n)d schemas", run.schemas) % {"n": run.schemas}
        if run.failed:
            told += ", " + ngettext("%(n)d failed", "%(n)d failed", run.failed) % {"n": run.failed}
        link = reverse("admin:tenancy_migrationresult_changelist")
        return format_html('<a class="panel-link" href="{}?run__id__exact={}">{}</a>', link, run.pk, told)


@admin.register(MigrationResult, site=platform_site)
class MigrationResultAdmin(_Stated):
    """One schema's part of a run each."""

    menu = MenuEntry(MenuGroup.STUDIOS, "checklist", order=40, title=_("Migration results"))
    list_display = ("schema_name", "studio_shown", "state_shown", "tries", "error_shown", "started", "took")
    list_filter = ("state",)
    linked_lookups = ("run__id__exact", "studio__id__exact")
    list_select_related = ("studio",)
    search_fields = ("schema_name",)
    ordering = ("-started_at", "-pk")
    fields = ("schema_name", "studio_shown", "run", "state_shown", "tries", "applied", "error", "started", "took")

    @admin.display(description=_("studio"))
    def studio_shown(self, result: MigrationResult) -> str:
        """Return the studio; the public schema and a studio that is gone have none."""
        return str(result.studio) if result.studio else "-"

    @admin.display(description=_("error"))
    def error_shown(self, result: MigrationResult) -> str:
        """Return the first line of the error."""
        return result.error.partition("\n")[0]


@admin.register(SchemaReport, site=platform_site)
class SchemaReportAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """What the last check of each schema found."""

    menu = MenuEntry(MenuGroup.STUDIOS, "fact_check", order=20, title=_("Schema checks"))
    list_display = ("schema_name", "studio_shown", "findings_count", "checked")
    list_select_related = ("studio",)
    search_fields = ("schema_name", "studio__name")
    ordering = ("-checked_at", "-pk")
    fields = ("schema_name", "studio_shown", "findings_shown", "checked", "digest")

    class Media:
        css = {"all": ("admin_theme/platform.css",)}

    @admin.display(description=_("studio"), ordering="studio__name")
    def studio_shown(self, report: SchemaReport) -> str:
        """Return the studio; the public schema has none."""
        return str(report.studio) if report.studio else gettext("the platform itself")

    @admin.display(description=_("findings"))
    def findings_count(self, report: SchemaReport) -> SafeString:
        """Return how many findings there are."""
        count = len(report.findings)
        return badge(str(count) if count else gettext("clean"), "danger" if count else "success")

    @admin.display(description=_("findings"))
    def findings_shown(self, report: SchemaReport) -> SafeString:
        """Return the findings, a sentence each."""
        if not report.findings:
            return badge(gettext("clean"), "success")
        return format_html(
            '<ul class="findings">{}</ul>',
            format_html_join("", "<li>{}</li>", ((each["what"],) for each in report.findings)),
        )

    @admin.display(description=_("checked"), ordering="checked_at")
    def checked(self, report: SchemaReport) -> str:
        """Return when it was checked."""
        return when(report.checked_at)
