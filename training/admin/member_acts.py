"""What can be done to a member: one page for each act, each calling one service."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage
from studio.showing import day
from training.admin.member_forms import (
    CheckupForm,
    CommentForm,
    ConvertCollaborationForm,
    ReactivateForm,
    StatusForm,
)
from training.admin.member_profile import GIVE_PLANS, profile_address
from training.admin.session_filters import with_way
from training.models import Member, MemberStatus, MemberType, Subscription, TrainingSession
from training.selectors.member_alerts import contract_alerts
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
        told = sessions_that_stay([obj])
        return {"question": with_way(told, obj, period="coming") if told else self.question}

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


class MakeFullPage(MemberAct):
    """Makes somebody a full member, who then needs a plan: the way leads there."""

    label = _("Make a full member")
    icon = "workspace_premium"
    permission = "steer"
    made: Member | None = None
    gives_plans = False

    def back(self, obj: Member) -> str:
        """Go on to the plan where the person may give one, else back to the member's page."""
        if self.made is None or not self.gives_plans:
            return super().back(obj)
        return f"{reverse('admin:training_subscription_add')}?{urlencode({'member': str(obj.pk)})}"

    def answer(self, request: HttpRequest, obj: Member) -> HttpResponse:
        """Answer the page; whoever is a full member by now, or of another type, is not asked about."""
        if request.method == "GET" and self.may(request, obj) and not self.is_offered(obj):
            told = {"member": obj, "type": obj.get_member_type_display()}
            messages.warning(request, gettext("%(member)s is a %(type)s member.") % told)
            return HttpResponseRedirect(self.back(obj))
        return super().answer(request, obj)

    def told(self, request: HttpRequest, made: Member) -> str:
        """Note who is a full member now, and return that with what is still missing."""
        has_plan = Subscription.objects.open().filter(member=made).exists()
        self.made, self.gives_plans = made, request.user.has_perm(GIVE_PLANS) and not has_plan
        sentence = gettext("%(member)s is a full member.") % {"member": made}
        missing = gettext("Without a plan nothing can be booked that takes a credit.")
        return sentence if has_plan else f"{sentence} {missing}"


class ConvertTrialPage(MakeFullPage):
    """Makes a trial member a full one."""

    name = "convert-trial"
    question = _("The trial member becomes a full and active member. The plan that they take follows on the next page.")

    def is_offered(self, obj: Member) -> bool:
        """Offer it for trial members."""
        return obj.member_type == MemberType.TRIAL

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Convert the member."""
        return self.told(request, conversions.convert_trial(member=obj, actor=actor_of(request), now=timezone.now()))


class ConvertCollaborationPage(MakeFullPage):
    """Makes a collaboration member a full one."""

    name = "convert-collaboration"
    form_class = ConvertCollaborationForm
    template = "training/admin/warned_act.html"

    def is_offered(self, obj: Member) -> bool:
        """Offer it for collaboration members."""
        return obj.member_type == MemberType.COLLABORATION

    def context(self, request: HttpRequest, obj: Member, form: ActionForm) -> dict[str, Any]:
        """Say what happens, and above it that the contract ends soon."""
        today = timezone.localdate()
        told = [str(_("The collaboration member becomes a full and active member; what was agreed stays on record."))]
        if obj.contract_ends_on is not None:
            told.append(gettext("The contract runs until %(day)s.") % {"day": day(obj.contract_ends_on)})
        return {"question": " ".join(told), "warnings": [alert.text for alert in contract_alerts(obj, today)]}

    def act(self, request: HttpRequest, obj: Member, form: ActionForm) -> str:
        """Convert the member."""
        actor, now = actor_of(request), timezone.now()
        return self.told(
            request, conversions.convert_collaboration(member=obj, actor=actor, now=now, **form.cleaned_data)
        )


def sessions_that_stay(chosen: Any) -> str:
    """Return how many booked sessions a change of status leaves as they are; empty for none."""
    number = TrainingSession.objects.filter(member__in=chosen).ahead(timezone.now()).count()
    if not number:
        return ""
    told = ngettext("%(count)d session to come stays booked.", "%(count)d sessions to come stay booked.", number)
    return told % {"count": number}
