"""Giving a session that is for nobody yet its member: one that was taken over without, or booked by another program."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from studio.admin_sites import studio_site
from studio.admin_tools import ActionForm
from studio.admin_tools.searching import SearchOne
from training.admin.book_form import has_member
from training.admin.session_acts import SessionPage
from training.models import Member, TrainingSession, TrainingStatus
from training.services import bookings


class MemberOnForm(ActionForm):
    """Whose session it is."""

    member = forms.ModelChoiceField(
        Member.objects.order_by("last_name", "first_name", "pk"),
        label=_("Member"),
        widget=SearchOne(TrainingSession._meta.get_field("member"), studio_site),
        help_text=_("Type part of the name, the e-mail address or the telephone number."),
    )


class MemberOnPage(SessionPage):
    """Puts the one member on a session."""

    name = "member"
    label = _("Put a member on it")
    icon = "person_add_alt"
    form_class = MemberOnForm
    question = _("The slot is kept and nobody has it yet. A credit is taken where the type of the session takes one.")

    def is_offered(self, obj: TrainingSession) -> bool:
        """Offer it while nobody has the session and its type is for a member."""
        is_free = obj.status == TrainingStatus.SCHEDULED and not obj.current_participants
        return is_free and has_member(obj.session_type)

    def act(self, request: HttpRequest, obj: TrainingSession, form: ActionForm) -> str:
        """Put the member on it."""
        typed: dict[str, Any] = form.cleaned_data
        given = bookings.put_member_on(session=obj, member=typed["member"], actor=actor_of(request), now=timezone.now())
        return gettext("The session is for %(who)s.") % {"who": given.attendee}
