"""Studio office."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    """Studio office."""

    name = "studio.office"
    label = "office"
    verbose_name = _("Studio office")

    def ready(self) -> None:
        """Take news from the apps below, and keep the record of what is taken over."""
        from studio.office import receivers
        from studio.office.services.adoption_records import OfficeRecords
        from studio.tenancy.adoption.records import provide

        provide(OfficeRecords())
