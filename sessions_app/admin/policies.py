"""Booking policies, each with its steps."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app.models import BookingPolicy, FeeKind, PolicyTier
from studio.admin_sites import RECORDING, MenuEntry, MenuGroup, studio_site
from studio.admin_tools import StudioModelAdmin, StudioTabularInline
from studio.showing import badge


class TierInline(StudioTabularInline):
    """The steps of a policy."""

    model = PolicyTier
    fields = ("kind", "hours_before", "percent", "amount")
    ordering = ("kind", "-hours_before", "pk")
    show_change_link = False
    show_title = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Say in the heading what the number counts."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "hours_before":
            field.label = _("less than so many hours before")
        return field


@admin.register(BookingPolicy, site=studio_site)
class BookingPolicyAdmin(StudioModelAdmin):
    """Policies: what a booking is agreed under; bookings made before keep the terms they were made under."""

    menu = MenuEntry(MenuGroup.MONEY, "policy", 50, kinds=RECORDING)
    list_display = ("name", "for_rooms", "for_types", "grace", "steps", "state")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("-is_active", "name", "pk")
    inlines = (TierInline,)
    fieldsets = ((None, {"fields": (("name", "is_active"), ("room_kind", "booking_type"), "grace_minutes")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return policies with their steps."""
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("tiers")
        return rows

    @admin.display(description=_("rooms"), ordering="room_kind")
    def for_rooms(self, policy: BookingPolicy) -> str:
        """Show the kind of room."""
        return policy.get_room_kind_display() or gettext("every room")

    @admin.display(description=_("booking type"), ordering="booking_type")
    def for_types(self, policy: BookingPolicy) -> str:
        """Show the booking type."""
        return policy.get_booking_type_display() or gettext("every type")

    @admin.display(description=_("free after booking"), ordering="grace_minutes")
    def grace(self, policy: BookingPolicy) -> str:
        """Show the minutes of grace."""
        return gettext("%(count)d min") % {"count": policy.grace_minutes}

    @admin.display(description=_("steps"))
    def steps(self, policy: BookingPolicy) -> str:
        """Show the steps in a line."""
        tiers = sorted(policy.tiers.all(), key=lambda tier: (tier.kind, -(tier.hours_before or 0)))
        return "; ".join(step_text(tier) for tier in tiers) or gettext("always free")

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, policy: BookingPolicy) -> str:
        """Show whether new bookings are made under it."""
        return badge(_("in force"), "success") if policy.is_active else badge(_("off"), "muted")


def step_text(tier: PolicyTier) -> str:
    """Return a step as people say it, e.g. "cancellation < 24 h: 50 %"."""
    price = (
        f"{number_format(tier.percent.normalize())} %"
        if tier.percent is not None
        else number_format(tier.amount or 0, decimal_pos=2)
    )
    kind = FeeKind(tier.kind).label
    return f"{kind} < {tier.hours_before} h: {price}" if tier.hours_before else f"{kind}: {price}"
