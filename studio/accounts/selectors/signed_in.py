"""Who a request comes from."""

from datetime import datetime
from functools import cache

from allauth.mfa.models import Authenticator
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.utils.crypto import constant_time_compare

from studio.accounts.models import LoginSession, UserRole
from studio.accounts.models.login_session import LoginSessionQuerySet
from studio.accounts.tokens import auth_hash, session_id

ROLES = UserRole.objects.filter(user=OuterRef("user_id")).order_by("group__name").values("group__name")
SECOND_FACTOR = Authenticator.objects.filter(user=OuterRef("user_id"), type=Authenticator.Type.TOTP)


def live_login(session_key: str, now: datetime) -> LoginSession | None:
    """Return the login session behind the key in a cookie, with its user and that user's roles.

    None: no row, run out, another password or studio since, or an account that is closed
    `has_second_factor` is noted on the user.
    queries: 1
    """
    found = next(iter(_with_people().live(now).filter(pk=session_id(session_key))), None)
    if found is None or not found.user.is_active:
        return None
    user = found.user
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    if not any(constant_time_compare(found.auth_hash, auth_hash(hashed)) for hashed in hashes):
        return None
    brought_along = vars(found)
    user.role_names = frozenset(brought_along["found_roles"])
    user.has_second_factor = brought_along["found_second_factor"]
    return found


@cache
def _with_people() -> LoginSessionQuerySet:
    """Return the login sessions with their users; put together once, for each request begins with it."""
    return LoginSession.objects.select_related("user").annotate(
        found_roles=ArraySubquery(ROLES), found_second_factor=Exists(SECOND_FACTOR)
    )
