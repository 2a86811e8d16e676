"""E-mail."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """E-mail."""

    name = "studio.mail"
    label = "mail"
    verbose_name = _("E-mail")

    def ready(self) -> None:
        """Take news from the app below."""
        from studio.mail import receivers
