"""The back office of documents and money."""

from billing.admin import (
    contracts,
    desk,
    documents,
    expenses,
    links,
    memberships,
    money,
    packages,
    printed,
    quotes,
    recurring,
    register,
    services,
    tills,
    to_invoice,
    vat_rates,
)

__all__ = [
    "contracts",
    "desk",
    "documents",
    "expenses",
    "links",
    "memberships",
    "money",
    "packages",
    "printed",
    "quotes",
    "recurring",
    "register",
    "services",
    "tills",
    "to_invoice",
    "vat_rates",
]
