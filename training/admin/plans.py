"""What is sold to members."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, DecimalField, ExpressionWrapper, F, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sessions_app.admin.served import ServedAdmin, actor_of
from studio.admin_sites import TRAINING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import LineTextarea
from studio.admin_tools.model_admin import StudioModelForm
from studio.office.models import PROFILE_ID, StudioProfile
from studio.showing import badge, money
from training.models import CURRENT_STATUSES, Plan
from training.services import plans


class PlanForm(StudioModelForm):
    """A plan."""

    class Meta:
        model = Plan
        fields = "__all__"
        widgets = {"description": LineTextarea}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "instalments" in self.fields:
            self.fields["instalments"].required = False

    def clean_instalments(self) -> int:
        """Return in how many parts it is paid: an empty box is one."""
        return self.cleaned_data["instalments"] or 1


@admin.register(Plan, site=studio_site)
class PlanAdmin(ServedAdmin):
    """Plans; what members have bought keeps a copy."""

    menu = MenuEntry(MenuGroup.TRAINING, "sell", 60, kinds=TRAINING)
    form = PlanForm
    list_display = ("name", "sessions_count", "term", "price_shown", "price_of_one", "fee_shown", "sold", "state")
    list_filter = ("is_active", "is_collaboration")
    search_fields = ("name",)
    ordering = ("-is_active", "price", "pk")
    fieldsets = (
        (
            None,
            {"fields": ("name", ("sessions_count", "months"), ("price", "signup_fee"), "instalments", "description")},
        ),
        (_("To whom"), {"fields": (("is_active", "is_collaboration"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """Return the plans, each with what one session costs, how many members have it now, and the currency."""
        current = Count("subscriptions", filter=Q(subscriptions__status__in=CURRENT_STATUSES))
        amount = DecimalField(max_digits=12, decimal_places=2)
        one = ExpressionWrapper(F("price") / F("sessions_count"), output_field=amount)
        currency = StudioProfile.objects.filter(pk=PROFILE_ID).values("currency")
        return super().get_queryset(request).annotate(members=current, one=one, currency=Subquery(currency))

    @admin.display(description=_("lasts"), ordering="months")
    def term(self, plan: Plan) -> str:
        """Show the months."""
        return ngettext("%(count)d month", "%(count)d months", plan.months) % {"count": plan.months}

    @admin.display(description=_("price"), ordering="price")
    def price_shown(self, plan: Any) -> str:
        """Show the price."""
        return money(plan.price, plan.currency)

    @admin.display(description=_("a session"), ordering="one")
    def price_of_one(self, plan: Any) -> str:
        """Show what one session comes to."""
        return money(round(plan.one, 2), plan.currency)

    @admin.display(description=_("sign-up fee"), ordering="signup_fee")
    def fee_shown(self, plan: Any) -> str:
        """Show what a member's first plan costs besides."""
        return money(plan.signup_fee, plan.currency)

    @admin.display(description=_("members now"), ordering="members")
    def sold(self, plan: Any) -> int:
        """Show how many members have it."""
        return int(plan.members)

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, plan: Plan) -> str:
        """Show whether it is sold, and to whom."""
        if not plan.is_active:
            return badge(_("not sold"), "muted")
        return badge(_("collaborations"), "info") if plan.is_collaboration else badge(_("on sale"), "success")

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Plan:
        """Put a plan on offer."""
        return plans.create_plan(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: Plan, given: dict[str, Any], now: datetime) -> None:
        """Change a plan."""
        plans.change_plan(plan=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: Plan, now: datetime) -> None:
        """Delete a plan."""
        plans.delete_plan(plan=obj, actor=actor_of(request), now=now)
