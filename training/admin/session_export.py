"""Taking the list of training sessions along."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from studio.accounts.taking_along import KINDS, table_file
from studio.clock import local_day
from studio.showing import zone_name
from training.models import TrainingSession
from training.selectors.session_export import HEAD, exported

EXPORT = "training.export_member"  # the list names them
MOST_EXPORTED = 100_000


def export_view(model_admin: Any, request: HttpRequest, kind: str) -> HttpResponseBase:
    """Answer the list with its filters, its search and its order as a file."""
    if not (model_admin.has_view_permission(request) and request.user.has_perm(EXPORT)):
        raise PermissionDenied
    if kind not in KINDS:
        raise Http404
    rows = model_admin.get_changelist_instance(request).get_queryset(request)
    if (found := rows.count()) > MOST_EXPORTED:
        told = gettext("A file holds %(most)d sessions at most; these are %(found)d. Choose fewer by the filters.")
        messages.error(request, told % {"most": MOST_EXPORTED, "found": found})
        return HttpResponseRedirect(f"{reverse('admin:training_trainingsession_changelist')}?{request.GET.urlencode()}")
    name = f"sessions-{local_day(timezone.now(), ZoneInfo(zone_name())):%Y-%m-%d}"
    return table_file(request, name=name, kind=kind, head=HEAD, rows=exported(rows), of=TrainingSession)
