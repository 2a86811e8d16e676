"""Invitations: who was asked, as what, and what became of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from studio.accounts.admin.acts import InvitePage, ResendPage, WithdrawPage
from studio.accounts.models import Invitation
from studio.admin_sites import MenuEntry, MenuGroup, platform_site, studio_site
from studio.admin_tools import ReadOnlyAdmin, StudioModelAdmin, badge, when

STATES = {
    "open": (_("open"), "info"),
    "accepted": (_("accepted"), "success"),
    "withdrawn": (_("withdrawn"), "muted"),
    "expired": (_("run out"), "warning"),
}


class StateFilter(admin.SimpleListFilter):
    """Open and settled invitations."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [(name, str(label)) for name, (label, _tone) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        """Return the invitations in the chosen one."""
        now = timezone.now()
        unsettled = queryset.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)
        chosen = {
            "open": unsettled.filter(expires_at__gt=now),
            "expired": unsettled.filter(expires_at__lte=now),
            "accepted": queryset.filter(accepted_at__isnull=False),
            "withdrawn": queryset.filter(withdrawn_at__isnull=False),
        }
        return chosen.get(self.value() or "", queryset)


class InvitationAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """Rows are made by inviting and end by an act; nothing in them is edited."""

    menu = MenuEntry(MenuGroup.TEAM, "mail", order=20)
    list_display = ("email", "role", "state", "invited_by_label", "created", "expires")
    list_filter = (StateFilter, "role")
    search_fields = ("email",)
    ordering = ("-created_at", "-pk")
    fields = ("email", "role", "state", "invited_by_label", "created", "expires", "account")
    action_pages = (ResendPage, WithdrawPage)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may invite."""
        return request.user.has_perm("accounts.add_invitation")

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the person may send again and withdraw."""
        return request.user.has_perm("accounts.change_invitation")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer the page on which somebody is invited."""
        return InvitePage(self).answer(request, None)

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> SafeString:
        """Return what became of it."""
        if invitation.accepted_at:
            return badge(*STATES["accepted"])
        if invitation.withdrawn_at:
            return badge(*STATES["withdrawn"])
        return badge(*STATES["open" if invitation.expires_at > timezone.now() else "expired"])

    @admin.display(description=_("invited"), ordering="created_at")
    def created(self, invitation: Invitation) -> str:
        """Return when it was sent."""
        return when(invitation.created_at)

    @admin.display(description=_("good until"), ordering="expires_at")
    def expires(self, invitation: Invitation) -> str:
        """Return until when it can be accepted."""
        return when(invitation.expires_at)


for site in (studio_site, platform_site):
    site.register(Invitation, InvitationAdmin)
