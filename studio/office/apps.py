"""Studio office."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    """Studio office."""

    name = "studio.office"
    label = "office"
    verbose_name = _("Studio office")

    def ready(self) -> None:
        """Take news from the apps below."""
        from studio.office import receivers  # noqa: F401, PLC0415 -- app ready
