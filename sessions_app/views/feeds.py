"""Calendar feeds: the address that a calendar program reads, and the page on which one makes one's own."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sessions_app.forms import OwnFeedForm
from sessions_app.models import FeedScope
from sessions_app.selectors import feeds as shown
from sessions_app.services import feeds
from studio.accounts.requests import actor_of, is_within
from studio.crypto import digest
from studio.errors import DomainError

SEE_SESSIONS = "sessions_app.view_studiosession"
# Calendar programs come every few minutes, and some of them share an address.
RATES = "120/m/ip,12/m/key"
RETRY_AFTER_SECONDS = 60


@require_safe
def feed_read(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar program; whoever has the token reads, and an unknown one is answered like any wrong address."""
    if not is_within(RATES, request, action="calendar_feed", key=digest(token)):
        return HttpResponse(status=429, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    reading = feeds.open_reading(token=token, now=timezone.now())
    if reading is None:
        raise Http404
    known = get_conditional_response(request, etag=reading.etag)
    if known is not None:
        return _for_readers(known, reading.etag)
    response = HttpResponse(feeds.written(reading), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="sessions.ics"'
    return _for_readers(response, reading.etag)


def _for_readers(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def own_feeds(request: HttpRequest) -> HttpResponse:
    """Show the feeds of one's own sessions; a POST makes one and shows its address, this once."""
    user = actor_of(request)
    if not user.has_perm(SEE_SESSIONS):
        raise PermissionDenied
    form, made, status = OwnFeedForm(request.POST or None), None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                made = feeds.make_feed(
                    scope=FeedScope.PERSON, person=user, actor=user, now=timezone.now(), **form.cleaned_data
                )
                form, status = OwnFeedForm(), 200
            except DomainError as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status_code
    context = {"feeds": shown.own_feeds(user), "form": form, "made": made}
    return render(request, "sessions_app/own_feeds.html", context, status=status)


@require_POST
@login_required
def own_feed_revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Make the address of one of one's own feeds worthless."""
    feed = get_object_or_404(shown.own_feeds(actor_of(request)), pk=number)
    feeds.revoke_feed(feed=feed, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("That address does not work any more."))
    return redirect("sessions_app:feed-list")
