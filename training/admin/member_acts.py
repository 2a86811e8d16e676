"""What can be done to a member: one page for each act, each calling one service."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage
from studio.clock import local_day
from studio.office.selectors.profile import current_profile
from studio.showing import day
from training.admin.member_forms import (
    CheckupForm,
    CommentForm,
    ConvertCollaborationForm,
    ReactivateForm,
    StatusForm,
)
from training.admin.member_profile import profile_address
from training.models import Member, MemberStatus, MemberType, TrainingSession
from training.selectors.member_alerts import contract_alerts
from training.selectors.member_list import booked
from training.services import checkups, conversions, dormancy, member_comments, members


class MemberAct(ActionPage):
    """An act on a member; afterwards their page is shown again."""

    def back(self, obj: Member) -> str:
        """Return to the member's page."""
        return profile_address(obj)


class CommentPage(MemberAct):
    """Adds a remark."""

    name = "comment"
    label = _("Comment")
    icon = "add_comment"
    permission = "comment"
    form_class = CommentForm

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Add the remark under the name of who is signed in."""
        member_comments.add_comment(member=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        return gettext("The comment is added.")


class CheckupPage(MemberAct):
    """Writes a check-up down."""

    name = "checkup"
    label = _("Check-up")
    icon = "monitor_weight"
    permission = "checkup"
    form_class = CheckupForm

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Write the check-up down."""
        checkups.record_checkup(member=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        return gettext("The check-up is written down.")


class StatusPage(MemberAct):
    """Changes where the membership stands."""

    name = "status"
    label = _("Change the status")
    icon = "toggle_on"
    permission = "steer"
    form_class = StatusForm

    def initial(self, request: HttpRequest, obj: Member) -> dict[str, Any]:
        """Begin with the status as it is."""
        return {"status": obj.status}

    def context(self, request: HttpRequest, obj: Member, form: ActionForm) -> dict[str, Any]:
        """Say which sessions stay booked whatever the status."""
        return {"question": sessions_that_stay([obj]) or self.question}

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Set the status."""
        members.change_statuses(members=[obj], actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        status = MemberStatus(form.cleaned_data["status"]).label
        return gettext("%(member)s: %(status)s.") % {"member": obj, "status": status}


class ReactivatePage(MemberAct):
    """Brings somebody back who was set to inactive."""

    name = "reactivate"
    label = _("Reactivate")
    icon = "restart_alt"
    permission = "steer"
    form_class = ReactivateForm
    question = _("The member is active again, and the months until they count as dormant begin anew.")

    def is_offered(self, obj: Member) -> bool:
        """Offer it for whoever is inactive."""
        return obj.status == MemberStatus.INACTIVE

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Bring the member back."""
        comment = form.cleaned_data["comment"]
        dormancy.reactivate_member(member=obj, comment=comment, actor=actor_of(request), now=timezone.now())
        return gettext("%(member)s is active again.") % {"member": obj}


class ConvertTrialPage(MemberAct):
    """Makes a trial member a full one."""

    name = "convert-trial"
    label = _("Make a full member")
    icon = "workspace_premium"
    permission = "steer"
    question = _("The trial member becomes a full and active member.")

    def is_offered(self, obj: Member) -> bool:
        """Offer it for trial members."""
        return obj.member_type == MemberType.TRIAL

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Convert the member."""
        conversions.convert_trial(member=obj, actor=actor_of(request), now=timezone.now())
        return gettext("%(member)s is a full member.") % {"member": obj}


class ConvertCollaborationPage(MemberAct):
    """Makes a collaboration member a full one."""

    name = "convert-collaboration"
    label = _("Make a full member")
    icon = "workspace_premium"
    permission = "steer"
    form_class = ConvertCollaborationForm
    template = "training/admin/warned_act.html"

    def is_offered(self, obj: Member) -> bool:
        """Offer it for collaboration members."""
        return obj.member_type == MemberType.COLLABORATION

    def context(self, request: HttpRequest, obj: Member, form: ActionForm) -> dict[str, Any]:
        """Say what happens, and above it that the contract ends soon."""
        today = local_day(timezone.now(), current_profile().zone)
        told = [str(_("The collaboration member becomes a full and active member; what was agreed stays on record."))]
        if obj.contract_ends_on is not None:
            told.append(gettext("The contract runs until %(day)s.") % {"day": day(obj.contract_ends_on)})
        return {"question": " ".join(told), "warnings": [alert.text for alert in contract_alerts(obj, today)]}

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Convert the member."""
        conversions.convert_collaboration(member=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        return gettext("%(member)s is a full member.") % {"member": obj}


def sessions_that_stay(chosen: Any) -> str:
    """Return how many booked sessions a change of status leaves as they are; empty for none."""
    number = booked(TrainingSession.objects.filter(member__in=chosen), timezone.now()).count()
    if not number:
        return ""
    told = ngettext("%(count)d session to come stays booked.", "%(count)d sessions to come stay booked.", number)
    return told % {"count": number}
