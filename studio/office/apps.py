"""Studio office."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    """Studio office."""

    name = "studio.office"
    label = "office"
    verbose_name = _("Studio office")

    def ready(self) -> None:
        """Take news from the apps below, keep the record of what is taken over, and have files backed up."""
        from studio.office import receivers
        from studio.office.keeping import OfficeKeeper
        from studio.office.services.adoption_records import OfficeRecords
        from studio.tenancy.adoption.records import provide
        from studio.tenancy.capsules import keeper

        provide(OfficeRecords())
        keeper.provide(OfficeKeeper())
