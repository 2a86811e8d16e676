"""Which roles there are here."""

from studio.accounts.models import RoleName
from studio.accounts.roles import roles_of_schema
from studio.tenancy.context import current_schema
from studio.tenancy.place import PUBLIC


def roles_here() -> list[RoleName]:
    """Return the roles of the studio one stands in, or of the platform, the highest first."""
    known = roles_of_schema(is_studio=current_schema() != PUBLIC)
    return [role for role in RoleName if role in known]
