"""The backups of single studios: how old, how large, what is inside; to look at only, never to download."""

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from studio.admin_sites import MenuEntry, MenuGroup, platform_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, badge, when
from studio.tenancy.models import Capsule, CapsuleState

TONES = {CapsuleState.READY: "success", CapsuleState.INCOMPLETE: "warning", CapsuleState.FAILED: "danger"}


@admin.register(Capsule, site=platform_site)
class CapsuleAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Every backup and every attempt, the newest first."""

    menu = MenuEntry(MenuGroup.STUDIOS, "backup", order=15)
    list_display = ("studio_label", "state_shown", "age", "made", "size_shown", "schema_name", "made_by")
    list_filter = ("state", "is_nightly")
    linked_lookups = ("studio__id__exact",)
    search_fields = ("studio_label", "schema_name", "made_by")
    ordering = ("-made_at", "-pk")
    fields = (
        "studio_label",
        "schema_name",
        "made",
        "made_by",
        "state_shown",
        "problem",
        "path",
        "size_shown",
        "sha256",
        "digest",
        "inside",
    )

    class Media:
        css = {"all": ("admin_theme/platform.css",)}

    @admin.display(description=_("made"), ordering="made_at")
    def made(self, capsule: Capsule) -> str:
        """Return when it was made."""
        return when(capsule.made_at)

    @admin.display(description=_("age"), ordering="-made_at")
    def age(self, capsule: Capsule) -> str:
        """Return how old it is."""
        return timesince(capsule.made_at, timezone.now(), depth=1)

    @admin.display(description=_("size"), ordering="size")
    def size_shown(self, capsule: Capsule) -> str:
        """Return the size of its file."""
        return str(filesizeformat(capsule.size)) if capsule.path else "-"

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, capsule: Capsule) -> SafeString:
        """Return how making it ended."""
        return badge(capsule.get_state_display(), TONES[CapsuleState(capsule.state)])

    @admin.display(description=_("canonical digest"))
    def digest(self, capsule: Capsule) -> str:
        """Return the digest that equal studios share."""
        return str(capsule.manifest.get("digest", "-"))

    @admin.display(description=_("inside"))
    def inside(self, capsule: Capsule) -> SafeString | str:
        """Return how many rows of which table, and how many files."""
        told = capsule.manifest
        if not told:
            return "-"
        lines = [f"{table}: {rows}" for table, rows in sorted(told["tables"].items()) if rows]
        files = gettext("files: %(n)d, %(size)s") % {"n": told["files"], "size": filesizeformat(told["file_bytes"])}
        return format_html(
            '<ul class="findings">{}</ul>', format_html_join("", "<li>{}</li>", ((line,) for line in [*lines, files]))
        )
