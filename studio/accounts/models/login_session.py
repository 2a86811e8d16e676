"""The credential of a signed-in browser."""

from datetime import datetime
from typing import NotRequired, Self, TypedDict

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from studio.accounts.models.account_session import AccountSession
from studio.accounts.models.user import User
from studio.db import CreatedUpdated
from studio.showing import when


class NewLoginSession(TypedDict):
    """What creating a login session takes."""

    id: str
    user: User
    expires_at: datetime
    auth_hash: str
    account_session: AccountSession
    last_seen_at: datetime
    address: NotRequired[str | None]
    agent: NotRequired[str]


class LoginSessionQuerySet(models.QuerySet["LoginSession"]):
    """Live and expired credentials."""

    def live(self, now: datetime) -> Self:
        """Those that still open the door."""
        return self.filter(expires_at__gt=now)

    def expired(self, now: datetime) -> Self:
        """Those that do not any more."""
        return self.filter(expires_at__lte=now)


class LoginSession(CreatedUpdated):
    """A browser that is signed in: no row, no access.

    The id is the SHA-256 of the key in the cookie, so that nobody who reads this table can sign in with it.
    """

    id = models.TextField(primary_key=True, editable=False)
    user = models.ForeignKey(
        User, on_delete=models.DB_CASCADE, related_name="login_sessions", verbose_name=_("account")
    )
    account_session = models.ForeignKey(
        AccountSession, on_delete=models.PROTECT, related_name="login_sessions", verbose_name=_("account session")
    )
    # Of the studio and the password: another password, or a row copied to another studio, opens nothing.
    auth_hash = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_seen_at = models.DateTimeField(_("last seen"))
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    agent = models.CharField(_("browser"), max_length=255, blank=True, default="", db_default="")

    objects = models.Manager.from_queryset(LoginSessionQuerySet)()

    class Meta:
        db_table = "login_sessions"
        verbose_name = _("login session")
        verbose_name_plural = _("login sessions")
        constraints = [
            models.CheckConstraint(name="login_sessions_id_is_digest", condition=Q(id__regex=r"^[0-9a-f]{64}$")),
        ]
        indexes = [models.Index(name="login_sessions_expiry", fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.user_id} {when(self.created_at)}"
