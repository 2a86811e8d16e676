"""Who made a track, and what share of it is theirs."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db.models import Sum
from django.utils.translation import gettext as _

from sessions_app.models import Musician, Track, TrackCredit
from sessions_app.services import facts
from studio.accounts.models import User
from studio.accounts.services import audit
from studio.db import taking_turns
from studio.errors import DomainError


class TooMuchSplit(DomainError):
    """The splits of a track would come to more than the whole."""


class CreditFacts(TypedDict, total=False):
    """Facts of a credit; what is left out is not changed."""

    role: str
    musician: Musician | None
    name: str
    is_primary: bool
    split_percent: Decimal | None


@taking_turns()
def add_credit(*, track: Track, actor: User | None, now: datetime, **given: Unpack[CreditFacts]) -> TrackCredit:
    """Credit somebody on a track and return the credit; without a name of its own it has the talent's.

    raises: TooMuchSplit, facts.BadFacts
    """
    credit = TrackCredit(track=Track.objects.locked().get(pk=track.pk))
    _set(credit, {"role": "", "name": "", **given})
    _save(credit)
    told = ("role", "name", "split_percent")
    changes = {"track": (None, credit.track), **{field: (None, getattr(credit, field)) for field in told}}
    audit.record(verb="create", subject=credit, actor=actor, now=now, changes=changes)
    return credit


@taking_turns()
def change_credit(
    *, credit: TrackCredit, actor: User | None, now: datetime, **given: Unpack[CreditFacts]
) -> TrackCredit:
    """Change the facts given and return the credit.

    raises: TooMuchSplit, facts.BadFacts
    """
    Track.objects.locked().get(pk=credit.track_id)  # before the credit: the order of the trigger that adds up
    changed = TrackCredit.objects.select_for_update(of=("self",)).select_related("track").get(pk=credit.pk)
    if changes := _set(changed, given):
        _save(changed)
        audit.record(verb="change", subject=changed, actor=actor, now=now, changes=changes)
    return changed


@taking_turns()
def remove_credit(*, credit: TrackCredit, actor: User | None, now: datetime) -> None:
    """Take a credit off its track."""
    gone = TrackCredit.objects.select_for_update().get(pk=credit.pk)
    changes = {field: (getattr(gone, field), None) for field in ("track_id", "role", "name", "split_percent")}
    audit.record(verb="delete", subject=gone, actor=actor, now=now, changes=changes)
    gone.delete()


def _set(credit: TrackCredit, given: CreditFacts) -> facts.Changes:
    known: dict[str, object] = dict(given)
    if "role" in given:
        known["role"] = given["role"].strip()
    if "name" in given:
        talent = given.get("musician")
        known["name"] = given["name"].strip() or (talent.stage_name or talent.name if talent else "")
    return facts.set_facts(credit, known)


def _save(credit: TrackCredit) -> None:
    others = TrackCredit.objects.filter(track=credit.track_id).exclude(pk=credit.pk)
    taken = others.aggregate(taken=Sum("split_percent"))["taken"] or Decimal(0)
    sentence = _("The splits of this track would exceed 100 percent: the others have %(taken)s.")
    too_much = TooMuchSplit(sentence % {"taken": taken})
    with facts.saving(credit, track_credits_splits_within_whole=too_much):
        credit.save()
