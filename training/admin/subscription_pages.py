"""What is done to subscriptions: giving, renewing, upgrading, pausing, ending, adjusting."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sessions_app.admin.served import actor_of
from sessions_app.forms import current_zone
from studio.admin_tools import ActionForm, ActionPage
from studio.admin_tools.searching import keys_only
from studio.not_sent import NOT_SENT
from studio.showing import day as day_text
from studio.showing import money
from training.admin.session_filters import told_of_uncovered
from training.admin.subscription_forms import AdjustForm, EndForm, GrantForm, PauseForm, PlanChoice
from training.models import OPEN_STATUSES, Member, Plan, Subscription, SubscriptionStatus
from training.selectors.booked_ahead import booked_ahead
from training.selectors.credits import balance_of
from training.selectors.strays import stray_sessions
from training.services import credits as credit_services
from training.services import pauses, subscriptions, terms

ADJUST = "training.adjust_creditentry"
GRANT = "training.add_subscription"


class _SumPage(ActionPage):
    """A page that shows, live, what its form comes to."""

    template = "training/admin/plan_sum_page.html"
    asked: tuple[str, ...] = ("plan",)

    def context(self, request: HttpRequest, obj: Any, form: ActionForm) -> dict[str, Any]:
        """Return where the sum comes from."""
        return {"sum_url": reverse("admin:training_subscription_sum"), "asked": self.asked, "subscription": obj}


class GrantPage(_SumPage):
    """Gives a member a plan."""

    name = "grant"
    label = _("Give a member a plan")
    icon = "card_membership"
    form_class = GrantForm
    asked = ("member", "plan", "starts_on", "signup_fee")
    granted: Subscription | None = None

    def may(self, request: HttpRequest, obj: Subscription | None) -> bool:
        """Ask for the right to give plans."""
        return request.user.has_perm(GRANT)

    def initial(self, request: HttpRequest, obj: Subscription | None) -> dict[str, Any]:
        """Begin today, for the member that the link names."""
        named = keys_only(Member, [request.GET.get("member", "")])
        return {"starts_on": timezone.localdate(), "member": named[0] if named else None}

    def act(self, request: HttpRequest, obj: Subscription | None, form: ActionForm) -> str:
        """Give it."""
        given = form.cleaned_data
        fee = NOT_SENT if given["signup_fee"] is None else given["signup_fee"]
        self.granted = subscriptions.grant_subscription(
            member=given["member"],
            plan=given["plan"],
            starts_on=given["starts_on"],
            signup_fee=fee,
            notes=given["notes"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return said_of(self.granted)

    def back(self, obj: Subscription | None) -> str:
        """Go to the subscription, or to the list."""
        if self.granted is None:
            return reverse("admin:training_subscription_changelist")
        return super().back(self.granted)


def said_of(subscription: Subscription) -> str:
    """Return whose plan it is, and from when or until when."""
    named = {
        "member": subscription.member,
        "plan": subscription.plan_name,
        "first": day_text(subscription.starts_on),
        "last": day_text(subscription.ends_on),
    }
    if subscription.status == SubscriptionStatus.SCHEDULED:
        return gettext("%(plan)s begins for %(member)s on %(first)s and lasts until %(last)s.") % named
    return gettext("%(member)s has %(plan)s until %(last)s.") % named


class _Following(_SumPage):
    """An act that makes another subscription, where it leads to."""

    form_class = PlanChoice
    followed_by: Subscription | None = None

    def initial(self, request: HttpRequest, obj: Subscription) -> dict[str, Any]:
        """Begin with the same plan."""
        return {"plan": obj.plan_id}

    def back(self, obj: Subscription) -> str:
        """Go to the new one."""
        return super().back(self.followed_by or obj)


class RenewPage(_Following):
    """Follows a subscription up."""

    name = "renew"
    label = _("Renew")
    icon = "autorenew"

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it for one that was not cancelled nor renewed."""
        renewals = obj.renewals.exclude(status=SubscriptionStatus.CANCELLED)
        return obj.status != SubscriptionStatus.CANCELLED and not renewals.exists()

    def context(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> dict[str, Any]:
        """Say when it would begin."""
        first = subscriptions.renewal_day(obj.member, timezone.localdate())
        question = gettext("The new one begins on %(day)s, the first day on which %(member)s has no other.")
        return {
            **super().context(request, obj, form),
            "question": question % {"day": day_text(first), "member": obj.member},
            "starts_on": first,
        }

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Renew it."""
        self.followed_by = subscriptions.renew_subscription(
            subscription=obj, plan=form.cleaned_data["plan"], actor=actor_of(request), now=timezone.now()
        )
        return said_of(self.followed_by)


class UpgradePage(_Following):
    """Replaces a subscription by another plan."""

    name = "upgrade"
    label = _("Upgrade")
    icon = "upgrade"
    question = _(
        "The new plan begins today. What is left of the old one settles what is not paid of it, and the rest is taken "
        "off the new price; what is booked stays paid."
    )

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it for an active one."""
        return obj.status == SubscriptionStatus.ACTIVE

    def form(self, request: HttpRequest, obj: Subscription) -> ActionForm:
        """Return the form; what it has already is no upgrade."""
        form = super().form(request, obj)
        field: Any = form.fields["plan"]
        field.queryset = field.queryset.exclude(pk=obj.plan_id)
        return form

    def initial(self, request: HttpRequest, obj: Subscription) -> dict[str, Any]:
        """Begin with the next plan up."""
        dearer = Plan.objects.on_sale().filter(price__gt=obj.price, is_collaboration=False).order_by("price", "pk")
        return {"plan": dearer.values_list("pk", flat=True).first()}

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Upgrade it."""
        new = subscriptions.upgrade_subscription(
            subscription=obj, plan=form.cleaned_data["plan"], actor=actor_of(request), now=timezone.now()
        )
        self.followed_by = new
        return said_of_upgrade(new)


def said_of_upgrade(new: Subscription) -> str:
    """Return what is true once a plan has replaced another one."""
    told = [gettext("%(member)s now has %(plan)s; %(credit)s of the old plan are taken off its price.")]
    old = Subscription.objects.get(upgraded_to=new)
    if old.owed:
        told.append(gettext("%(owed)s of the old plan are still to be paid."))
    sums = {"credit": money(new.credited_amount, new.currency), "owed": money(old.owed, old.currency)}
    return " ".join(told) % {"member": new.member, "plan": new.plan_name, **sums}


class _SettlingPage(ActionPage):
    """An act that asks what becomes of the sessions that are booked on the subscription."""

    template = "training/admin/booked_ahead.html"

    def form(self, request: HttpRequest, obj: Subscription) -> ActionForm:
        """Return the form; it asks of sessions only where there are some."""
        form = super().form(request, obj)
        if not booked_ahead(obj, timezone.now()):
            form.fields.pop("booked")
        return form

    def context(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> dict[str, Any]:
        """Name what is booked already."""
        return {"booked": booked_ahead(obj, timezone.now())}


class PausePage(_SettlingPage):
    """Freezes a subscription."""

    name = "pause"
    label = _("Pause")
    icon = "pause_circle"
    form_class = PauseForm
    question = _("From today nothing can be booked on it. Each day of the pause is added to its end.")

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it for an active one."""
        return obj.status == SubscriptionStatus.ACTIVE

    def context(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> dict[str, Any]:
        """Say which of them are asked about."""
        note = gettext("Sessions from the day on which it goes on stay as they are.")
        return {**super().context(request, obj, form), "note": note}

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Pause it."""
        pause = pauses.pause_subscription(
            subscription=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data
        )
        if pause.resumes_on is None:
            told = gettext("The subscription is paused until somebody resumes it.")
        else:
            told = gettext("The subscription is paused until %(day)s.") % {"day": day_text(pause.resumes_on)}
        return _joined(told, *told_of_uncovered(obj.member))


class ResumePage(ActionPage):
    """Lets a paused subscription go on."""

    name = "resume"
    label = _("Resume")
    icon = "play_circle"

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it for a paused one."""
        return obj.status == SubscriptionStatus.PAUSED

    def context(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> dict[str, Any]:
        """Say how many days are added."""
        pause = obj.pauses.filter(resumed_on__isnull=True).first()
        added = (pause.ends_on(timezone.localdate()) - pause.starts_on).days if pause else 0
        told = ngettext(
            "It was paused for %(count)d day, which is added to its end.",
            "It was paused for %(count)d days, which are added to its end.",
            added,
        )
        today_only = gettext("It was paused today, so its end stays where it is.")
        return {"question": told % {"count": added} if added else today_only}

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Resume it."""
        resumed = pauses.resume_subscription(subscription=obj, actor=actor_of(request), now=timezone.now())
        told = gettext("The subscription goes on until %(day)s.") % {"day": day_text(resumed.ends_on)}
        return " ".join([told, *_of_strays(resumed.member)])


def _joined(*told: str) -> SafeString:
    """Return sentences as one text, in which those with a way to somewhere keep it."""
    return format_html_join(" ", "{}", ((each,) for each in told))


def _of_strays(member: Member) -> list[str]:
    """Return how many sessions of a member lie outside the term of their plan, where some do."""
    count = len(stray_sessions(member, zone=current_zone(), now=timezone.now()))
    told = ngettext(
        "%(count)d session lies outside the term of its plan now: it stays paid, and the plan's page marks it.",
        "%(count)d sessions lie outside the term of their plan now: they stay paid, and the plan's page marks them.",
        count,
    )
    return [told % {"count": count}] if count else []


class BeginPage(ActionPage):
    """Lets a scheduled subscription begin today."""

    name = "begin"
    label = _("Begin today")
    icon = "start"
    question = _("It begins today instead of on its day, with all its days, if nothing is left of the one before.")

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it for a scheduled one."""
        return obj.status == SubscriptionStatus.SCHEDULED

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Begin it."""
        begun = terms.begin_now(subscription=obj, actor=actor_of(request), now=timezone.now())
        return " ".join([said_of(begun), *_of_strays(begun.member)])


class CancelPage(_SettlingPage):
    """Ends a subscription."""

    name = "cancel"
    label = _("Cancel the subscription")
    icon = "cancel"
    is_dangerous = True
    form_class = EndForm

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it for one that has not ended."""
        return obj.status in OPEN_STATUSES

    def context(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> dict[str, Any]:
        """Say what is lost."""
        left = balance_of(obj)
        told = ngettext(
            "The subscription ends now, and %(count)d session that is left expires.",
            "The subscription ends now, and %(count)d sessions that are left expire.",
            left,
        )
        question = told % {"count": left} if left else gettext("The subscription ends now.")
        note = gettext("A credit that comes back expires with it.")
        return {**super().context(request, obj, form), "question": question, "note": note}

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Cancel it."""
        ended = subscriptions.cancel_subscription(
            subscription=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data
        )
        told = [gettext("The subscription is cancelled."), *_of_strays(ended.member)]
        return _joined(*told, *told_of_uncovered(ended.member))


class AdjustPage(ActionPage):
    """Adds or takes credits."""

    name = "adjust"
    label = _("Adjust credits")
    icon = "exposure"
    form_class = AdjustForm

    def may(self, request: HttpRequest, obj: Subscription) -> bool:
        """Ask for the right to adjust credits."""
        return request.user.has_perm(ADJUST) and super().may(request, obj)

    def is_offered(self, obj: Subscription) -> bool:
        """Offer it for one that has not ended."""
        return obj.status in OPEN_STATUSES

    def context(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> dict[str, Any]:
        """Say how many there are."""
        left = balance_of(obj)
        told = ngettext("%(count)d session is left.", "%(count)d sessions are left.", left)
        return {"question": told % {"count": left}}

    def act(self, request: HttpRequest, obj: Subscription, form: ActionForm) -> str:
        """Adjust them."""
        credit_services.adjust_credits(
            subscription=obj, actor=actor_of(request), now=timezone.now(), **form.cleaned_data
        )
        left = balance_of(obj)
        told = ngettext("%(count)d session is left now.", "%(count)d sessions are left now.", left)
        return told % {"count": left}


ACTION_PAGES = (RenewPage, UpgradePage, BeginPage, PausePage, ResumePage, AdjustPage, CancelPage)
