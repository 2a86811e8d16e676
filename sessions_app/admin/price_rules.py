"""The price list: its rules, and a page to try what a booking would cost."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from sessions_app.admin.served import ServedAdmin, actor_of, by_htmx
from sessions_app.forms import PeriodForm, room_field
from sessions_app.models import BookingType, PriceEffect, PriceRule
from sessions_app.selectors.prices import price_of
from sessions_app.services import price_rules
from studio.admin_sites import RECORDING, AdminPage, MenuEntry, MenuGroup, studio_site
from studio.admin_tools.model_admin import StudioModelForm
from studio.office.models.opening import DAY_MINUTES, Weekday, wall_label
from studio.office.selectors.profile import current_profile
from studio.showing import badge, day, days, zone_name

WALL = re.compile(r"(\d{1,2}):(\d{2})")
MINUTES = 60
MINUTES_LONG = 99  # minutes up to here are said as minutes, longer ones as hours


class WallField(forms.CharField):
    """A time of day up to 24:00, as minutes since midnight."""

    def __init__(self, **given: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextInputWidget({"placeholder": "18:00"}), **given)

    def prepare_value(self, value: Any) -> Any:
        """Return the time as people write it."""
        return wall_label(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Return the minutes, or None for none."""
        text = super().to_python(value)
        if not text:
            return None
        found = WALL.fullmatch(text)
        minutes = int(found[1]) * MINUTES + int(found[2]) if found and int(found[2]) < MINUTES else DAY_MINUTES + 1
        if minutes > DAY_MINUTES:
            raise ValidationError(gettext("Write a time as 18:00, up to 24:00."))
        return minutes


class PriceRuleForm(StudioModelForm):
    """A rule's facts."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=Weekday,
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: every day. A night belongs to the day on which it begins."),
    )
    booking_types = forms.MultipleChoiceField(
        label=_("Booking types"),
        choices=BookingType,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: every type."),
    )
    window_from = WallField(label=_("From"))
    window_to = WallField(
        label=_("To"), help_text=_("Both empty: all day. An end before the start is on the next day.")
    )

    class Meta:
        model = PriceRule
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Put an end that comes before its start on the next day."""
        cleaned = dict(super().clean() or {})
        first, last = cleaned.get("window_from"), cleaned.get("window_to")
        if first is not None and last is not None and last <= first:
            cleaned["window_to"] = last + DAY_MINUTES
        return cleaned


