"""Talents."""

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from sessions_app.models import Musician
from sessions_app.services import facts, labels
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns


class MusicianFacts(TypedDict, total=False):
    """Facts of a talent; what is left out is not changed."""

    talent_type: str
    name: str
    stage_name: str
    email: str
    phone: str
    biography: str
    primary_instrument: str
    instruments: list[str]
    genres: list[str]
    links: dict[str, str]
    hourly_rate: Decimal | None
    usage_terms: str
    usage_ends_on: date | None
    notes: str
    is_active: bool


@taking_turns()
def create_musician(*, actor: User | None, now: datetime, **given: Unpack[MusicianFacts]) -> Musician:
    """Write down a talent and return it.

    raises: facts.BadFacts
    """
    musician = Musician()
    facts.set_facts(musician, {"name": "", **given})
    with facts.saving(musician):
        musician.save(force_insert=True)
    audit.record(verb="create", subject=musician, actor=actor, now=now, changes={"name": (None, musician.name)})
    return musician


@taking_turns()
def change_musician(
    *, musician: Musician, actor: User | None, now: datetime, **given: Unpack[MusicianFacts]
) -> Musician:
    """Change the facts given and return the talent.

    raises: facts.BadFacts
    """
    changed = Musician.objects.select_for_update().get(pk=musician.pk)
    if facts.change_facts(row=changed, given=given, actor=actor, now=now):
        labels.relabel_talent(talent=changed)
    return changed


@taking_turns()
def delete_musician(*, musician: Musician, actor: User | None, now: datetime) -> None:
    """Delete a talent."""
    gone = Musician.objects.select_for_update().get(pk=musician.pk)
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes={"name": (gone.name, None)})
    gone.delete()
