"""What racers try in a recording studio."""

from datetime import UTC, datetime, timedelta

from sessions_app.models import (
    Client,
    ClientImport,
    Equipment,
    Project,
    Room,
    SessionFee,
    StudioSession,
    TaskType,
    Track,
    TrackCredit,
)
from sessions_app.services import (
    absences,
    assignments,
    attendance,
    bookings,
    client_imports,
    closed_periods,
    fees,
    holds,
    import_rows,
    linked_clients,
    merging,
    projects,
    requests,
    rosters,
    share_links,
    slots,
    states,
    sweeping,
    time_entries,
    timers,
    timesheet,
    track_credits,
    versions,
)
from sessions_app.services.notices import Tell
from studio.accounts.models import User
from studio.db import refusing
from studio.office.models import PendingFile
from studio.office.services import uploads
from studio.office.storage import Found

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
RACERS = 16  # of a race that names no other number
KEY = "tenant_1/00/{:032x}"  # of the file of a round
REFUSALS = (
    slots.RoomTaken,
    slots.CrewMissing,
    assignments.StillAssigned,
    absences.AwayAlready,
    fees.AlreadyWaived,
    attendance.RoomInUse,
    requests.TooManyRequests,
    states.WrongState,
    client_imports.WrongStep,
    linked_clients.MergedAway,
    merging.NotMergeable,
    share_links.LinkUnusable,
    timers.TimerRunning,
    timesheet.EntryLocked,
    track_credits.TooMuchSplit,
    uploads.UploadGone,
)


def unlock():
    """Take the advisory locks away."""
    slots.advisory_lock = import_rows.advisory_lock = lambda resources, **also: None


def slot_of(number):
    """Return the start of a round's slot: a day of its own, at 10:00 UTC."""
    return datetime(2030, 2, 1, 10, tzinfo=UTC) + timedelta(days=number)


def put_down(rows):
    """Write sessions of an hour past every service, which takes long for the thousands that 500 rounds begin with.

    rows: title, room, start
    """
    StudioSession.objects.bulk_create(
        StudioSession(
            title=title,
            room=room,
            kind="studio" if room else "remote",
            starts_at=start,
            ends_at=start + HOUR,
            blocked_from=start,
            blocked_to=start + HOUR,
        )
        for title, room, start in rows
    )


def book(number, racer):
    """Book the one slot of a round."""
    start = slot_of(number)
    bookings.book_session(
        title=f"Racer {racer}",
        room=Room.objects.order_by("pk")[0],
        starts_at=start,
        ends_at=start + HOUR,
        actor=None,
        now=NOW,
    )


def move(number, racer):
    """Move the racer's own session into the one slot of a round."""
    start = slot_of(number)
    session = StudioSession.objects.select_related("room").get(title=f"Racer {racer}")
    bookings.move_session(session=session, starts_at=start, ends_at=start + HOUR, actor=None, now=NOW)


def swap(number, racer):
    """Move the racer's own session from its room into the other one and back, at an hour nobody else wants."""
    session = StudioSession.objects.select_related("room").get(title=f"Racer {racer}")
    other = Room.objects.exclude(pk=session.room_id).order_by("pk")[0]
    start, end = session.starts_at, session.ends_at
    bookings.move_session(session=session, starts_at=start, ends_at=end, room=other, actor=None, now=NOW)


def begin(number, racer):
    """Start the racer's own session in the room of the round, late."""
    session = StudioSession.objects.get(title=f"Racer {racer}", room__name=f"Room {number}")
    attendance.start_session(session=session, actor=None, now=slot_of(RACERS))


def hand_over(number, racer):
    """Give the racer's session of the round to the one engineer that all want."""
    session = StudioSession.objects.get(title=f"Racer {racer} of {number}")
    _give(session, None, User.objects.get(name="Wanted"))


def pass_on(number, racer):
    """Give the racer's own session from the engineer who has it to the other one."""
    session = StudioSession.objects.get(title=f"Racer {racer}")
    has = session.assignments.get().engineer
    _give(session, has, User.objects.filter(name__in=["Wanted", "Other"]).exclude(pk=has.pk).get())


