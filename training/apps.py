"""Training."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """Training."""

    name = "training"
    label = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        """Take news from the apps below, and say there what is booked here."""
        from sessions_app.selectors import coming, elsewhere
        from sessions_app.services import client_relations
        from training import receivers
        from training.adoption import register_adopters
        from training.selectors.coming import booked_on_machines, trained_by

        register_adopters()
        coming.ask_also(booked_on_machines)
        elsewhere.ask_also(trained_by)
        client_relations.register(client_relations.Relation("training.member.client", only_row=True))
