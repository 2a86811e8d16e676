"""Asking before an action on several rows is done."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from studio.admin_tools.action_pages import ActionForm

type Act = Callable[..., HttpResponse | None]

SHOWN = 100  # names on the confirmation page; more are counted


def confirmed_action(
    *,
    description: Any,
    permissions: Sequence[str],
    template: str = "admin/confirm_action.html",
    context: Callable[[HttpRequest, QuerySet[Any]], dict[str, Any]] | None = None,
    form_class: type[ActionForm] | None = None,
) -> Callable[[Act], Act]:
    """Turn a method into an admin action that is done only after a page has shown what it will hit.

    permissions: as for `admin.action`; asked again when the act is confirmed
    template: gets `objects`, `more` (how many are not named), `action_name`, `description`, `selected`
    context: what the template gets besides, from the request and all the rows
    form_class: what is asked before; the act is given the valid form, and a refused one is shown with what was typed
    """

    def decorator(act: Act) -> Act:
        @admin.action(description=description, permissions=permissions)
        @wraps(act)
        def ask_first(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            if not all(getattr(model_admin, f"has_{permission}_permission")(request) for permission in permissions):
                raise PermissionDenied
            is_confirmed = request.POST.get("confirmed") == "yes"
            form = form_class(request.POST if is_confirmed else None) if form_class else None
            if form is not None:
                form.suit(request, queryset)
            if is_confirmed and (form is None or form.is_valid()):
                return act(model_admin, request, queryset, *([form] if form else []))
            shown = _context(model_admin, request, queryset) | {"form": form}
            if context is not None:
                shown |= context(request, queryset)
            shown |= {
                "page_parts": model_admin.page_parts(None, description),
                "title": description,
                "description": description,
                "action_name": act.__name__,
            }
            return TemplateResponse(request, template, shown, status=400 if is_confirmed else 200)

        return ask_first

    return decorator


def _context(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> dict[str, Any]:
    count = queryset.count()
    objects = list(queryset.order_by("pk")[:SHOWN])
    request.current_app = model_admin.admin_site.name
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "objects": objects,
        "count": count,
        "more": count - len(objects),
        "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        # With "select all", the filters of the list name the rows again; the ids alone would not.
        "select_across": request.POST.get("select_across") == "1",
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
    }