@admin.register(PriceRule, site=studio_site)
class PriceRuleAdmin(ServedAdmin):
    """Price rules."""

    menu = MenuEntry(MenuGroup.MONEY, "sell", 40, kinds=RECORDING)
    form = PriceRuleForm
    list_display = ("name", "where", "when_it_holds", "for_which", "effect_shown", "priority", "state")
    list_select_related = ("room",)
    list_filter = ("is_active", "effect", "room", "room_kind")
    search_fields = ("name",)
    ordering = ("-is_active", "-priority", "name", "pk")
    list_before_template = "sessions_app/admin/try_prices_link.html"
    fieldsets = (
        (None, {"fields": (("name", "is_active"), ("effect", "amount", "percent"), "priority")}),
        (_("Where"), {"fields": (("room", "room_kind"),)}),
        (_("When"), {"fields": ("weekdays", ("window_from", "window_to"), ("valid_from", "valid_until"))}),
        (_("For which bookings"), {"fields": ("booking_types", ("min_minutes", "max_minutes"))}),
    )

    @admin.display(description=_("where"), ordering="room")
    def where(self, rule: PriceRule) -> str:
        """Show the room or the kind of room."""
        if rule.room is not None:
            return str(rule.room)
        return rule.get_room_kind_display() or gettext("every room")

    @admin.display(description=_("when"))
    def when_it_holds(self, rule: PriceRule) -> str:
        """Show weekdays, hours and days."""
        parts = [", ".join(str(Weekday(number).label)[:3] for number in sorted(rule.weekdays))]
        if rule.window_from is not None and rule.window_to is not None:
            parts.append(f"{wall_label(rule.window_from)}-{wall_label(rule.window_to)}")
        if rule.valid_from and rule.valid_until:
            parts.append(days(rule.valid_from, rule.valid_until))
        elif rule.valid_from:
            parts.append(gettext("from %(day)s") % {"day": day(rule.valid_from)})
        elif rule.valid_until:
            parts.append(gettext("until %(day)s") % {"day": day(rule.valid_until)})
        return " ".join(filter(None, parts)) or gettext("always")

    @admin.display(description=_("for"))
    def for_which(self, rule: PriceRule) -> str:
        """Show booking types and lengths."""
        parts = [", ".join(str(BookingType(each).label) for each in rule.booking_types)]
        if rule.min_minutes:
            parts.append(gettext("from %(length)s") % {"length": _length(rule.min_minutes)})
        if rule.max_minutes:
            parts.append(gettext("up to %(length)s") % {"length": _length(rule.max_minutes)})
        return " ".join(filter(None, parts)) or gettext("every booking")

    @admin.display(description=_("effect"), ordering="effect")
    def effect_shown(self, rule: PriceRule) -> str:
        """Show the price or the percentage."""
        if rule.percent is not None:
            sign = "-" if rule.effect == PriceEffect.DISCOUNT else "+"
            return f"{sign}{number_format(rule.percent.normalize(), use_l10n=True)} %"
        hourly = gettext("%(amount)s an hour") if rule.effect == PriceEffect.HOURLY else gettext("%(amount)s flat")
        return hourly % {"amount": number_format(rule.amount or 0, decimal_pos=2)}

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, rule: PriceRule) -> str:
        """Show whether new bookings follow it."""
        return badge(_("in force"), "success") if rule.is_active else badge(_("off"), "muted")

    def create(self, request: HttpRequest, given: dict[str, Any], now: datetime) -> Model:
        """Write a rule."""
        return price_rules.create_rule(actor=actor_of(request), now=now, **given)

    def change(self, request: HttpRequest, obj: PriceRule, given: dict[str, Any], now: datetime) -> None:
        """Change a rule."""
        price_rules.change_rule(rule=obj, actor=actor_of(request), now=now, **given)

    def remove(self, request: HttpRequest, obj: PriceRule, now: datetime) -> None:
        """Strike out a rule."""
        price_rules.delete_rule(rule=obj, actor=actor_of(request), now=now)


def _length(minutes: int) -> str:
    if minutes <= MINUTES_LONG:
        return gettext("%(count)d min") % {"count": minutes}
    hours = minutes / MINUTES
    return gettext("%(count)s h") % {"count": number_format(int(hours) if hours.is_integer() else f"{hours:.2f}")}


class TryForm(PeriodForm):
    """A booking that is only tried."""

    room = room_field(required=False, empty_label=_("No room: remote or on location"))
    booking_type = forms.ChoiceField(label=_("Booking type"), choices=BookingType, widget=UnfoldAdminSelectWidget)

    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return where, how sold and when."""
        return [(None, {"fields": [("room", "booking_type"), *self.period_fields()]})]


def try_view(request: HttpRequest) -> HttpResponse:
    """Show what a booking would cost, line by line; nothing is booked."""
    form = TryForm(request.GET or None, initial={"day": timezone.localdate()})
    context: dict[str, Any] = {"zone": zone_name()}
    if form.is_valid():
        asked = form.cleaned_data
        names = ("room", "starts_at", "ends_at", "booking_type")
        context["quote"] = price_of(currency=current_profile().currency, **{name: asked[name] for name in names})
    if by_htmx(request):
        return TemplateResponse(request, "sessions_app/admin/_tried_price.html", {**context, "form": form})
    model_admin = studio_site.get_model_admin(PriceRule)
    context |= {
        **studio_site.each_context(request),
        "title": _("Try the prices"),
        "form": form,
        "adminform": AdminForm(form, form.fieldsets(), {}, model_admin=model_admin),
        "media": model_admin.media + form.media,
        "opts": PriceRule._meta,
        "page_parts": model_admin.page_parts(None, _("Try the prices")),
    }
    request.current_app = studio_site.name
    return TemplateResponse(request, "sessions_app/admin/try_prices.html", context)


studio_site.register_page(AdminPage("try-prices/", "try-prices", try_view, "sessions_app.view_pricerule"))
