"""The names that stand beside links: of accounts, and of whom and what sessions need."""

from sessions_app.models import (
    Absence,
    CalendarFeed,
    ClientDistinction,
    ClientImport,
    ClientMerge,
    ClientNote,
    ClosedPeriod,
    Equipment,
    Musician,
    SessionAssignment,
    SessionExtra,
    SessionFee,
    ShareLink,
    StudioSession,
    TimeEntry,
    TrackComment,
    TrackVersion,
)
from studio.accounts.models import User
from studio.db import taking_turns


@taking_turns()
def relabel_account(*, user: User, label: str) -> None:
    """Write an account's present label wherever a link to it carries one; where the link is gone the name stays."""
    ClientNote.objects.filter(author=user).update(author_label=label)
    ClientImport.objects.filter(sent_by=user).update(sent_by_label=label)
    ClientMerge.objects.filter(done_by=user).update(done_by_label=label)
    ClientMerge.objects.filter(undone_by=user).update(undone_by_label=label)
    ClientDistinction.objects.filter(said_by=user).update(said_by_label=label)
    CalendarFeed.objects.filter(created_by=user).update(created_by_label=label)
    StudioSession.objects.filter(cancelled_by=user).update(cancelled_by_label=label)
    TrackVersion.objects.filter(uploaded_by=user).update(uploaded_by_label=label)
    TrackComment.objects.filter(author=user).update(author_label=label)
    TrackComment.objects.filter(resolved_by=user).update(resolved_by_label=label)
    ShareLink.objects.filter(created_by=user).update(created_by_label=label)
    TimeEntry.objects.filter(person=user).update(person_label=label)
    ClosedPeriod.objects.filter(closed_by=user).update(closed_by_label=label)
    ClosedPeriod.objects.filter(reopened_by=user).update(reopened_by_label=label)
    StudioSession.objects.filter(checked_in_by=user).update(checked_in_by_label=label)
    SessionExtra.objects.filter(added_by=user).update(added_by_label=label)
    SessionFee.objects.filter(waived_by=user).update(waived_by_label=label)
    SessionAssignment.objects.filter(engineer=user).update(label=label)
    Absence.objects.filter(user=user).update(label=label)


@taking_turns()
def relabel_talent(*, talent: Musician) -> None:
    """Write a talent's present name beside every link to it."""
    SessionAssignment.objects.filter(talent=talent).exclude(label=str(talent)).update(label=str(talent))
    Absence.objects.filter(talent=talent).exclude(label=str(talent)).update(label=str(talent))


@taking_turns()
def relabel_equipment(*, equipment: Equipment) -> None:
    """Write the present name of a piece of equipment beside every link to it."""
    rows = SessionAssignment.objects.filter(equipment=equipment)
    rows.exclude(label=str(equipment)).update(label=str(equipment))
