"""Completing a session and taking it back, each on its own page."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from sessions_app.admin.served import actor_of
from studio.admin_tools import ActionForm, ActionPage
from training.admin.completion_desk import COMPLETE, REOPEN, say, trainers_for, whose
from training.admin.completion_form import CompletionForm
from training.models import SAID, UNSAID, Attendee, TrainingSession
from training.services import completion


class CompletePage(ActionPage):
    """Says how a session was."""

    name = "complete"
    label = _("Complete")
    icon = "task_alt"
    question = _("Who trained, who came, and when did it really begin and end?")

    def may(self, request: HttpRequest, obj: TrainingSession) -> bool:
        """Ask for the right, and whether the session is one's own where that is all one may complete."""
        own = whose(request)
        is_theirs = own is None or (obj.trainer is not None and obj.trainer.user_id == own.pk)
        return request.user.has_perm(COMPLETE) and is_theirs

    def is_offered(self, obj: TrainingSession) -> bool:
        """Offer it once the session has begun."""
        has_begun = obj.scheduled_start <= timezone.now()
        return obj.status in UNSAID and has_begun and obj.session_type.attendee != Attendee.NOBODY

    def form(self, request: HttpRequest, obj: TrainingSession) -> ActionForm:
        """Return the form, bound on a POST."""
        data = request.POST if request.method == "POST" else None
        return CompletionForm(data, session=obj, trainers=trainers_for(request))

    def act(self, request: HttpRequest, obj: TrainingSession, form: Any) -> str:
        """Complete the session, or write down a no-show."""
        return say(form, actor_of(request))


class ReopenForm(ActionForm):
    """Why what was said is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextInputWidget)


class ReopenPage(ActionPage):
    """Takes back what was said of a session."""

    name = "reopen"
    label = _("Take back the completion")
    icon = "undo"
    form_class = ReopenForm
    is_dangerous = True
    question = _(
        "The session is scheduled again and waits at the completion desk. The trainer's pay is taken back; a credit"
        " that was taken stays with the session."
    )

    def may(self, request: HttpRequest, obj: TrainingSession) -> bool:
        """Ask for the right."""
        return request.user.has_perm(REOPEN)

    def is_offered(self, obj: TrainingSession) -> bool:
        """Offer it for what is completed."""
        return obj.status in SAID

    def act(self, request: HttpRequest, obj: TrainingSession, form: ActionForm) -> str:
        """Take it back."""
        reason = form.cleaned_data["reason"]
        completion.reopen_session(session=obj, reason=reason, actor=actor_of(request), now=timezone.now())
        return gettext("The session of %(who)s is open again.") % {"who": obj.attendee}
