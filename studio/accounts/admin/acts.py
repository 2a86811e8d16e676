"""What can be done to accounts and invitations, each act on a page of its own."""

from abc import abstractmethod
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from studio.accounts.forms import InviteForm, ReasonForm, RoleForm
from studio.accounts.models import Invitation, RoleName, User
from studio.accounts.requests import actor_of
from studio.accounts.selectors.grantable import roles_here
from studio.accounts.services import invitations, roles, users
from studio.admin_tools import ActionForm, ActionPage


def _invite(email: str, role: str, actor: User) -> str:
    """Invite somebody and return what to tell."""
    now = timezone.now()
    invited = invitations.invite(email=email, role=role, actor=actor, now=now)
    told = gettext("An invitation to %(email)s is on its way.") % {"email": invited.email}
    if Invitation.objects.filter(email=invited.email, withdrawn_at=now).exists():
        told += " " + gettext("The link of the invitation before it does not work any more.")
    return told


class InvitePage(ActionPage):
    """Inviting somebody; it stands where other models have their form for a new row."""

    name = "add"
    label = _("Invite somebody")
    icon = "person_add"
    question = _("The person gets a link by mail, chooses a name and a password, and has the role.")
    form_class = InviteForm

    def form(self, request: HttpRequest, obj: Any) -> ActionForm:
        """Return the form with the roles that the person may give."""
        form = cast("InviteForm", super().form(request, obj))
        form.offer(role for role in roles_here() if invitations.may_invite(actor_of(request), role))
        return form

    def may(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the person may add a row."""
        return bool(self.model_admin.has_add_permission(request))

    def act(self, request: HttpRequest, obj: Any, form: ActionForm) -> str:
        """Invite."""
        return _invite(form.cleaned_data["email"], form.cleaned_data["role"], actor_of(request))

    def back(self, obj: Any) -> str:
        """Return the address of the invitations."""
        return reverse("admin:accounts_invitation_changelist")


class _RolePage(ActionPage):
    """A role of one account."""

    form_class = RoleForm

    @abstractmethod
    def offered_roles(self, obj: User) -> list[RoleName]:
        """Return the roles it is about."""

    def form(self, request: HttpRequest, obj: User) -> ActionForm:
        """Return the form with the roles that the person may give or take."""
        form = cast("RoleForm", super().form(request, obj))
        form.offer(role for role in self.offered_roles(obj) if roles.may_change_role(actor_of(request), obj, role))
        return form

    def is_offered(self, obj: User) -> bool:
        """Return whether there is any."""
        return bool(self.offered_roles(obj))


class GrantPage(_RolePage):
    """Giving an account another role."""

    name = "grant-role"
    label = _("Give a role")
    icon = "add_moderator"

    def offered_roles(self, obj: User) -> list[RoleName]:
        """Return the roles that the account does not hold."""
        return [role for role in roles_here() if role not in obj.role_names]

    def act(self, request: HttpRequest, obj: User, form: ActionForm) -> str:
        """Give it."""
        role, now = RoleName(form.cleaned_data["role"]), timezone.now()
        reason = form.cleaned_data["reason"]
        roles.grant_role(user=obj, role=role, actor=actor_of(request), now=now, reason=reason)
        return gettext("%(person)s has the role %(role)s.") % {"person": obj, "role": role.label}


class RevokePage(_RolePage):
    """Taking a role from an account."""

    name = "revoke-role"
    label = _("Take a role away")
    icon = "remove_moderator"
    is_dangerous = True

    def offered_roles(self, obj: User) -> list[RoleName]:
        """Return the roles that the account holds."""
        return [role for role in roles_here() if role in obj.role_names]

    def act(self, request: HttpRequest, obj: User, form: ActionForm) -> str:
        """Take it."""
        role, now = RoleName(form.cleaned_data["role"]), timezone.now()
        reason = form.cleaned_data["reason"]
        roles.revoke_role(user=obj, role=role, actor=actor_of(request), now=now, reason=reason)
        return gettext("%(person)s does not have the role %(role)s any more.") % {"person": obj, "role": role.label}


class DeactivatePage(ActionPage):
    """Closing an account."""

    name = "deactivate"
    label = _("Close the account")
    icon = "person_off"
    is_dangerous = True
    question = _("The person is signed out everywhere and cannot sign in any more. All records stay.")
    form_class = ReasonForm

    def is_offered(self, obj: User) -> bool:
        """Return whether it is open."""
        return obj.is_active

    def act(self, request: HttpRequest, obj: User, form: ActionForm) -> str:
        """Close it."""
        reason = form.cleaned_data["reason"]
        users.deactivate_account(user=obj, actor=actor_of(request), now=timezone.now(), reason=reason)
        return gettext("The account of %(person)s is closed.") % {"person": obj}


class ReactivatePage(ActionPage):
    """Opening a closed account again."""

    name = "reactivate"
    label = _("Open the account again")
    icon = "person"
    question = _("The person can sign in again, with the roles held before.")
    form_class = ReasonForm

    def is_offered(self, obj: User) -> bool:
        """Return whether it is closed."""
        return not obj.is_active

    def act(self, request: HttpRequest, obj: User, form: ActionForm) -> str:
        """Open it."""
        reason = form.cleaned_data["reason"]
        users.reactivate_account(user=obj, actor=actor_of(request), now=timezone.now(), reason=reason)
        return gettext("%(person)s can sign in again.") % {"person": obj}


class ResendPage(ActionPage):
    """Inviting an address again, with a fresh link."""

    name = "resend"
    label = _("Send again")
    icon = "forward_to_inbox"
    permission = "act"
    question = _("A fresh link is sent; the one sent before stops working.")

    def is_offered(self, obj: Invitation) -> bool:
        """Return whether nobody took it."""
        return obj.accepted_at is None

    def act(self, request: HttpRequest, obj: Invitation, form: ActionForm) -> str:
        """Invite again."""
        return _invite(obj.email, obj.role, actor_of(request))

    def back(self, obj: Any) -> str:
        """Return the list's address: the fresh invitation is another row."""
        return reverse("admin:accounts_invitation_changelist")


class WithdrawPage(ActionPage):
    """Making an invitation's link worthless."""

    name = "withdraw"
    label = _("Withdraw")
    icon = "unsubscribe"
    permission = "act"
    is_dangerous = True
    question = _("The link that was sent stops working.")

    def is_offered(self, obj: Invitation) -> bool:
        """Return whether it is unsettled."""
        return obj.accepted_at is None and obj.withdrawn_at is None

    def act(self, request: HttpRequest, obj: Invitation, form: ActionForm) -> str:
        """Withdraw it."""
        invitations.withdraw_invitation(invitation=obj, actor=actor_of(request), now=timezone.now())
        return gettext("The invitation of %(email)s is withdrawn.") % {"email": obj.email}
