"""Overlaps that were taken over: a session that overlaps nothing any more is settled."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from training.models import TrainingSession


def settle_overlaps(start: datetime, end: datetime) -> int:
    """Settle the sessions in [start, end) that were kept overlapping and overlap nothing any more; return how many.

    Called where a slot was left; the caller holds the locks of what was in it.
    queries: 1
    """
    others = TrainingSession.objects.occupying().exclude(pk=OuterRef("pk"))
    same = Q(machine=OuterRef("machine")) | Q(trainer=OuterRef("trainer")) | Q(member=OuterRef("member"))
    meeting = others.filter(
        same, scheduled_start__lt=OuterRef("scheduled_end"), scheduled_end__gt=OuterRef("scheduled_start")
    )
    return TrainingSession.objects.to_settle().touching(start, end).exclude(Exists(meeting)).update(overlap_kept=False)


def settle_after(session: TrainingSession, start: datetime, end: datetime) -> None:
    """Settle what a session leaves behind in [start, end), and the session itself where nothing is in its way."""
    settle_overlaps(start, end)
    if session.overlap_kept:
        session.refresh_from_db(fields=["overlap_kept"])
