"""Who asks, and under which number."""

from collections.abc import Callable
from functools import partial
from typing import cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from studio.accounts.acting import acting, acting_for
from studio.accounts.models import User
from studio.accounts.selectors.signed_in import live_login
from studio.accounts.services import login_keys
from studio.crypto import new_id

type GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Numbers each request; the audit trail and the answer carry the number."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer under a fresh number; one sent along is not believed."""
        with acting_for(new_id()) as current:
            response = self.get_response(request)
            response["X-Request-Id"] = current.request_id
            return response


class LoginSessionMiddleware(AuthenticationMiddleware):
    """Takes `request.user` from the login session: no row, nobody signed in."""

    def process_request(self, request: HttpRequest) -> None:
        """Look the user up when somebody asks."""
        request.user = cast("User", SimpleLazyObject(partial(_user_of, request)))


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    session = request.session
    session.accessed = True  # the answer depends on the cookie, although the state was not read
    if not session.session_key:
        return AnonymousUser()
    now = timezone.now()
    found = live_login(session.session_key, now)
    if found is None:
        if SESSION_KEY in session:  # signed in once: nothing told to that user stays in this browser
            session.flush()
        return AnonymousUser()
    login_keys.touch_login_session(login_session=found, now=now)
    acting().account_session_id = found.account_session_id
    return found.user


class SecondFactorMiddleware:
    """Sends people whose role demands a second factor to set one up, before anything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; or redirect, when the second factor is missing."""
        if settings.SECOND_FACTOR_ROLES and not request.path.startswith(_open_paths()):
            user = request.user
            if user.is_authenticated and not user.has_second_factor and needs_second_factor(user):
                return redirect("mfa_activate_totp")
        return self.get_response(request)


def _open_paths() -> tuple[str, ...]:
    return settings.STATIC_URL, reverse("account_login").removesuffix("login/")


def needs_second_factor(user: User) -> bool:
    """Return whether one of the user's roles demands a second factor."""
    return not user.role_names.isdisjoint(settings.SECOND_FACTOR_ROLES)
