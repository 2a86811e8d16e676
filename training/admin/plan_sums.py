"""What a plan in a form comes to, live below it."""

from contextlib import suppress
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from sessions_app.forms import FIRST_DAY, LAST_DAY, key_of
from studio.admin_tools.searching import keys_only
from studio.office.selectors.profile import current_profile
from training.admin.subscription_forms import GrantForm
from training.admin.subscription_pages import UpgradePage
from training.models import Member, Plan, Subscription
from training.selectors.grants import grant_of
from training.selectors.upgrades import upgrade_quote
from training.services.subscriptions import renewal_day

FEE = GrantForm.base_fields["signup_fee"]


def sum_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Answer what stands in the form comes to, as a fragment: what the save will write."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    asked = request.GET
    plan = Plan.objects.filter(pk=key_of(asked.get("plan")) or 0).first()
    context: dict[str, Any] = {"plan": plan, "currency": current_profile().currency}
    old = Subscription.objects.filter(pk=key_of(asked.get("subscription")) or 0).select_related("member").first()
    if plan is not None and old is not None and asked.get("page") == UpgradePage.name:
        context["quote"] = upgrade_quote(old, plan)
    elif plan is not None:
        member = old.member if old else _member(asked.get("member", ""))
        first = renewal_day(old.member, timezone.localdate()) if old else _day(asked.get("starts_on", ""))
        if member is not None and first is not None:
            with suppress(ValidationError):
                fee = None if old else FEE.clean(asked.get("signup_fee", ""))
                context["grant"] = grant_of(member=member, plan=plan, starts_on=first, agreed_fee=fee)
    return TemplateResponse(request, "training/admin/_plan_sum.html", context)


def _member(typed: str) -> Member | None:
    keys = keys_only(Member, [typed])
    return Member.objects.filter(pk=keys[0]).first() if keys else None


def _day(typed: str) -> date | None:
    with suppress(ValueError):
        day = parse_date(typed)
        if day is not None and FIRST_DAY <= day <= LAST_DAY:
            return day
    return None
