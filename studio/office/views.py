"""The one page of files that needs no account: whoever has the link has the file, while it lasts."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from studio.errors import DomainError
from studio.office import serving
from studio.office.services import file_links


@require_safe
def file_open(request: HttpRequest, link: str) -> HttpResponseBase:
    """Answer the bytes of a signed link."""
    try:
        stored, as_download = file_links.opened_link(link=link, now=timezone.now())
        return serving.file_response(request, stored, as_download=as_download)
    except DomainError as refusal:
        told, status = str(refusal), refusal.status_code
    except FileNotFoundError:
        told, status = _("This file is not here any more."), 404
    return render(request, "office/link_unusable.html", {"reason": told}, status=status)
