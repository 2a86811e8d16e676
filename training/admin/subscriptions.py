"""What members have bought."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.forms import current_zone
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import ActionPage, ReadOnlyAdmin, StudioModelAdmin
from studio.showing import badge, day, money, when, zone_label, zone_name
from training.admin.plan_sums import sum_view
from training.admin.subscription_pages import ACTION_PAGES, GRANT, GrantPage
from training.models import OPEN_STATUSES, CreditEntry, CreditKind, Subscription, SubscriptionStatus
from training.models.subscription import SubscriptionQuerySet
from training.selectors.standing import ENDS_SOON, FEW_LEFT
from training.selectors.subscription_page import MOST_ENTRIES, subscription_page

TONES = {
    SubscriptionStatus.SCHEDULED: "info",
    SubscriptionStatus.ACTIVE: "success",
    SubscriptionStatus.PAUSED: "warning",
    SubscriptionStatus.CANCELLED: "muted",
    SubscriptionStatus.EXPIRED: "muted",
}
KIND_TONES = {
    CreditKind.BOUGHT: "success",
    CreditKind.USED: "info",
    CreditKind.RETURNED: "neutral",
    CreditKind.EXPIRED: "muted",
    CreditKind.ADJUSTED: "warning",
}


class StandingFilter(SimpleListFilter):
    """What somebody should look at."""

    title = _("to look at")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the questions."""
        return [("ending", _("ends within a week")), ("few", _("few sessions left")), ("unpaid", _("not paid in full"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what the question is about."""
        if self.value() == "unpaid":
            return cast("SubscriptionQuerySet", queryset).unpaid()
        active = queryset.filter(status=SubscriptionStatus.ACTIVE)
        if self.value() == "ending":
            today = timezone.localdate()
            return active.filter(ends_on__gte=today, ends_on__lte=today + timedelta(days=ENDS_SOON))
        return active.filter(balance__lte=FEW_LEFT) if self.value() == "few" else queryset


@admin.register(Subscription, site=studio_site)
class SubscriptionAdmin(StudioModelAdmin):
    """Subscriptions; each is changed by what is done to it."""

    menu = MenuEntry(MenuGroup.TRAINING, "card_membership", 40, kinds=TRAINING)
    list_display = ("plan_name", "member", "state", "term", "left", "amount_shown", "paid_shown")
    list_select_related = ("member",)
    list_filter = ("status", StandingFilter, "plan")
    linked_lookups = ("member__id__exact",)
    search_fields = ("plan_name", "member__first_name", "member__last_name", "member__email")
    ordering = ("-starts_on", "-pk")
    action_pages: Sequence[type[ActionPage]] = ACTION_PAGES
    change_form_outer_before_template = "training/admin/subscription_credits.html"
    change_form_outer_after_template = "training/admin/subscription_ledger.html"
    fieldsets: Any = (
        (None, {"fields": ("member_shown", "plan_name", ("state", "term", "days"), ("next_payment", "follows"))}),
        (
            _("Money"),
            {"fields": (("price_shown", "credited_shown", "fee_shown"), ("amount_shown", "paid_shown", "owed_shown"))},
        ),
        (_("Notes"), {"fields": ("notes", "cancellation")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """Return the rows with what is left of each, and what has expired."""
        return super().get_queryset(request).with_balance().with_lapsed()

    def get_fieldsets(self, request: HttpRequest, obj: Subscription | None = None) -> Any:
        """Return the facts; one that has ended has no next payment."""
        if obj is None or obj.status in OPEN_STATUSES:
            return self.fieldsets
        (name, facts), *others = self.fieldsets
        return ((name, {"fields": (*facts["fields"][:-1], "follows")}), *others)

    def get_readonly_fields(self, request: HttpRequest, obj: Subscription | None = None) -> list[str]:
        """Return everything: the acts behind the buttons change it."""
        rows = [field for _name, part in self.fieldsets for field in part["fields"]]
        return [name for row in rows for name in ((row,) if isinstance(row, str) else row)]

    def has_delete_permission(self, request: HttpRequest, obj: Subscription | None = None) -> bool:
        """Refuse: a subscription is cancelled, and stays in the records."""
        return False

    def get_urls(self) -> list[Any]:
        """Return the URLs, the live sum's first."""
        view = self.admin_site.admin_view(partial(sum_view, model_admin=self))
        return [path("sum/", view, name="training_subscription_sum"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Give a member a plan: an act and no plain save."""
        return GrantPage(self).answer(request, None)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to give plans."""
        return request.user.has_perm(GRANT)

    def object_title(self, obj: Subscription) -> str:
        """Return whose it is, and which."""
        return f"{obj.member}: {obj.plan_name}"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the credits above the facts and the ledger below; there is nothing to save."""
        if subscription := context.get("original"):
            now = timezone.now()
            context |= {
                "shown": subscription_page(subscription, today=timezone.localdate(), zone=current_zone(), now=now),
                "zone": zone_name(),
                "most": MOST_ENTRIES,
                "tones": KIND_TONES,
                **dict.fromkeys(("show_save", "show_save_and_continue", "show_save_and_add_another"), False),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("member"))
    def member_shown(self, subscription: Subscription) -> SafeString:
        """Show whose it is, with the link."""
        link = reverse("admin:training_member_profile", args=[subscription.member_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, subscription.member)

    @admin.display(description=_("state"), ordering="status")
    def state(self, subscription: Subscription) -> str:
        """Show where it is in its life."""
        return badge(subscription.state_told, TONES[SubscriptionStatus(subscription.status)])

    @admin.display(description=_("term"), ordering="ends_on")
    def term(self, subscription: Subscription) -> str:
        """Show from when to when."""
        return f"{day(subscription.starts_on)} - {day(subscription.ends_on)}"

    @admin.display(description=_("left"), ordering="balance")
    def left(self, subscription: Any) -> str:
        """Show how many sessions are left of how many."""
        text = f"{subscription.balance} / {subscription.sessions_count}"
        is_low = subscription.status == SubscriptionStatus.ACTIVE and subscription.balance <= FEW_LEFT
        return badge(text, "warning") if is_low else text

    @admin.display(description=_("price"))
    def price_shown(self, subscription: Subscription) -> str:
        """Show what the sessions cost."""
        return money(subscription.price, subscription.currency)

    @admin.display(description=_("taken off"))
    def credited_shown(self, subscription: Subscription) -> str:
        """Show what was left of the plan before an upgrade."""
        return money(subscription.credited_amount, subscription.currency)

    @admin.display(description=_("sign-up fee"))
    def fee_shown(self, subscription: Subscription) -> str:
        """Show the fee."""
        return money(subscription.signup_fee, subscription.currency)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, subscription: Subscription) -> str:
        """Show what it costs in all."""
        return money(subscription.amount, subscription.currency)

    @admin.display(description=_("paid"), ordering="paid_amount")
    def paid_shown(self, subscription: Subscription) -> str:
        """Show what has been paid."""
        return money(subscription.paid_amount, subscription.currency)

    @admin.display(description=_("still to pay"))
    def owed_shown(self, subscription: Subscription) -> str:
        """Show what is still to be paid."""
        if subscription.status == SubscriptionStatus.CANCELLED and subscription.upgraded_to_id is None:
            return "-"  # nobody asks for it any more
        told = money(subscription.owed, subscription.currency)
        return badge(told, "warning") if subscription.owed else told

    @admin.display(description=_("next payment"))
    def next_payment(self, subscription: Subscription) -> str:
        """Show what is due now, and the day after the term: a pause moves both days alike."""
        told = []
        if subscription.owed:
            owed = money(subscription.owed, subscription.currency)
            told.append(gettext("%(owed)s now") % {"owed": owed})
        if subscription.next_billing_on:
            told.append(gettext("%(day)s, for what follows it") % {"day": day(subscription.next_billing_on)})
        return "; ".join(told) or "-"

    @admin.display(description=_("follows"))
    def follows(self, subscription: Subscription) -> Any:
        """Show which one it renews or replaced, with the link."""
        before = subscription.renewed_from or getattr(subscription, "upgraded_from", None)
        if before is None:
            return "-"
        link = reverse("admin:training_subscription_change", args=[before.pk])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, before)

    @admin.display(description=_("cancelled"))
    def cancellation(self, subscription: Subscription) -> str:
        """Show when, by whom and why it was cancelled."""
        if subscription.cancelled_at is None:
            return "-"
        told = (when(subscription.cancelled_at), subscription.cancelled_by_label, subscription.cancellation_reason)
        return ", ".join(part for part in told if part)


@admin.register(CreditEntry, site=studio_site)
class CreditEntryAdmin(ReadOnlyAdmin, StudioModelAdmin):
    """The ledger of credits over all members."""

    menu = MenuEntry(MenuGroup.TRAINING, "receipt_long", 70, kinds=TRAINING, title=_("Credits"))
    list_display = ("moment", "member", "kind_shown", "quantity_shown", "session_label", "reason", "actor_label")
    list_select_related = ("subscription__member",)
    list_filter = ("kind",)
    linked_lookups = ("subscription__id__exact",)
    ordering = ("-at", "-pk")
    fields = (
        "member",
        "subscription_shown",
        "kind_shown",
        "quantity_shown",
        "session_label",
        "reason",
        "moment",
        "actor_label",
    )
    readonly_fields = ("member", "subscription_shown", "kind_shown", "quantity_shown", "moment")

    @admin.display(description=zone_label(_("when")), ordering="at")
    def moment(self, entry: CreditEntry) -> str:
        """Show when it was."""
        return when(entry.at)

    @admin.display(description=_("member"))
    def member(self, entry: CreditEntry) -> str:
        """Show whose credits."""
        return str(entry.subscription.member)

    @admin.display(description=_("subscription"))
    def subscription_shown(self, entry: CreditEntry) -> SafeString:
        """Show the lot, with the link."""
        link = reverse("admin:training_subscription_change", args=[entry.subscription_id])
        return format_html('<a class="panel-link" href="{}">{}</a>', link, entry.subscription)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, entry: CreditEntry) -> str:
        """Show what moved them."""
        return badge(entry.get_kind_display(), KIND_TONES[CreditKind(entry.kind)])

    @admin.display(description=_("credits"), ordering="quantity")
    def quantity_shown(self, entry: CreditEntry) -> str:
        """Show how many, with the sign."""
        return f"{entry.quantity:+d}"
