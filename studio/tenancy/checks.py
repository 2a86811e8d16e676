"""Start-up checks: settings under which this product would be wrong are refused."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

# Apps that must not have tables in the studios, and apps that must not have any in the public schema.
APART = {
    "studio.tenancy": "TENANT_APPS",
    "studio.platform": "TENANT_APPS",
    "studio.office": "SHARED_APPS",
    "sessions_app": "SHARED_APPS",
    "training": "SHARED_APPS",
    "billing": "SHARED_APPS",
}


@register()
def utc_check(**_kwargs: Any) -> list[CheckMessage]:
    """Insist on UTC: instants are stored and compared as such."""
    if settings.TIME_ZONE == "UTC" and settings.USE_TZ:
        return []
    return [Error("TIME_ZONE must be UTC.", hint="A studio's own zone is a column of the studio.", id="studio.E001")]


@register()
def app_lists_check(**_kwargs: Any) -> list[CheckMessage]:
    """Insist that the registry is never copied into studios and studios' tables never into the registry."""
    messages: list[CheckMessage] = []
    for app, setting in APART.items():
        if app in getattr(settings, setting):
            messages.append(Error(f"{app} may not be in {setting}.", id="studio.E002"))
    return messages
