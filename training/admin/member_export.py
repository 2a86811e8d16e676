"""Taking the list of members along."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from sessions_app.admin.fee_parts import sees_money
from studio.accounts.taking_along import KINDS, table_file
from training.models import Member
from training.selectors import member_export
from training.selectors.member_list import with_columns

MOST_EXPORTED = 100_000


def export_view(model_admin: Any, request: HttpRequest, kind: str) -> HttpResponseBase:
    """Answer the list with its filters, its search and its order as a file."""
    if not model_admin.has_export_permission(request):
        raise PermissionDenied
    if kind not in KINDS:
        raise Http404
    now = timezone.now()
    rows = model_admin.get_changelist_instance(request).get_queryset(request)
    if (found := rows.count()) > MOST_EXPORTED:
        told = gettext("A file holds %(most)d members at most; these are %(found)d. Choose fewer by the filters.")
        messages.error(request, told % {"most": MOST_EXPORTED, "found": found})
        return HttpResponseRedirect(f"{reverse('admin:training_member_changelist')}?{request.GET.urlencode()}")
    with_money = sees_money(request)
    return table_file(
        request,
        name=f"members-{timezone.localdate(now):%Y-%m-%d}",
        kind=kind,
        head=member_export.heads(with_money=with_money),
        rows=member_export.exported(with_columns(rows, member_export.NEEDED, now), with_money=with_money),
        of=Member,
    )
