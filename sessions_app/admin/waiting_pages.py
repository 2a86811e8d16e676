"""What can be done to a hold or a request: one page for each act, each calling one service."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from sessions_app.admin.booking import tell_of
from sessions_app.admin.handed_on import handed_on
from sessions_app.admin.served import actor_of
from sessions_app.forms import CancelForm, ClockInput, current_zone, day_field, tell_field
from sessions_app.models import ChallengeOutcome, HoldChallenge, SessionStatus, StudioSession
from sessions_app.selectors.lines import first_in_line
from sessions_app.services import challenges, holds, requests
from studio.admin_tools import ActionForm, ActionPage
from studio.clock import WallTimeSkipped, instant
from studio.showing import when, zone_label

ONE_DAY = timedelta(days=1)


class UntilForm(ActionForm):
    """A day and a time on the studio's wall clock; of a doubled hour the first is meant.

    cleaned_data: `until`, in UTC
    """

    until_day = day_field(_("Until"))
    until_time = forms.TimeField(label=zone_label(_("Time")), widget=ClockInput)

    def clean(self) -> dict[str, Any]:
        """Turn the wall time into an instant; a skipped one is refused."""
        cleaned = dict(super().clean() or {})
        day, at = cleaned.get("until_day"), cleaned.get("until_time")
        if isinstance(day, date) and isinstance(at, time):
            try:
                cleaned["until"] = instant(datetime.combine(day, at), current_zone())
            except WallTimeSkipped as refusal:
                self.add_error("until_time", str(refusal))
        return cleaned

    def fieldsets(self) -> Any:
        """Return day and time beside each other."""
        others = [name for name in self.fields if name not in {"until_day", "until_time"}]
        return [(None, {"fields": [("until_day", "until_time"), *others]})]


def until_initial(at: datetime) -> dict[str, Any]:
    """Return what the boxes say for an instant."""
    wall = timezone.localtime(at)
    return {"until_day": wall.date(), "until_time": wall.time().replace(second=0, microsecond=0)}


class ChallengeForm(UntilForm):
    """By when the first holder has to confirm, and what winning means."""

    is_firm = forms.BooleanField(
        label=_("This client has confirmed"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Won, this hold becomes a booking at once. Otherwise it moves up and is held."),
    )


class AskPaymentForm(UntilForm):
    """By when it has to be paid."""

    tell = tell_field()


class WhyForm(ActionForm):
    """Why, where somebody wants to say."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget)


class ExtendPage(ActionPage):
    """Lets a hold or a request last longer, or less long."""

    name = "extend"
    label = _("Extend")
    icon = "more_time"
    form_class = UntilForm
    question = _("The slot is kept until then, unless it is confirmed or released before.")

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it for what expires by itself."""
        return obj.status in {SessionStatus.HOLD, SessionStatus.REQUESTED}

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Propose a day more, but not beyond the start."""
        until = (obj.hold_expires_at or timezone.now()) + ONE_DAY
        return until_initial(min(until, obj.starts_at))

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Extend the hold."""
        until = form.cleaned_data["until"]
        holds.extend_hold(session=obj, expires_at=until, actor=actor_of(request), now=timezone.now())
        return gettext("The slot is kept until %(until)s.") % {"until": when(until)}


class ReleasePage(ActionPage):
    """Lets a hold go before its time."""

    name = "release"
    label = _("Release")
    icon = "lock_open"
    form_class = WhyForm
    is_dangerous = True
    question = _("The slot becomes free; the next hold in line, or the waitlist, gets it at once.")

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it for holds."""
        return obj.status == SessionStatus.HOLD

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Release the hold."""
        reason, now = form.cleaned_data["reason"], timezone.now()
        challenges.release_hold(session=obj, actor=actor_of(request), now=now, reason=reason)
        return " ".join([gettext("The hold is released."), *handed_on(obj, now)])


class ChallengePage(ActionPage):
    """Asks the first holder of a slot to confirm or lose it."""

    name = "challenge"
    label = _("Challenge the first hold")
    icon = "swords"
    form_class = ChallengeForm
    question = _("The first holder has until then to confirm. If they do not, this hold gets the slot.")

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it to the second in line while there is a first that is not challenged yet."""
        if obj.status != SessionStatus.HOLD or obj.hold_rank != challenges.SECOND:
            return False
        first = first_in_line(obj)
        return first is not None and not first.challenges.filter(outcome=ChallengeOutcome.OPEN).exists()

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Propose a day from now, but not beyond the start."""
        return until_initial(min(timezone.now() + ONE_DAY, obj.starts_at))

    def context(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> dict[str, Any]:
        """Name whom it is about."""
        first = first_in_line(obj)
        if first is None:
            return {}
        sentence = gettext("First hold: %(title)s, %(client)s, kept until %(until)s. %(question)s")
        named = {"title": first.title, "client": first.client or gettext("in-house"), "question": self.question}
        return {"question": sentence % {**named, "until": when(first.hold_expires_at or first.starts_at)}}

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Challenge the first hold."""
        first = first_in_line(obj)
        if first is None:
            raise challenges.NotInLine(gettext("Nobody is before this hold any more."))
        until, is_firm = form.cleaned_data["until"], form.cleaned_data["is_firm"]
        challenges.challenge_hold(
            hold=first, challenger=obj, ends_at=until, is_firm=is_firm, actor=actor_of(request), now=timezone.now()
        )
        return gettext("%(title)s has to be confirmed by %(until)s.") % {"title": first.title, "until": when(until)}


