"""Training."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """Training."""

    name = "training"
    label = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        """Take news from the apps below."""
        from training import receivers
