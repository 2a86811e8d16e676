"""Members."""

from django.contrib import admin

from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import StudioModelAdmin
from training.models import Member


@admin.register(Member, site=studio_site)
class MemberAdmin(StudioModelAdmin):
    """Members."""

    menu = MenuEntry(MenuGroup.TRAINING, "group", 30, kinds=TRAINING)
    list_display = ("name", "email", "phone", "member_type", "status")
    list_filter = ("member_type", "status")
    search_fields = ("first_name", "last_name", "email")
    autocomplete_fields = ("referred_by_member",)
    ordering = ("last_name", "first_name", "pk")