class WithdrawChallengePage(ActionPage):
    """Calls a challenge off."""

    name = "withdraw-challenge"
    label = _("Withdraw the challenge")
    icon = "undo"
    question = _("The first holder keeps the slot until their hold expires.")

    @staticmethod
    def open_challenge(obj: StudioSession) -> HoldChallenge | None:
        """Return the challenge that the hold has made or got, while it is open."""
        made = obj.challenges_made.all() | obj.challenges.all()
        return made.filter(outcome=ChallengeOutcome.OPEN).select_related("hold").first()

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it while there is a challenge."""
        return obj.status == SessionStatus.HOLD and self.open_challenge(obj) is not None

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Withdraw it."""
        if (challenge := self.open_challenge(obj)) is not None:
            challenges.withdraw_challenge(challenge=challenge, actor=actor_of(request), now=timezone.now())
        return gettext("There is no challenge any more.")


class OfRequest(ActionPage):
    """An act on an open request."""

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it while the request is open."""
        return obj.status == SessionStatus.REQUESTED


class AskPaymentPage(OfRequest):
    """Approves a request on condition that it is paid."""

    name = "ask-payment"
    label = _("Approve once paid")
    icon = "payments"
    form_class = AskPaymentForm
    question = _("The slot is kept until then; a payment books it.")

    def is_offered(self, obj: StudioSession) -> bool:
        """Offer it where a visitor or a client asked."""
        return super().is_offered(obj) and hasattr(obj, "request")

    def initial(self, request: HttpRequest, obj: StudioSession) -> dict[str, Any]:
        """Propose a day from now, but not beyond the start."""
        return until_initial(min(timezone.now() + ONE_DAY, obj.starts_at))

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Let it wait for the money."""
        until, tell = form.cleaned_data["until"], tell_of(form)
        requests.ask_payment(session=obj, actor=actor_of(request), now=timezone.now(), expires_at=until, tell=tell)
        return gettext("The request awaits payment until %(until)s.") % {"until": when(until)}


class DeclinePage(OfRequest):
    """Declines a request, with a reason."""

    name = "decline"
    label = _("Decline")
    icon = "thumb_down"
    form_class = CancelForm
    is_dangerous = True
    question = _("The slot becomes free. The reason is kept with the request.")

    def act(self, request: HttpRequest, obj: StudioSession, form: ActionForm) -> str:
        """Decline the request."""
        reason, now = form.cleaned_data["reason"], timezone.now()
        requests.decline_request(session=obj, reason=reason, actor=actor_of(request), now=now, tell=tell_of(form))
        if next_ones := handed_on(obj, now):
            return " ".join([gettext("The request is declined."), *next_ones])
        return gettext("The request is declined and its slot is free.")
