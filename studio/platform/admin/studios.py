"""The studios: where they answer, how their schemas stand, what can be done to them."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from studio.accounts.requests import actor_of
from studio.admin_sites import MenuEntry, MenuGroup, platform_site
from studio.admin_tools import StudioModelAdmin, badge, confirmed_action, when
from studio.admin_tools.paging import CappedChangeList
from studio.errors import DomainError
from studio.platform.admin.acts import (
    BackUpPage,
    CheckPage,
    InviteOwnerPage,
    LetMailsGoPage,
    OpenPage,
    ReactivatePage,
    ResumePage,
    SuspendPage,
)
from studio.platform.selectors.owner import OwnerInvitation, owner_invitation
from studio.platform.selectors.progress import progress_of
from studio.platform.selectors.versions import Version, versions_of
from studio.platform.services import studios
from studio.tenancy.models import Domain, Studio, StudioStatus
from studio.tenancy.selectors import registry
from studio.tenancy.selectors.capsules import newest_capsule

PRIMARY = Domain.objects.filter(studio=OuterRef("pk"), is_primary=True).values("domain")[:1]
TONES = {
    StudioStatus.PROVISIONING: "info",
    StudioStatus.ACTIVE: "success",
    StudioStatus.SUSPENDED: "warning",
    StudioStatus.CLOSING: "danger",
}


def version_badge(version: Version | None) -> Any:
    """Return how a schema stands to the program, in a word."""
    if version is None:
        return badge(gettext("none yet"), "muted")
    if version.is_current:
        return badge(gettext("current"), "success")
    if not version.pending:
        return badge(gettext("newer than this program"), "warning")
    count = len(version.pending)
    return badge(ngettext("%(n)d migration behind", "%(n)d migrations behind", count) % {"n": count}, "danger")


def invitation_told(found: OwnerInvitation, now: datetime) -> str:
    """Return how the invitation of an owner stands, in sentences."""
    invitation, mail = found.invitation, found.mail
    if invitation is not None and invitation.accepted_at:
        return gettext("Accepted, %(when)s.") % {"when": when(invitation.accepted_at)}
    if found.has_owner:
        return gettext("The studio has an owner.")
    if invitation is None:
        return gettext("Nobody was invited to own this studio.")
    if not found.is_open(now):
        return gettext("%(email)s did not accept it, and its link does not work any more.") % {
            "email": invitation.email
        }
    told = gettext("%(email)s has not accepted it yet.") % {"email": invitation.email}
    if mail is None:
        return told
    where = gettext("The mail is in the studio's own outbox: %(state)s.") % {"state": mail.get_state_display()}
    return " ".join(part for part in (told, where, mail.last_error) if part)


class StudioChangeList(CappedChangeList):
    """A page of studios with their versions, all found at once."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch one page."""
        super().get_results(request)
        versions = versions_of(list(self.result_list))
        for studio in self.result_list:
            studio.version = versions.get(studio.pk)


