"""People and rights."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People and rights."""

    name = "studio.accounts"
    label = "accounts"
    verbose_name = _("People and rights")

    def ready(self) -> None:
        """Register the checks, pin content types and listen to what happens below."""
        from studio.accounts import checks, contenttypes, receivers

        contenttypes.pin_ids()