def _give(session, gone, coming):
    times = {"room": session.room, "starts_at": session.starts_at, "ends_at": session.ends_at}
    rosters.hand_over(
        session=session, gone=gone, coming=coming, seen_at=session.updated_at, actor=None, now=NOW, **times
    )


def listen(number, racer):
    """Open the share link of the round, whose secret is its number."""
    share_links.open_link(token=f"round {number}", now=NOW)


def split(number, racer):
    """Take 60 percent of the track of the round, past every service."""
    track = Track.objects.get(number=number + 1)
    with refusing(track_credits_splits_within_whole=track_credits.TooMuchSplit()):
        TrackCredit.objects.create(track=track, role="composer", name=f"Racer {racer}", split_percent=60)


def send(number, racer):
    """Finish the one upload of the round."""
    upload = PendingFile(pk=number + 1, purpose=f"round {number}", key=KEY.format(number))
    examined = uploads.Examined(upload.pk, upload.purpose, upload.key, "audio/wav", Found(1, b"", "0" * 64))
    versions.add_version(track=Track.objects.get(), kind="demo", examined=examined, actor=None, now=NOW)


def book_crew(number, racer):
    """Book the engineers and the microphone into the racer's own room; every second names them backwards."""
    start = slot_of(number)
    bookings.book_session(
        title=f"Racer {racer}",
        room=Room.objects.order_by("pk")[racer],
        starts_at=start,
        ends_at=start + HOUR,
        engineers=list(User.objects.order_by("pk"))[:: 1 if racer % 2 else -1],
        equipment=list(Equipment.objects.all()),
        actor=None,
        now=NOW,
    )


def put_on(number, racer):
    """Put the one engineer on the racer's own session of a round."""
    session = StudioSession.objects.get(title=f"Racer {racer}", starts_at=slot_of(number))
    assignments.assign_member(session=session, member=User.objects.get(), actor=None, now=NOW)


def call_off(number, racer):
    """Cancel the one session of a round, an hour before it begins."""
    session = StudioSession.objects.get(starts_at=slot_of(number))
    now = slot_of(number) - HOUR
    bookings.cancel_session(session=session, reason=f"Racer {racer}", tell=Tell.NOBODY, actor=None, now=now)


def let_off(number, racer):
    """Waive the one fee of a round."""
    fee = SessionFee.objects.get(session__starts_at=slot_of(number))
    fees.waive_fee(fee=fee, because=f"Racer {racer}", actor=None, now=slot_of(number))


def work_or_leave(number, racer):
    """Put the one engineer on the racer's own session of a round; every second sends them away meanwhile."""
    if racer % 2:
        put_on(number, racer)
    else:
        start = slot_of(number)
        absences.add_absence(
            person=User.objects.get(), starts_at=start - HOUR, ends_at=start + HOUR / 2, actor=None, now=NOW
        )


def end_of(number):
    """Return when the hold or the request of a round ends: before those of later rounds, which a sweep leaves alone."""
    return NOW + (number + 1) * HOUR


def sweep_or_confirm(number, racer):
    """At the very end of a hold, confirm it, or let everything overdue expire."""
    if racer % 2:
        sweeping.sweep(now=end_of(number))
    else:
        hold = StudioSession.objects.get(title=f"First {number}")
        holds.confirm_hold(session=hold, actor=None, now=end_of(number) - INSTANT)


def decide(number, racer):
    """At the very end of a request, pay for it, decline it, move it by an hour, or let it expire."""
    session = StudioSession.objects.select_related("room").get(title=f"Asked {number}")
    now, start, ended = end_of(number) - INSTANT, slot_of(number) + HOUR, "won"
    match racer % 4:
        case 0:
            ended = requests.accept_payment(session=session, actor=None, now=now).value
        case 1:
            requests.decline_request(session=session, reason="Full.", actor=None, now=now)
        case 2:
            bookings.move_session(session=session, starts_at=start, ends_at=start + HOUR, actor=None, now=now)
        case 3:
            sweeping.sweep(now=end_of(number))
    return ended