@admin.register(Studio, site=platform_site)
class StudioAdmin(StudioModelAdmin):
    """Name and kind are edited; what happens to a studio is an act of its own."""

    menu = MenuEntry(MenuGroup.STUDIOS, "store", order=10)
    list_display = ("name", "status_shown", "version_shown", "drift_shown", "address", "kind")
    list_filter = ("status", "kind")
    search_fields = ("name", "slug", "schema_name", "owner_email")
    ordering = ("name", "pk")
    list_select_related = ("schema_report",)
    change_form_outer_before_template = "platform/_progress.html"
    readonly_fields = (
        "status_shown",
        "address",
        "owner",
        "owner_invited",
        "country",
        "currency",
        "time_zone",
        "language",
        "schema_name",
        "version_in_full",
        "drift_in_full",
        "backed_up",
        "uid",
        "restored_from",
        "copy_of",
        "opened",
    )
    fieldsets = (
        (None, {"fields": ("name", "kind", "status_shown", "address", "owner", "owner_invited", "is_canary")}),
        (_("Place"), {"fields": ("country", "currency", "time_zone", "language")}),
        (_("Schema"), {"fields": ("schema_name", "version_in_full", "drift_in_full", "opened")}),
        (_("Backups"), {"fields": ("backed_up", "uid", "restored_from", "copy_of")}),
    )
    action_pages = (
        ResumePage,
        LetMailsGoPage,
        InviteOwnerPage,
        BackUpPage,
        CheckPage,
        SuspendPage,
        ReactivatePage,
    )
    actions = ("check_selected",)

    class Media:
        css = {"all": ("admin_theme/platform.css",)}

    # Rows ---------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Studio]:
        """Return the studios with their addresses."""
        found: QuerySet[Studio] = super().get_queryset(request).annotate(primary_domain=Subquery(PRIMARY))
        return found

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[StudioChangeList]:
        """Return the list that knows versions."""
        return StudioChangeList

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a studio is closed and removed in steps, never by one press."""
        return False

    # Shown --------------------------------------------------------------------------------------

    @admin.display(description=_("status"), ordering="status")
    def status_shown(self, studio: Studio) -> SafeString:
        """Return the status; a studio that could not be set up says so."""
        if studio.provisioning_error and studio.status == StudioStatus.PROVISIONING:
            return badge(gettext("setting up failed"), "danger")
        if studio.mails_held_since and studio.status == StudioStatus.ACTIVE:
            return badge(gettext("restored, mails held"), "warning")
        return badge(studio.get_status_display(), TONES[StudioStatus(studio.status)])

    @admin.display(description=_("address"), ordering="primary_domain")
    def address(self, studio: Any) -> SafeString | str:
        """Return a link to the studio's own pages."""
        host = studio.primary_domain
        return format_html('<a class="panel-link" href="{}/">{}</a>', registry.origin_of(host), host) if host else "-"

    @admin.display(description=_("owner's e-mail"), ordering="owner_email")
    def owner(self, studio: Studio) -> str:
        """Return who was invited to own it."""
        return studio.owner_email or "-"

    @admin.display(description=_("owner's invitation"))
    def owner_invited(self, studio: Studio) -> SafeString | str:
        """Return whether it was accepted, and where its mail is: in the studio's outbox, not in the platform's."""
        version = versions_of([studio]).get(studio.pk)
        if version is None:
            return gettext("Is written once the studio is set up.") if studio.owner_email else "-"
        if not version.is_current:
            return gettext("Can be read once the studio is migrated.")
        return invitation_told(owner_invitation(studio), timezone.now())

    @admin.display(description=_("registered"), ordering="created_at")
    def opened(self, studio: Studio) -> str:
        """Return when it was registered."""
        return when(studio.created_at)

    @admin.display(description=_("schema version"))
    def version_shown(self, studio: Any) -> Any:
        """Return the version, in a word."""
        return version_badge(studio.version)

    @admin.display(description=_("drift"))
    def drift_shown(self, studio: Studio) -> SafeString:
        """Return what the last check found, with a link to it."""
        report = getattr(studio, "schema_report", None)
        if report is None:
            return badge(gettext("never checked"), "muted")
        count = len(report.findings)
        text = ngettext("%(n)d finding", "%(n)d findings", count) % {"n": count} if count else gettext("clean")
        link = reverse("admin:tenancy_schemareport_change", args=[report.pk])
        pill = badge(text, "danger" if count else "success")
        return format_html('<a href="{}" title="{}">{}</a>', link, when(report.checked_at), pill)

    @admin.display(description=_("schema version"))
    def version_in_full(self, studio: Studio) -> Any:
        """Return the version, and the migrations that are missing."""
        version = versions_of([studio]).get(studio.pk)
        missing = format_html_join("", "<li>{}</li>", ((name,) for name in version.pending)) if version else ""
        return (
            format_html('{}<ul class="findings">{}</ul>', version_badge(version), missing)
            if missing
            else version_badge(version)
        )

    @admin.display(description=_("drift"))
    def drift_in_full(self, studio: Studio) -> SafeString:
        """Return what the last check found, and when that was."""
        report = getattr(studio, "schema_report", None)
        return format_html("{} {}", self.drift_shown(studio), when(report.checked_at) if report else "")

    @admin.display(description=_("last backup"))
    def backed_up(self, studio: Studio) -> SafeString:
        """Return when the newest backup was made, with a link to all of them."""
        newest = newest_capsule(studio)
        told = when(newest.made_at) if newest else gettext("none yet")
        link = reverse("admin:tenancy_capsule_changelist")
        return format_html('<a class="panel-link" href="{}?studio__id__exact={}">{}</a>', link, studio.pk, told)

    # Pages --------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Return the URLs, the progress fragment's first."""
        progress = self.admin_site.admin_view(self.progress_view)
        return [path("<path:object_id>/progress/", progress, name="tenancy_studio_progress"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which a studio is opened."""
        return OpenPage(self).answer(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show a studio, and how far it is set up."""
        studio = self.get_object(request, unquote(object_id))
        progress = {"progress": progress_of(studio), "studio": studio} if studio else {}
        context = {"show_save_and_add_another": False, **progress, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer the fragment that the page asks for while a studio is set up; then the page loads again."""
        studio = self.get_object(request, unquote(object_id))
        if studio is None:
            raise Http404
        if not self.has_view_permission(request, studio):
            raise PermissionDenied
        progress = progress_of(studio)
        response = render(request, "platform/_progress.html", {"progress": progress, "studio": studio})
        if progress.is_over:
            response["HX-Refresh"] = "true"
        return response

    def save_model(self, request: HttpRequest, obj: Studio, form: Any, change: bool) -> None:
        """Save, and let the next request read the registry again."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(registry.forget_hosts)

    # Several at once ----------------------------------------------------------------------------

    @confirmed_action(description=_("Check the schemas"), permissions=["change"])
    def check_selected(self, request: HttpRequest, queryset: QuerySet[Studio]) -> None:
        """Queue a check of each."""
        queued = 0
        for studio in queryset:
            try:
                studios.check_schema(studio=studio, actor=actor_of(request), now=timezone.now())
                queued += 1
            except DomainError as refusal:
                self.message_user(request, f"{studio}: {refusal}", messages.ERROR)
        told = ngettext("%(n)d check is queued.", "%(n)d checks are queued.", queued) % {"n": queued}
        self.message_user(request, told, messages.SUCCESS)
