"""Platform."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlatformConfig(AppConfig):
    """Platform."""

    name = "studio.platform"
    label = "platform"
    verbose_name = _("Platform")

    def ready(self) -> None:
        """Take news from the app below."""
        from studio.platform import receivers
