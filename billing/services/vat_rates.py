"""VAT rates: those a studio opens with, and what may still change of one."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from billing.models import VatCategory, VatRate
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError

# By country, the usual rate first.
RATES_OF = {
    "AT": ("20", "13", "10"),
    "BE": ("21", "12", "6"),
    "CA": ("5",),
    "CH": ("8.1", "3.8", "2.6"),
    "DE": ("19", "7"),
    "ES": ("21", "10", "4"),
    "FR": ("20", "10", "5.5", "2.1"),
    "GB": ("20", "5"),
    "IE": ("23", "13.5", "9"),
    "IT": ("22", "10", "5", "4"),
    "LU": ("17", "14", "8", "3"),
    "MA": ("20", "14", "10", "7"),
    "NL": ("21", "9"),
    "PT": ("23", "13", "6"),
}
NO_VAT = "0 %"


class RateInUse(DomainError):
    """Documents name the rate."""


class RateIsDefault(DomainError):
    """The rate is the one that new lines have."""


class RateFacts(TypedDict, total=False):
    """Facts of a rate; what is left out is not changed."""

    name: str
    rate: Decimal
    category: str
    reason: str


@transaction.atomic
def seed_rates(*, country: str) -> None:
    """Make the rates of a country, unless there are any; a country that is not known gets one without VAT.

    country: two letters, as in the studio's address
    """
    if VatRate.objects.exists():
        return
    percents = RATES_OF.get(country, ())
    made = [VatRate(name=f"{percent} %", rate=Decimal(percent)) for percent in percents]
    if not made:
        made = [VatRate(name=NO_VAT, rate=Decimal(0), category=VatCategory.OUTSIDE, reason=_("Not subject to VAT."))]
    made[0].is_default = True
    VatRate.objects.bulk_create(made)


@taking_turns()
def create_rate(*, actor: User | None, now: datetime, **given: Unpack[RateFacts]) -> VatRate:
    """Write down a rate and return it.

    raises: facts.BadFacts
    """
    rate = VatRate()
    changes = facts.set_facts(rate, {"name": "", "rate": Decimal(0), **given})
    with facts.saving(rate):
        rate.save(force_insert=True)
    audit.record(verb="create", subject=rate, actor=actor, now=now, changes=changes)
    return rate


@taking_turns()
def change_rate(*, vat_rate: VatRate, actor: User | None, now: datetime, **given: Unpack[RateFacts]) -> VatRate:
    """Change facts of a rate, and return it; what it is in percent only while no line names it.

    raises: RateInUse, facts.BadFacts
    """
    changed = _locked(vat_rate)
    changes = facts.set_facts(changed, given)
    in_use = RateInUse(_("Documents name this rate, so it stays what it is. Make a new one, and archive this."))
    with facts.saving(changed, vat_rates_frozen_once_used=in_use):
        changed.save(update_fields=list(changes))
    if changes:
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def make_default(*, rate: VatRate, actor: User | None, now: datetime) -> VatRate:
    """Let new lines have a rate from now on instead of the one they had, and return it.

    raises: facts.BadFacts when it is archived
    """
    rows = {row.pk: row for row in VatRate.objects.select_for_update().order_by("pk")}
    chosen = rows[rate.pk]
    for row in rows.values():
        if row.is_default and row != chosen:
            row.is_default = False
            row.save(update_fields=["is_default"])
            audit.record(verb="change", subject=row, actor=actor, now=now, changes={"is_default": (True, False)})
    if not chosen.is_default:
        chosen.is_default = True
        with facts.saving(chosen):
            chosen.save(update_fields=["is_default"])
        audit.record(verb="change", subject=chosen, actor=actor, now=now, changes={"is_default": (False, True)})
    return chosen


@taking_turns()
def archive_rate(*, rate: VatRate, actor: User | None, now: datetime) -> VatRate:
    """Offer a rate no longer, and return it; documents that name it keep it.

    raises: RateIsDefault
    """
    return _archive(rate, now, actor=actor, now=now)


@taking_turns()
def restore_rate(*, rate: VatRate, actor: User | None, now: datetime) -> VatRate:
    """Offer an archived rate again, and return it."""
    return _archive(rate, None, actor=actor, now=now)


@taking_turns()
def delete_rate(*, rate: VatRate, actor: User | None, now: datetime) -> None:
    """Delete a rate that nothing has ever named.

    raises: RateInUse, RateIsDefault
    """
    gone = _locked(rate)
    if gone.is_default:
        raise RateIsDefault(_("This is the default rate: choose another default first."))
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    try:
        gone.delete()
    except ProtectedError as error:
        raise RateInUse(_("Documents, services or clients name this rate. Archive it instead.")) from error


def _locked(rate: VatRate) -> VatRate:
    return VatRate.objects.select_for_update().get(pk=rate.pk)


def _archive(rate: VatRate, archived_at: datetime | None, *, actor: User | None, now: datetime) -> VatRate:
    changed = _locked(rate)
    if changed.is_default and archived_at:
        raise RateIsDefault(_("This is the default rate: choose another default first."))
    changes = {"archived_at": (changed.archived_at, archived_at)}
    changed.archived_at = archived_at
    with facts.saving(changed):
        changed.save(update_fields=["archived_at"])
    audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed
