"""A session opened out of the grid: a panel beside it, or a page of its own where scripts do not run."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from studio.admin_sites import AdminPage, studio_site
from studio.admin_tools import StudioModelAdmin
from studio.showing import when_exactly, zone_name
from training.admin.book_panel import is_part
from training.admin.day_page import SEE_SESSIONS, day_url
from training.admin.member_rights import SEE_COMMENTS, SEE_MEMBERS, SEE_PLANS, shown_kinds
from training.models import TrainingSession
from training.selectors.session_card import session_card


def session_view(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Show a session, its member, and what can be done."""
    card = session_card(session_id)
    if card is None:
        raise Http404
    session, kinds = card.session, shown_kinds(request)
    context: dict[str, Any] = {
        **studio_site.each_context(request),
        "title": _("Session"),
        "card": card,
        "indicators": [mark for mark in card.indicators if mark.kind in kinds],
        "comments": card.comments if request.user.has_perm(SEE_COMMENTS) else (),
        "period": when_exactly(session.scheduled_start, session.scheduled_end),
        "really": when_exactly(session.actual_start, session.actual_end) if session.actual_start else "",
        "actions": _model_admin().offered_actions(request, str(session.pk)),
        "sees_plans": request.user.has_perm(SEE_PLANS),
        "sees_members": request.user.has_perm(SEE_MEMBERS),
        "zone": zone_name(),
        "back_url": day_url(session.scheduled_start, session.pk),
    }
    template = "training/admin/_opened.html" if is_part(request) else "training/admin/opened.html"
    request.current_app = studio_site.name
    return TemplateResponse(request, template, context)


def _model_admin() -> StudioModelAdmin:
    """Return who knows what can be done to a session."""
    return cast("StudioModelAdmin", studio_site.get_model_admin(TrainingSession))


studio_site.register_page(
    AdminPage("training/session/<uuid:session_id>/", "training-session", session_view, SEE_SESSIONS)
)
