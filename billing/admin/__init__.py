"""The back office of documents and money."""

from billing.admin import (
    contracts,
    desk,
    documents,
    expenses,
    memberships,
    money,
    packages,
    printed,
    quotes,
    recurring,
    services,
    tills,
    vat_rates,
)

__all__ = [
    "contracts",
    "desk",
    "documents",
    "expenses",
    "memberships",
    "money",
    "packages",
    "printed",
    "quotes",
    "recurring",
    "services",
    "tills",
    "vat_rates",
]
