"""Accounts: who can sign in here, and as what."""

from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from studio.accounts.admin.acts import DeactivatePage, GrantPage, InvitePage, ReactivatePage, RevokePage
from studio.accounts.models import AccountSession, LoginSession, RoleName, User, UserRole
from studio.accounts.requests import actor_of
from studio.accounts.selectors.grantable import roles_here
from studio.accounts.services import users
from studio.admin_sites import MenuEntry, MenuGroup, platform_site, studio_site
from studio.admin_tools import StudioModelAdmin, badge, when

ROLES = UserRole.objects.filter(user=OuterRef("pk")).order_by("group__name").values("group__name")
LAST_SEEN = LoginSession.objects.filter(user=OuterRef("pk")).order_by("-last_seen_at").values("last_seen_at")[:1]
LAST_SIGN_IN = (
    AccountSession.objects.filter(account=OuterRef("pk"))
    .order_by("-started_at")
    .values(seen=Coalesce("ended_at", "started_at"))[:1]
)


class RoleFilter(admin.SimpleListFilter):
    """Holders of a role."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the roles that exist here."""
        return [(role.value, str(role.label)) for role in roles_here()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Return the holders of the chosen one."""
        held = UserRole.objects.filter(group__name=self.value()).values("user")
        return queryset.filter(pk__in=held) if self.value() else queryset


class UserAdmin(StudioModelAdmin):
    """The name is edited; rights and standing are given and taken by acts."""

    menu = MenuEntry(MenuGroup.TEAM, "group", order=10)
    list_display = ("person", "roles_shown", "standing", "email", "last_seen_shown")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("name", "email")
    ordering = ("name", "pk")
    fields = ("name", "email", "roles_shown", "standing", "email_verified", "last_seen_shown", "created_at")
    readonly_fields = ("email", "roles_shown", "standing", "email_verified", "last_seen_shown", "created_at")
    action_pages = (GrantPage, RevokePage, DeactivatePage, ReactivatePage)
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the accounts with their roles and when they were last seen."""
        rows: QuerySet[User] = super().get_queryset(request)
        seen = Coalesce(Subquery(LAST_SEEN), Subquery(LAST_SIGN_IN))
        return rows.annotate(found_roles=ArraySubquery(ROLES), last_seen=seen)

    def get_actions(self, request: HttpRequest, action_location: Any = None) -> dict[str, Any]:
        """Return none: accounts are closed or deleted one at a time."""
        return {}

    @admin.display(description=_("name"), ordering="name")
    def person(self, user: User) -> str:
        """Return the name, or the address where none was given."""
        return user.get_full_name()

    @admin.display(description=_("roles"))
    def roles_shown(self, user: Any) -> SafeString | str:
        """Return the roles."""
        names = [RoleName(name).label for name in user.found_roles if name in RoleName.values]
        return format_html_join(" ", "{}", ((badge(name, "info"),) for name in names)) or badge(_("none"), "muted")

    @admin.display(description=_("account"), ordering="is_active")
    def standing(self, user: User) -> SafeString:
        """Return whether the account is open."""
        return badge(_("open"), "success") if user.is_active else badge(_("closed"), "danger")

    @admin.display(description=_("last seen"), ordering="last_seen")
    def last_seen_shown(self, user: Any) -> str:
        """Return when the person was last here."""
        return when(user.last_seen) if user.last_seen else str(_("never"))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which somebody is invited."""
        return InvitePage(self).answer(request, None)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Rename: labels elsewhere go along, and the service writes the trail."""
        user = User.objects.get(pk=obj.pk)
        users.rename_account(user=user, name=form.cleaned_data["name"], actor=actor_of(request), now=timezone.now())

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Return the accounts alone: the database takes their credentials along and empties the links of records."""
        return [str(user) for user in objs], {str(self.opts.verbose_name_plural): len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Delete the account; its records stay."""
        users.delete_account(user=obj, actor=actor_of(request), now=timezone.now())

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Leave it to the service."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Leave it to the service."""


for site in (studio_site, platform_site):
    site.register(User, UserAdmin)
