"""How allauth behaves here: no sign-up, our letters through our outbox, links of the studio's own address."""

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from studio.accounts.requests import usable_address_of
from studio.accounts.services import addresses
from studio.crypto import new_id
from studio.mail.selectors.house import current_house
from studio.mail.services import outbox, writing

# What allauth asks to be written, by the last part of its template's name, and our letter for it.
LETTERS = {"password_reset_key": "password_reset", "email_confirmation": "email_confirmation"}
NOTICES = {
    "email_changed": _("The e-mail address of your account was changed."),
    "email_confirm": _("An e-mail address of your account was confirmed."),
    "email_deleted": _("An e-mail address was removed from your account."),
    "password_changed": _("The password of your account was changed."),
    "password_reset": _("The password of your account was reset."),
    "password_set": _("A password was set for your account."),
    "recovery_codes_generated": _("New recovery codes were made for your account."),
    "totp_activated": _("An authenticator app was added to your account."),
    "totp_deactivated": _("The authenticator app was removed from your account."),
}
NOTICE = _("Something about the sign-in of your account was changed, or somebody tried to.")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail address for people who were invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: accounts come by invitation."""
        return False

    def clean_email(self, email: str) -> str:
        """Return the address as it is stored."""
        return addresses.clean_email(email)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits are counted for; requests without one share theirs."""
        return usable_address_of(request) or "unknown"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a reset mail, at the studio's own address."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return current_house().origin + path.replace("UID-KEY", quote(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link of a confirmation mail, at the studio's own address."""
        return current_house().origin + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put our own letter for the occasion into the outbox."""
        occasion = template_prefix.rpartition("/")[2]
        name = LETTERS.get(occasion, "account_notice")
        now, house = timezone.now(), current_house()
        with override(house.language):
            letter = writing.write(
                name,
                house=house,
                change=NOTICES.get(occasion, NOTICE),
                now=now,
                url=context.get("password_reset_url") or context.get("activate_url") or "",
                address=context.get("ip", ""),
                agent=context.get("user_agent", ""),
            )
        outbox.queue_email(
            kind=occasion,
            about=f"accounts.letter:{new_id()}",
            recipient=email,
            letter=letter,
            now=now,
        )

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Answer 429 to whoever has failed too often."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as exc:
            raise ImmediateHttpResponse(respond_429(request)) from exc

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Counted per account, whichever of the studio's addresses is asked; the cache's key names the studio.
        return str(credentials.get("email", "")).strip().lower()


class SecondFactorAdapter(DefaultMFAAdapter):
    """Authenticator apps."""

    def get_totp_issuer(self) -> str:
        """Return the name that the app shows beside the code."""
        return current_house().name

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 -- allauth's signature
        """Return the name of a new second factor."""
        return gettext("Authenticator app")
