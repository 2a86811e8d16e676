"""What a request tells about the browser that sent it."""

from ipaddress import ip_address
from typing import cast

from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from studio.accounts.models import User
from studio.accounts.sessions import SessionStore


def usable_address_of(request: HttpRequest) -> str | None:
    """Return the network address of the browser, or None when there is none to be believed."""
    found = get_client_ip(request) or ""
    try:
        return str(ip_address(found))
    except ValueError:
        return None


def agent_of(request: HttpRequest) -> str:
    """Return what the browser calls itself, without characters that cannot be stored."""
    return str(request.META.get("HTTP_USER_AGENT", "")).replace("\0", "")


def actor_of(request: HttpRequest) -> User:
    """Return who sent the request; behind the door of a site, or of a page for those who signed in, it is somebody."""
    return cast("User", request.user)


def session_of(request: HttpRequest) -> SessionStore:
    """Return the request's session, which is always one of ours."""
    return cast("SessionStore", request.session)


def is_within(rates: str, request: HttpRequest, *, action: str, key: str) -> bool:
    """Return whether a request is one of those that its address and its key may send, and count it.

    rates: e.g. "120/m/ip,12/m/key"
    """
    usage = ratelimit.consume(
        request, app="studio.accounts", action=action, config={action: rates}, key=key, limit_get=True
    )
    return usage is not None