def free(number, racer):
    """Cancel the racer's own session of a round: each frees a slot that one entry of the waitlist would take."""
    session = StudioSession.objects.get(title=f"Racer {racer} of {number}")
    bookings.cancel_session(session=session, reason="", actor=None, now=NOW)


def ask(number, racer):
    """Ask for a slot of one's own, all in the name of one visitor."""
    start = slot_of(number) + racer * HOUR / 2
    requests.request_session(
        title=f"Racer {racer}",
        room=Room.objects.order_by("pk")[racer % 2],
        starts_at=start,
        ends_at=start + HOUR / 2,
        awaits="payment",
        visitor=requests.Visitor(f"visitor of {number}"),
        actor=None,
        now=NOW,
    )


def start_clock(number, racer):
    """Start the one clock of the round's person, for another project each."""
    timers.start_timer(
        person=User.objects.get(name=f"Worker {number}"),
        task_type=TaskType.objects.order_by("pk")[0],
        target=Project.objects.order_by("pk")[racer],
        actor=None,
        now=NOW,
    )


def switch_clock(number, racer):
    """Switch the clock of the round's person to another project each."""
    timers.switch_timer(
        person=User.objects.get(name=f"Worker {number}"),
        task_type=TaskType.objects.order_by("pk")[0],
        target=Project.objects.order_by("pk")[racer],
        actor=None,
        now=NOW + HOUR,
    )


def month_of(number):
    """Return the first day of a round's month."""
    return datetime(2029 - number // 12, 12 - number % 12, 1, tzinfo=UTC)


def close_or_add(number, racer):
    """Close the month of the round; the others write hours down in it meanwhile."""
    month = month_of(number)
    if racer == 0:
        closed_periods.close_month(month=month.date(), actor=None, now=NOW)
        return
    start = month + timedelta(days=10)
    time_entries.add_entry(
        person=User.objects.order_by("pk")[0],
        task_type=TaskType.objects.order_by("pk")[0],
        target=Project.objects.order_by("pk")[racer],
        started_at=start,
        ended_at=start + HOUR,
        reason="A race.",
        may_overlap=True,
        actor=None,
        now=NOW,
    )


def merge(number, racer):
    """Merge the two clients of the round; every second the other way round."""
    pair = list(Client.objects.filter(name=f"Twin {number}").order_by("pk"))[:: 1 if racer % 2 else -1]
    merging.merge_clients(survivor=pair[0], merged=pair[1], actor=None, now=NOW)


def merge_or_write(number, racer):
    """Merge the second client of the round into the first; the others write something under the second meanwhile."""
    kept, gone = Client.objects.filter(name=f"Twin {number}").order_by("pk")
    if racer == 0:
        merging.merge_clients(survivor=kept, merged=gone, actor=None, now=NOW)
    elif racer % 2:
        projects.create_project(client=gone, name=f"Racer {racer}", actor=None, now=NOW)
    else:
        start = slot_of(number) + racer * HOUR
        times = {"starts_at": start, "ends_at": start + HOUR}
        bookings.book_session(title=f"Racer {racer}", client=gone, kind="remote", actor=None, now=NOW, **times)


def import_once(number, racer):
    """Import the one list of the round."""
    client_imports.begin_import(client_import=ClientImport.objects.get(name=f"list {number}"), actor=None, now=NOW)


def import_own(number, racer):
    """Import a list of the racer's own that names the same person as everybody's."""
    made = ClientImport.objects.get(name=f"list {number} of {racer}")
    client_imports.begin_import(client_import=made, actor=None, now=NOW)


ATTEMPTS = {
    attempt.__name__: attempt
    for attempt in (
        sweep_or_confirm,
        decide,
        free,
        ask,
        book,
        move,
        swap,
        begin,
        hand_over,
        pass_on,
        listen,
        split,
        send,
        book_crew,
        put_on,
        work_or_leave,
        call_off,
        let_off,
        *(start_clock, switch_clock, close_or_add, merge, merge_or_write, import_once, import_own),
    )
}
