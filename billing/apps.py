"""Billing."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    """Billing."""

    name = "billing"
    label = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        """Take news from the apps below, and say there how what is billed follows its client and names its files."""
        from billing import checks, receivers
        from billing.adoption import register_adopters
        from sessions_app.services import client_relations
        from studio.office import keeping

        register_adopters()
        for table in ("invoices", "quote_versions", "receipt_papers", "reprints"):
            keeping.names_files(table=table, column="pdf_s3_key")
        client_relations.register(
            client_relations.Relation("billing.invoice.client", after_clients=True),
            client_relations.Relation("billing.payment.client", after_clients=True),
            client_relations.Relation("billing.ledgertransaction.client", after_clients=True),
            client_relations.Relation("billing.quote.client", after_clients=True),
            client_relations.Relation("billing.package.client", after_clients=True),
            client_relations.Relation("billing.contract.client", after_clients=True),
            client_relations.Relation("billing.recurringinvoice.client", after_clients=True),
            client_relations.Relation("billing.reminderletter.client", after_clients=True),
            client_relations.Relation("billing.reminderpause.client", after_clients=True),
            client_relations.Relation("billing.billingdetails.client", only_row=True),
        )
