"""The catalogue of services, and how single clients are billed."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from billing.models import Service, VatRate
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.not_sent import NOT_SENT, Unsent
from training.models import SessionType


class ServiceFacts(TypedDict, total=False):
    """Facts of a service beside its rate; what is left out is not changed."""

    name: str
    description: str
    category: str
    unit: str
    unit_price: Decimal
    default_quantity: Decimal
    session_type: SessionType | None
    position: int
    is_active: bool


@taking_turns()
def create_service(*, vat_rate: VatRate, actor: User | None, now: datetime, **given: Unpack[ServiceFacts]) -> Service:
    """Put a service into the catalogue and return it.

    raises: facts.BadFacts
    """
    service = Service(vat_rate=vat_rate)
    changes = facts.set_facts(service, {"name": "", **given})
    with facts.saving(service):
        service.save(force_insert=True)
    audit.record(verb="create", subject=service, actor=actor, now=now, changes=changes)
    return service


@taking_turns()
def change_service(
    *,
    service: Service,
    actor: User | None,
    now: datetime,
    vat_rate: VatRate | Unsent = NOT_SENT,
    **given: Unpack[ServiceFacts],
) -> Service:
    """Change a service and return it; documents keep what they copied.

    raises: facts.BadFacts
    """
    changed = Service.objects.select_for_update(of=("self",), no_key=True).get(pk=service.pk)
    rate = {"vat_rate": vat_rate} if isinstance(vat_rate, VatRate) else {}
    facts.change_facts(row=changed, given={**given, **rate}, actor=actor, now=now)
    return changed


@taking_turns()
def delete_service(*, service: Service, actor: User | None, now: datetime) -> None:
    """Take a service out of the catalogue; documents keep what they copied."""
    gone = Service.objects.select_for_update().get(pk=service.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    gone.delete()
