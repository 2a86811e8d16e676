"""The studio's profile and files. Its hours are changed where sessions are known: in the app above."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from studio.admin_sites import MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionForm, ActionPage, ReadOnlyAdmin, StudioModelAdmin, when
from studio.office import serving
from studio.office.forms import UploadForm
from studio.office.models import PROFILE_ID, PendingFile, StoredFile, StudioProfile
from studio.office.services import files


@admin.register(StudioProfile, site=studio_site)
class StudioProfileAdmin(StudioModelAdmin):
    """The one row of identity and settings."""

    menu = MenuEntry(MenuGroup.HOUSE, "home_work", order=10)
    list_display = ("name",)
    ordering = ("pk",)
    autocomplete_fields = ("logo",)
    readonly_fields = ("time_zone", "currency", "language")
    fieldsets = (
        (
            _("Identity"),
            {
                "fields": (
                    ("name", "legal_name"),
                    ("legal_form", "registration_number"),
                    ("vat_number", "logo"),
                    "street",
                    ("postal_code", "city", "country"),
                    ("email", "phone"),
                    "website",
                    ("time_zone", "currency", "language"),
                )
            },
        ),
        (
            _("Booking"),
            {
                "fields": (
                    ("slot_minutes", "request_minutes", "request_notice_hours"),
                    ("weekly_session_cap", "completion_needs_trainer", "cancellation_hours"),
                    ("half_day_minutes", "day_minutes"),
                    ("late_after_minutes", "no_show_after_minutes", "overage_grace_minutes"),
                    ("waitlist_cut_off_hours", "waitlist_offer_hours"),
                    "cancellation_policy",
                )
            },
        ),
        (
            _("Documents"),
            {
                "fields": (
                    ("invoice_pattern", "quote_pattern", "credit_note_pattern"),
                    ("deposit_percent", "deposit_fixed"),
                    ("payment_term_days", "minimum_first_payment"),
                    ("amount_in_words", "vat_on_debits"),
                    "footer_text",
                )
            },
        ),
        (
            _("Bank and mail"),
            {"fields": ("bank_holder", ("iban", "bic"), ("sender_name", "sender_email"))},
        ),
        (
            _("Warnings"),
            {
                "fields": (
                    ("subscription_warning_days", "body_checkup_sessions"),
                    ("payment_reminder_days", "dormant_after_months"),
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: there is one row, and it is there from the start."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the one row."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:office_studioprofile_change", args=[PROFILE_ID]))


class UploadPage(ActionPage):
    """Keeping a file; it stands where other models have their form for a new row."""

    name = "add"
    label = _("Keep a file")
    icon = "upload_file"
    question = _("What the file is gets found in its bytes; it is kept under a name that nobody can guess.")
    form_class = UploadForm
    kept: StoredFile | None = None
    template = "office/upload.html"

    def form(self, request: HttpRequest, obj: Any) -> ActionForm:
        """Return the form, with the file on a POST."""
        is_sent = request.method == "POST"
        return UploadForm(request.POST if is_sent else None, request.FILES if is_sent else None)

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may add a row."""
        return bool(self.model_admin.has_add_permission(request))

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Keep the file."""
        actor = cast("AbstractBaseUser", request.user)
        self.kept = files.store_upload(upload=form.cleaned_data["file"], actor=actor, now=timezone.now())
        return gettext("%(name)s is kept.") % {"name": self.kept}

    def back(self, obj: Any) -> str:
        """Return the address of the file's page, or of the list."""
        return super().back(self.kept) if self.kept else reverse(f"admin:{self._url_name('changelist')}")


@admin.register(StoredFile, site=studio_site)
class StoredFileAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Files as they were kept; a download is a file to save, never a page of ours."""

    menu = MenuEntry(MenuGroup.HOUSE, "folder_open", order=40)
    list_display = ("name", "content_type", "size_shown", "kept", "download")
    list_filter = ("content_type",)
    search_fields = ("name",)
    ordering = ("-created_at", "-pk")
    fields = ("name", "content_type", "size_shown", "sha256", "kept", "download")

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoredFile]:
        """Return the files, without those that are parts of what the person may not see."""
        return super().get_queryset(request).filter(right__in=["", *request.user.get_all_permissions()])

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may keep files."""
        return request.user.has_perm("office.add_storedfile")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which a file is kept."""
        return UploadPage(self).answer(request, None)

    def get_urls(self) -> list[Any]:
        """Return the URLs, the download's first."""
        download = studio_site.file_view(self.download_view)
        return [path("<path:object_id>/download/", download, name="office_storedfile_download"), *super().get_urls()]

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answer the bytes to whoever may see the row."""
        stored = self.get_object(request, unquote(object_id))
        if stored is None or not self.has_view_permission(request, stored):
            raise Http404
        return serving.file_response(request, stored, as_download=True)

    @admin.display(description=_("size"), ordering="size")
    def size_shown(self, stored: StoredFile) -> str:
        """Return the size in kilobytes or more."""
        return str(filesizeformat(stored.size))

    @admin.display(description=_("kept"), ordering="created_at")
    def kept(self, stored: StoredFile) -> str:
        """Return since when it is kept."""
        return when(stored.created_at)

    @admin.display(description=_("download"))
    def download(self, stored: models.Model) -> SafeString:
        """Return the link that saves the file."""
        link = reverse("admin:office_storedfile_download", args=[stored.pk])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, gettext("Download"))


@admin.register(PendingFile, site=studio_site)
class PendingFileAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Uploads under way and bytes that wait for the sweep: where a full storage comes from."""

    menu = MenuEntry(MenuGroup.RECORDS, "cloud_upload", order=60)
    list_display = ("name", "size_shown", "purpose", "ends")
    search_fields = ("name",)
    ordering = ("expires_at", "pk")
    fields = ("name", "size_shown", "purpose", "ends")

    @admin.display(description=_("size"), ordering="size")
    def size_shown(self, pending: PendingFile) -> str:
        """Return the announced size in kilobytes or more."""
        return str(filesizeformat(pending.size))

    @admin.display(description=_("given up at"), ordering="expires_at")
    def ends(self, pending: PendingFile) -> str:
        """Return when the sweep may take it."""
        return when(pending.expires_at)
