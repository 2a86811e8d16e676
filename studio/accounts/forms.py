"""Forms of the pages around an account, and of what staff do to accounts."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from studio.accounts.models import RoleName
from studio.admin_tools import ActionForm, offer_choices


class AcceptInvitationForm(forms.Form):
    """What somebody invited tells of themselves."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """Insist on the same password twice."""
        cleaned = super().clean() or {}
        if "password" in cleaned and "repeated" in cleaned and cleaned["password"] != cleaned["repeated"]:
            self.add_error("repeated", _("The two passwords differ."))
        return cleaned


class RoleChoice(ActionForm):
    """A role out of those that may be given or taken here."""

    role = forms.ChoiceField(label=_("Role"), widget=UnfoldAdminSelectWidget())

    def offer(self, roles: Iterable[RoleName]) -> None:
        """Set which roles can be chosen; none is by itself.

        roles: the highest first; it is shown last
        """
        lowest_first = [(role.value, role.label) for role in roles][::-1]
        offer_choices(self, "role", [("", _("Choose a role")), *lowest_first])


class InviteForm(RoleChoice):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail address"), widget=UnfoldAdminEmailInputWidget())
    field_order = ("email", "role")


class ReasonForm(ActionForm):
    """Why something is done."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class RoleForm(ReasonForm, RoleChoice):
    """A role out of those that may be given or taken here, and why."""
