"""The stock library's middleware, told the name of our key."""

from typing import Any

from django_tenants.middleware.main import TenantMainMiddleware


class StockMiddleware(TenantMainMiddleware):
    """Looks the studio up in the database on every request, as the library does."""

    def get_tenant(self, domain_model: Any, hostname: str) -> Any:
        """Return the studio of a host."""
        return domain_model.objects.select_related("studio").get(domain=hostname).studio
