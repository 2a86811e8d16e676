"""Writing down what a client asks for by phone: the slot is kept until somebody has answered."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from sessions_app.admin.booking import BookPage, tell_of
from sessions_app.admin.served import actor_of
from sessions_app.admin.waiting_pages import UntilForm, until_initial
from sessions_app.forms import ForClientForm, room_field
from sessions_app.models import Awaited, StudioSession
from sessions_app.models.waiting import LONGEST_MESSAGE
from sessions_app.services import requests
from studio.admin_tools import ActionForm
from studio.showing import when

USUAL = timedelta(days=2)
FACTS = ("title", "starts_at", "ends_at", "client", "room", "project", "kind", "message", "awaits")


class RequestForm(ForClientForm, UntilForm):
    """What a client asks for, and what it needs to become a booking."""

    room = room_field()
    awaits = forms.ChoiceField(
        label=_("It awaits"), choices=Awaited, initial=Awaited.APPROVAL, widget=UnfoldAdminSelectWidget
    )
    message = forms.CharField(
        label=_("What they said"),
        max_length=LONGEST_MESSAGE,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client = cast("forms.ModelChoiceField[Any]", self.fields["client"])
        client.required, client.help_text = True, _("Write down a new client first.")

    def fieldsets(self) -> Sequence[tuple[Any, dict[str, Any]]]:
        """Return who asks, for what, and until when the slot is kept."""
        return [
            (_("Who asks"), {"fields": [("client", "project"), "message"]}),
            (_("When and where"), {"fields": ["room", *self.period_fields()]}),
            (_("What"), {"fields": ["title", ("kind", "awaits")]}),
            (_("The slot is kept until"), {"fields": [("until_day", "until_time"), "tell"]}),
        ]


class RequestPage(BookPage):
    """Keeps a slot for a client who asks for it."""

    name = "request"
    label = _("Write down a request")
    icon = "call"
    form_class = RequestForm
    question = _("The slot is kept until then, and the request stands in the inbox for whoever answers it.")

    def initial(self, request: HttpRequest, obj: StudioSession | None) -> dict[str, Any]:
        """Propose two days for the answer."""
        return {**super().initial(request, obj), **until_initial(timezone.now() + USUAL)}

    def act(self, request: HttpRequest, obj: StudioSession | None, form: ActionForm) -> str:
        """Write the request down."""
        given = {name: form.cleaned_data[name] for name in FACTS}
        asked = requests.request_session(
            expires_at=form.cleaned_data["until"],
            actor=actor_of(request),
            tell=tell_of(form),
            now=timezone.now(),
            **given,
        )
        self.booked = asked.session
        until = when(asked.session.hold_expires_at or asked.session.starts_at)
        return gettext("The request is written down; its slot is kept until %(until)s.") % {"until": until}

    def back(self, obj: StudioSession | None) -> str:
        """Go to the session asked for, where it is answered, or to the inbox."""
        return super().back(self.booked) if self.booked else reverse("admin:sessions_app_sessionrequest_changelist")


def request_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Answer the page for a new request."""
    return RequestPage(model_admin).answer(request, None)
