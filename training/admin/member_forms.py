"""The forms of members: their facts, and what the acts on them ask."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from sessions_app.forms import day_field
from studio.admin_tools import ActionForm, Column, LineTextarea, RowsField
from studio.admin_tools.model_admin import StudioModelForm
from studio.admin_tools.numbers import DecimalField
from training.models import Member, MemberStatus

LONGEST_REASON = 500


class MemberForm(StudioModelForm):
    """A member's facts."""

    custom_fields = RowsField(
        columns=[Column("label", _("Name")), Column("type", _("Kind")), Column("value", _("Text"))],
        label=_("Own fields"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "client" in self.fields:
            self.fields["client"].required = False  # without one, a client is made with the member

    def validate_constraints(self) -> None:
        """Leave the table's rules to the service, which names whom a refusal is about."""

    class Meta:
        model = Member
        fields = "__all__"
        widgets = {"notes": LineTextarea, "medical_notes": LineTextarea, "partnership_notes": LineTextarea}


def _box(rows: int = 3) -> forms.Textarea:
    return UnfoldAdminTextareaWidget(attrs={"rows": rows})


class CommentForm(ActionForm):
    """A remark, and until when it is an alert."""

    body = forms.CharField(label=_("Comment"), widget=_box())
    due_on = day_field(
        _("Due"), required=False, help_text=_("An alert up to and including this day. Empty: a plain remark.")
    )


class CheckupForm(ActionForm):
    """A check-up of today, or of a day before."""

    checked_on = day_field(_("Day"))
    weight = DecimalField(
        label=_("Weight"),
        required=False,
        max_digits=5,
        decimal_places=2,
        help_text=_("In kilograms."),
    )
    notes = forms.CharField(label=_("Notes"), required=False, widget=_box())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("checked_on", timezone.localdate())


class StatusForm(ActionForm):
    """Where the membership stands from now on."""

    status = forms.ChoiceField(
        label=_("Status"),
        choices=[("", _("Choose one")), *MemberStatus.choices],
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "Suspended and inactive members cannot be booked. Pending, active and expired ones can, as far as a plan "
            "pays or the type takes no credit. It changes no plan: that is paused or ended on its own page."
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For the history; may stay empty."),
    )


class ReactivateForm(ActionForm):
    """Why somebody is back."""

    comment = forms.CharField(label=_("Comment"), widget=_box())


class ConvertCollaborationForm(ActionForm):
    """Whether the contract ends today, and what is remarked."""

    ends_contract = forms.BooleanField(
        label=_("The contract ends today"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    note = forms.CharField(label=_("Note"), required=False, widget=_box())
