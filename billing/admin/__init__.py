"""The back office of documents and money."""

from billing.admin import desk, documents, memberships, money, services, tills, vat_rates

__all__ = ["desk", "documents", "memberships", "money", "services", "tills", "vat_rates"]
