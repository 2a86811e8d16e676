"""Pages around an account: home, devices, notifications, and taking an invitation."""

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studio.accounts.forms import AcceptInvitationForm
from studio.accounts.models import LoginSession, Notification
from studio.accounts.requests import actor_of
from studio.accounts.selectors.devices import own_devices
from studio.accounts.services import invitation_links, login_sessions, notifications
from studio.errors import DomainError

NEWEST = 20


@never_cache
@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show where one can go, and what is new."""
    news = Notification.objects.filter(user=actor_of(request)).order_by("-created_at", "-pk")[:NEWEST]
    return render(request, "account/home.html", {"news": news})


@require_POST
@login_required
def mark_notifications_read(request: HttpRequest) -> HttpResponse:
    """Mark all of one's news as read."""
    notifications.mark_read(user=actor_of(request), now=timezone.now())
    return redirect("accounts:home")


@never_cache
@require_safe
@login_required
def device_list(request: HttpRequest) -> HttpResponse:
    """Show where one is signed in."""
    devices = own_devices(user=actor_of(request), session_key=request.session.session_key, now=timezone.now())
    return render(request, "account/devices.html", {"devices": devices})


@require_POST
@login_required
def device_revoke(request: HttpRequest, number: int) -> HttpResponse:
    """End one of one's own sign-ins."""
    found = get_object_or_404(LoginSession, user=actor_of(request), account_session_id=number)
    login_sessions.revoke_login_session(login_session=found, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("That device is signed out."))
    return redirect("accounts:device-list")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation: a name, a password, and one is in. Looking at the page changes nothing."""
    now = timezone.now()
    try:
        invitation = invitation_links.open_invitation(token=token, now=now)
    except invitation_links.InvitationUnusable as refusal:
        return render(request, "account/invitation_unusable.html", {"reason": str(refusal)}, status=refusal.status_code)
    form = AcceptInvitationForm(request.POST or None)
    if form.is_valid():
        try:
            user = invitation_links.accept_invitation(
                token=token, name=form.cleaned_data["name"], password=form.cleaned_data["password"], now=now
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect("accounts:home")
    return render(request, "account/invitation_accept.html", {"form": form, "invitation": invitation})
