"""Studios, their addresses, and everything that keeps them apart and alike."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenancyConfig(AppConfig):
    """Public schema only: the registry of studios."""

    name = "studio.tenancy"
    label = "tenancy"
    verbose_name = _("Studios")

    def ready(self) -> None:
        """Register the start-up checks."""
        from studio.tenancy import checks
