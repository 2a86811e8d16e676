"""The page of a member: everything that the staff need to know at a glance."""

from typing import Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from sessions_app.admin.fee_parts import sees_money
from studio.admin_tools.action_pages import Offered
from studio.office.selectors.profile import current_profile
from studio.showing import badge, zone_name
from training.admin.day_page import BOOK_SESSIONS
from training.admin.member_columns import STATUS_TONES, TYPE_TONES
from training.admin.member_forms import CheckupForm, CommentForm
from training.admin.member_rights import SEE_CHECKUPS, SEE_COMMENTS, SEE_CONTACTS, SEE_PLANS, sees_medical, steers
from training.models import Member, MemberStatus, MemberType
from training.selectors.member_profile import member_profile

SEE_CLIENTS = "sessions_app.view_client"
GIVE_PLANS = "training.add_subscription"


def profile_address(member: Member) -> str:
    """Return where a member is shown."""
    return reverse("admin:training_member_profile", args=[quote(str(member.pk))])


def profile_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show a member."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    member = model_admin.get_object(request, unquote(object_id))
    if member is None:
        raise Http404
    now, sees_comments = timezone.now(), request.user.has_perm(SEE_COMMENTS)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": member.name,
        "page_parts": model_admin.page_parts(None, member.name),
        "opts": model_admin.opts,
        "original": member,
        "member": member,
        "zone": zone_name(),
        "profile": member_profile(
            member=member,
            profile=current_profile(),
            now=now,
            with_money=sees_money(request),
            with_partner=steers(request),
            with_comments=sees_comments,
        ),
        "status": badge(member.get_status_display(), STATUS_TONES[MemberStatus(member.status)]),
        "type": badge(member.get_member_type_display(), TYPE_TONES[MemberType(member.member_type)]),
        "acts": _acts(model_admin, request, member),
        "sees_money": sees_money(request),
        "sees_medical": sees_medical(request),
        "sees_partner": steers(request),
        "sees_comments": sees_comments,
        "sees_contacts": request.user.has_perm(SEE_CONTACTS),
        "sees_checkups": request.user.has_perm(SEE_CHECKUPS),
        "sees_plans": request.user.has_perm(SEE_PLANS),
        "gives_plans": request.user.has_perm(GIVE_PLANS),
        "sees_client": request.user.has_perm(SEE_CLIENTS),
        "comment_form": CommentForm() if model_admin.has_comment_permission(request) else None,
        "checkup_form": CheckupForm() if model_admin.has_checkup_permission(request) else None,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "training/admin/member_profile.html", context)


def _acts(model_admin: Any, request: HttpRequest, member: Member) -> list[Offered]:
    """Return the buttons of the page: a session, the facts, what makes sense now, and the history."""
    address, key = "admin:training_member_{}", [quote(str(member.pk))]
    pages = [page(model_admin) for page in model_admin.action_pages]
    buttons = [page.button(member) for page in pages if page.may(request, member) and page.is_offered(member)]
    may_change = model_admin.has_change_permission(request, member)
    facts = _("Edit the facts") if may_change else _("All facts")
    grid = f"{reverse('admin:training-day')}?{urlencode({'for': str(member.pk)})}"
    books = [Offered(_("Book a session"), "event_available", grid, is_dangerous=False)]
    return [
        *(books if request.user.has_perm(BOOK_SESSIONS) else []),
        Offered(facts, "edit", reverse(address.format("change"), args=key), is_dangerous=False),
        *buttons,
        Offered(_("History"), "history", reverse(address.format("history"), args=key), is_dangerous=False),
    ]
