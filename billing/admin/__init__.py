"""The back office of documents and money."""

from billing.admin import documents, money, services, vat_rates

__all__ = ["documents", "money", "services", "vat_rates"]
