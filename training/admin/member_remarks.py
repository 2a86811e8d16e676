"""Comments and check-ups of all members; a member's own stand on their page."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea
from studio.admin_tools.model_admin import StudioModelForm
from studio.showing import badge, day
from training.models import BodyCheckup, MemberComment
from training.services import checkups, member_comments

LONGEST_TEXT = 80


class RemarkForm(StudioModelForm):
    """What was remarked or found."""

    class Meta:
        widgets = {"body": LineTextarea, "notes": LineTextarea}


class RemarkAdmin(ServedAdmin):
    """Rows about one member, who stays the same; saving one leads back to the member's page."""

    form = RemarkForm
    list_select_related = ("member",)
    linked_lookups = ("member__id__exact",)
    autocomplete_fields = ("member",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a row with its member."""
        return (*self.readonly_fields, "member") if obj else tuple(self.readonly_fields)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Go to the member's page."""
        return self._to_member(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Go to the member's page."""
        return self._to_member(obj)

    @staticmethod
    def _to_member(obj: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:training_member_profile", args=[quote(str(obj.member_id))]))


class LiveFilter(admin.SimpleListFilter):
    """By whether a comment is an alert now."""

    title = _("alert")
    parameter_name = "alert"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what can be asked."""
        return [("live", _("Live")), ("past", _("Past"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the comments that are, or were, alerts."""
        today = timezone.localdate()
        if self.value() == "live":
            return queryset.live(today)
        return queryset.filter(due_on__lt=today) if self.value() == "past" else queryset


@admin.register(MemberComment, site=studio_site)
class MemberCommentAdmin(RemarkAdmin):
    """Comments on members."""

    menu = MenuEntry(MenuGroup.TRAINING, "comment", 62, kinds=TRAINING, title=_("Comments"))
    list_display = ("text", "member", "due", "author_label", "created_at")
    list_filter = (LiveFilter, "is_by_system")
    search_fields = ("member__first_name", "member__last_name")
    ordering = ("-created_at", "-pk")
    fieldsets = ((None, {"fields": ("member", "body", "due_on")}),)

    @admin.display(description=_("comment"))
    def text(self, comment: MemberComment) -> str:
        """Show how it begins."""
        return Truncator(comment.body).chars(LONGEST_TEXT)

    @admin.display(description=_("due"), ordering="due_on")
    def due(self, comment: MemberComment) -> str:
        """Show until when it is an alert."""
        if comment.due_on is None:
            return "-"
        return badge(day(comment.due_on), "warning" if comment.due_on >= timezone.localdate() else "muted")

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Add a comment."""
        return member_comments.add_comment(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: MemberComment, given: dict[str, Any], now: datetime) -> None:
        """Change a comment."""
        member_comments.change_comment(comment=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: MemberComment, now: datetime) -> None:
        """Take a comment back."""
        member_comments.delete_comment(comment=obj, actor=actor_of(request), now=now)


@admin.register(BodyCheckup, site=studio_site)
class BodyCheckupAdmin(RemarkAdmin):
    """Check-ups of members."""

    menu = MenuEntry(MenuGroup.TRAINING, "monitor_weight", 64, kinds=TRAINING, title=_("Check-ups"))
    list_display = ("checked", "member", "weight", "checked_by_label")
    search_fields = ("member__first_name", "member__last_name")
    ordering = ("-checked_on", "-pk")
    fieldsets = ((None, {"fields": ("member", ("checked_on", "weight"), "notes")}),)

    @admin.display(description=_("day"), ordering="checked_on")
    def checked(self, checkup: BodyCheckup) -> str:
        """Show the day."""
        return day(checkup.checked_on)

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Write a check-up down."""
        return checkups.record_checkup(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: BodyCheckup, given: dict[str, Any], now: datetime) -> None:
        """Change a check-up."""
        checkups.change_checkup(checkup=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: BodyCheckup, now: datetime) -> None:
        """Strike a check-up."""
        checkups.delete_checkup(checkup=obj, actor=actor_of(request), now=now)
