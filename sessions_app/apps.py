"""Sessions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    """Sessions."""

    name = "sessions_app"
    label = "sessions_app"
    verbose_name = _("Sessions")

    def ready(self) -> None:
        """Take news from the apps below, and give former tables their homes."""
        from sessions_app import receivers
        from sessions_app.adoption import register_adopters

        register_adopters()
