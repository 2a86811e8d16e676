"""Tables of the public schema: the registry of studios and the record of their schemas."""

from studio.tenancy.models.capsule import Capsule, CapsuleState
from studio.tenancy.models.migration_run import MigrationResult, MigrationRun, RunState, SchemaReport
from studio.tenancy.models.payments import (
    PaymentAccount,
    PaymentRoute,
    ProviderBreaker,
    ProviderPlace,
    ProviderShare,
    StrayEvent,
)
from studio.tenancy.models.schema_reference import SchemaReference
from studio.tenancy.models.studio import Domain, ReleasedName, Studio, StudioKind, StudioRef, StudioStatus

__all__ = [
    "Capsule",
    "CapsuleState",
    "Domain",
    "MigrationResult",
    "MigrationRun",
    "PaymentAccount",
    "PaymentRoute",
    "ProviderBreaker",
    "ProviderPlace",
    "ProviderShare",
    "ReleasedName",
    "RunState",
    "SchemaReference",
    "SchemaReport",
    "StrayEvent",
    "Studio",
    "StudioKind",
    "StudioRef",
    "StudioStatus",
]
