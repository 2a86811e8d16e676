"""Where people are signed in, and the lasting record of each sign-in."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from studio.accounts.models import AccountSession, LoginSession
from studio.accounts.requests import actor_of
from studio.accounts.services import users
from studio.admin_sites import MenuEntry, MenuGroup, platform_site, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, badge, confirmed_action, when
from studio.errors import DomainError


class LoginSessionAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Browsers that are signed in now; an act ends one."""

    menu = MenuEntry(MenuGroup.TEAM, "devices", order=30, title=_("Signed-in devices"))
    list_display = ("person", "agent", "address", "since", "seen", "expires")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    ordering = ("-last_seen_at", "pk")
    fields = ("person", "agent", "address", "since", "seen", "expires")
    actions = ("sign_out",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoginSession]:
        """Return those that still open the door."""
        return super().get_queryset(request).filter(expires_at__gt=timezone.now())

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Return whether the person may sign others out; ranks are the service's matter."""
        return request.user.has_perm("accounts.change_user")

    @confirmed_action(description=_("Sign out"), permissions=["act"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        """End the chosen sign-ins."""
        ended = 0
        for login_session in queryset.select_related("user", "account_session"):
            try:
                users.sign_out_device(login_session=login_session, actor=actor_of(request), now=timezone.now())
                ended += 1
            except DomainError as refusal:
                self.message_user(request, f"{login_session.user}: {refusal}", messages.ERROR)
        if ended:
            told = ngettext("%(n)d device is signed out.", "%(n)d devices are signed out.", ended) % {"n": ended}
            self.message_user(request, told, messages.SUCCESS)

    @admin.display(description=_("account"), ordering="user__name")
    def person(self, login_session: LoginSession) -> str:
        """Return whose it is."""
        return login_session.user.label

    @admin.display(description=_("signed in"), ordering="created_at")
    def since(self, login_session: LoginSession) -> str:
        """Return since when."""
        return when(login_session.created_at)

    @admin.display(description=_("last seen"), ordering="last_seen_at")
    def seen(self, login_session: LoginSession) -> str:
        """Return when it was last used."""
        return when(login_session.last_seen_at)

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, login_session: LoginSession) -> str:
        """Return until when it is good."""
        return when(login_session.expires_at)


class AccountFilter(admin.SimpleListFilter):
    """Records of accounts that are still there, and of deleted ones."""

    title = _("account")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds of actor."""
        return [("deleted", gettext("deleted user")), ("present", gettext("present user"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the records of the chosen kind."""
        if self.value() == "present":
            return queryset.filter(account__isnull=False)
        return queryset.filter(account__isnull=True) if self.value() == "deleted" else queryset


class AccountSessionAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """The record of sign-ins; it outlives accounts."""

    menu = MenuEntry(MenuGroup.RECORDS, "history", order=20, title=_("Sign-ins"))
    list_display = ("account_label", "is_deleted", "started", "ended", "end_reason", "address", "agent")
    list_filter = (AccountFilter, "end_reason")
    search_fields = ("account_label",)
    ordering = ("-started_at", "-pk")
    fields = ("account_label", "account", "started", "ended", "end_reason", "address", "agent")

    @admin.display(description=_("account"))
    def is_deleted(self, record: AccountSession) -> SafeString:
        """Return whether the account is still there."""
        return badge(_("deleted"), "warning") if record.account_id is None else badge(_("present"), "muted")

    @admin.display(description=_("started"), ordering="started_at")
    def started(self, record: AccountSession) -> str:
        """Return when it began."""
        return when(record.started_at)

    @admin.display(description=_("ended"), ordering="ended_at")
    def ended(self, record: AccountSession) -> str:
        """Return when it ended."""
        return when(record.ended_at) if record.ended_at else "-"


for site in (studio_site, platform_site):
    site.register(LoginSession, LoginSessionAdmin)
    site.register(AccountSession, AccountSessionAdmin)
