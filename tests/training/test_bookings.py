"""Booking, changing and cancelling training sessions by the service."""

import inspect
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from sessions_app.services import bookings as studio_bookings
from sessions_app.services import facts
from sessions_app.services.opening_hours import add_closure
from studio.accounts.models import AuditEvent
from studio.accounts.services import roles
from studio.office.models import StudioProfile
from studio.tenancy.context import inside
from tests.factories import NOW, UserFactory
from tests.trails import trail
from tests.training_factories import MachineFactory, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import Machine, Member, SessionType, Trainer, TrainingSession
from training.selectors.booking_offer import booking_offer
from training.services import bookings, machines, slots, states, wishes

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Paris
HALF = timedelta(minutes=30)
GUEST = wishes.Guest("Noa", "Haddad", "Riverside")


@pytest.fixture(autouse=True)
def _nobody_pays(studio):
    """Who pays is another question: test_charged_bookings."""
    SessionType.objects.update(takes_credit=False)


def type_of(code):
    return SessionType.objects.get(code=code)


def book(machine, member=None, start=TEN, length=HALF, **given):
    return bookings.book_session(
        machine=machine,
        member=member,
        scheduled_start=start,
        scheduled_end=start + length,
        **{"actor": None, "now": NOW, **given},
    )


def later(session):
    """Move a session to the next half hour but one."""
    start = session.scheduled_start + 2 * HALF
    return bookings.change_session(
        session=session, scheduled_start=start, scheduled_end=start + HALF, actor=None, now=NOW
    )


def test_booking_asks_for_a_machine_and_for_neither_a_trainer_nor_a_capacity():
    asked = inspect.signature(bookings.book_session).parameters

    required = {name for name, each in asked.items() if each.default is inspect.Parameter.empty}
    assert required == {"machine", "scheduled_start", "scheduled_end", "actor", "now"}
    assert {name for name in asked if "capacity" in name or "participants" in name or "location" in name} == set()


def test_book_session_needs_no_trainer(machine, ada, desk):
    session = book(machine, ada, actor=desk)

    kept = TrainingSession.objects.get(pk=session.pk)
    assert (kept.machine, kept.member, kept.trainer, kept.trainer_label) == (machine, ada, None, "")
    assert (kept.status, kept.session_type_id, kept.current_participants) == ("scheduled", "member", 1)
    assert list(TrainingSession.objects.unassigned()) == [kept]
    assert trail(session) == [("book", "Dana Desk <desk@example.org>", "")]


def test_book_session_of_a_guest_and_of_nobody(machine, other, desk):
    guest = book(machine, session_type=type_of("multi_site"), guest=GUEST)
    blocked = book(other, session_type=type_of("non_bookable"), notes="Belt is changed")

    guest.refresh_from_db()
    assert (guest.guest_name, guest.guest_gym_name, guest.current_participants) == ("Noa Haddad", "Riverside", 1)
    assert (blocked.current_participants, blocked.notes) == (0, "Belt is changed")


def closed(machine):
    add_closure(starts_on=TEN.date(), ends_on=TEN.date(), reason="Inventory", actor=None, now=NOW)


def switched_off(machine):
    machines.change_machine(machine=machine, is_available=False, actor=None, now=NOW)


def retired(machine):
    machines.retire_machine(machine=machine, actor=None, now=NOW)


def nothing(machine):
    """The house as it is."""


DAY = timedelta(days=1)
REFUSED = {
    "14 minutes": (nothing, {"length": timedelta(minutes=14)}, slots.BadTimes, 400, "15 minutes at least"),
    "9 hours": (nothing, {"length": timedelta(hours=9)}, slots.BadTimes, 400, "8 hours at most"),
    "backwards": (nothing, {"length": -HALF}, slots.BadTimes, 400, "end after it starts"),
    "past": (nothing, {"start": NOW - timedelta(minutes=1)}, slots.SlotRefused, 409, "already past"),
    "years ago": (nothing, {"start": NOW - timedelta(days=365 * 900)}, slots.SlotRefused, 409, "already past"),
    "far ahead": (nothing, {"start": datetime(9999, 12, 31, 12, tzinfo=UTC)}, slots.BadTimes, 400, "years ahead"),
    "before opening": (nothing, {"start": TEN - timedelta(hours=4)}, slots.SlotRefused, 409, "The studio is closed"),
    "over midnight": (nothing, {"start": TEN + timedelta(hours=11, minutes=45)}, slots.SlotRefused, 409, "closed"),
    "closed day": (closed, {}, slots.SlotRefused, 409, "The studio is closed: Inventory."),
    "machine off": (switched_off, {}, slots.SlotRefused, 409, "Left is switched off."),
    "machine retired": (retired, {}, slots.SlotRefused, 409, "Left is retired."),
    "NUL in the notes": (nothing, {"notes": "a\0b"}, facts.BadFacts, 400, "cannot be stored"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_booking_says_why_and_writes_nothing(case, machine, ada):
    prepare, given, error, status, sentence = REFUSED[case]
    prepare(machine)

    with pytest.raises(error, match=sentence) as refused:
        book(machine, ada, **given)

    assert (type(refused.value), refused.value.status_code) == (error, status)
    assert TrainingSession.objects.count() == 0
    assert AuditEvent.objects.filter(verb="book").count() == 0


SUSPENDED = {"status": "suspended"}
WRONG_PEOPLE = {
    "waiver": ("member", {"waiver_expires_on": TEN.date()}, None, slots.SlotRefused, "waiver of Ada Morel expires on"),
    "suspended": ("member", SUSPENDED, None, slots.SlotRefused, "Ada Morel is suspended"),
    "full only": ("member", {"member_type": "trial"}, None, slots.SlotRefused, "Ada Morel is a trial member"),
    "trial only": ("trial", {}, None, slots.SlotRefused, "Ada Morel is a full member"),
    "both": ("multi_site", {}, GUEST, wishes.WrongAttendee, "one member or one guest, not both"),
    "no guest": ("multi_site", None, None, wishes.WrongAttendee, "Name the guest"),
    "no name": ("multi_site", None, wishes.Guest("Noa", " ", "Riverside"), wishes.WrongAttendee, "Name the guest"),
    "member as guest": ("multi_site", {}, None, wishes.WrongAttendee, "for guests, not for members"),
    "guest as member": ("member", None, GUEST, wishes.WrongAttendee, "for members, not for guests"),
    "nobody": ("member", None, None, wishes.WrongAttendee, "Choose the member"),
    "somebody": ("non_bookable", {}, None, wishes.WrongAttendee, "keeps a slot free"),
}


@pytest.mark.parametrize("case", WRONG_PEOPLE)
def test_book_session_refuses_the_wrong_people(case, machine):
    code, person, guest, error, sentence = WRONG_PEOPLE[case]
    member = None if person is None else MemberFactory(first_name="Ada", last_name="Morel", **person)

    with pytest.raises(error, match=sentence):
        book(machine, member, session_type=type_of(code), guest=guest)

    assert TrainingSession.objects.count() == 0


def test_book_session_the_day_before_the_waiver_expires(machine):
    book(machine, MemberFactory(waiver_expires_on=TEN.date() + DAY))

    assert TrainingSession.objects.count() == 1


def test_outage_is_planned_and_not_booked(machine):
    kept_free = TrainingSessionFactory(machine=machine, member=None, session_type_id="non_bookable")
    with pytest.raises(wishes.UnknownPart, match="not on offer"):
        book(machine, session_type=type_of("outage"))
    with pytest.raises(wishes.UnknownPart, match="not on offer"):
        bookings.change_session(session=kept_free, session_type=type_of("outage"), actor=None, now=NOW)


@pytest.mark.parametrize("model", [Machine, Member, SessionType])
def test_book_session_refuses_what_does_not_exist_here(model, machine, ada, other_studio):
    with inside(other_studio):
        there = {Machine: MachineFactory, Member: MemberFactory}.get(model, lambda: SessionType(code="unknown"))()
    given = {"machine": machine, "member": ada} | {
        "machine": {"machine": there}, "member": {"member": there}, "sessiontype": {"session_type": there}
    }[model._meta.model_name]  # fmt: skip

    with pytest.raises(wishes.UnknownPart) as refused:
        book(**given)

    assert refused.value.status_code == 400


def test_sessions_on_one_machine_may_touch_and_not_overlap(machine, ada):
    first = book(machine, ada)
    book(machine, MemberFactory(), start=TEN + HALF)

    with pytest.raises(slots.SlotTaken, match=r"Left is taken at that time: Ada Morel, Left \(.*12:00-12:30") as taken:
        book(machine, MemberFactory(), start=TEN + HALF / 2, length=HALF / 2)
    assert taken.value.reasons[0].sessions == (first,)

    bookings.cancel_session(session=first, reason="Ill", actor=None, now=NOW)
    book(machine, MemberFactory())


def test_refused_slot_offers_other_machines_and_then_other_times(only_two, ada):
    machine, other = only_two
    book(machine, ada)

    with pytest.raises(slots.SlotTaken) as taken:
        book(machine, MemberFactory())

    found = [(slot.machine, (slot.starts_at - TEN) // HALF) for slot in taken.value.alternatives]
    assert found == [(other, 0), (machine, -1), (machine, 1), (machine, -2)]


def test_member_and_trainer_are_in_one_place_at_a_time(machine, other, ada, trainer):
    book(machine, ada, trainer=trainer)

    with pytest.raises(slots.SlotTaken, match="Ada Morel is taken at that time"):
        book(other, ada)
    with pytest.raises(slots.SlotTaken, match="Theo Rossi is taken at that time"):
        book(other, MemberFactory(), trainer=trainer)
    assert TrainingSession.objects.count() == 1


def test_trainer_who_is_an_engineer_in_the_next_room_is_not_free(machine, ada):
    person = UserFactory(name="Both")
    roles.grant_role(user=person, role="engineer", actor=None, now=NOW)
    trainer = TrainerFactory(user=person)
    studio_bookings.book_session(
        title="Mixing", kind="remote", starts_at=TEN, ends_at=TEN + HALF, engineers=[person], actor=None, now=NOW
    )

    with pytest.raises(slots.SlotRefused, match=r"Both is in another session at that time. Mixing"):
        book(machine, ada, trainer=trainer)
    book(machine, ada, trainer=trainer, start=TEN + HALF)


def fill_week(count, cap):
    StudioProfile.objects.update(weekly_session_cap=cap)
    for number in range(count):
        TrainingSessionFactory(scheduled_start=TEN + DAY + number * HALF)


def test_full_week_takes_no_more_unless_a_manager_says_why(machine, ada, desk):
    fill_week(3, cap=4)
    book(machine, ada)  # the last one that fits

    with pytest.raises(slots.WeekFull, match="4 of 4 sessions") as full:
        book(machine, ada, start=TEN + HALF)
    assert full.value.status_code == 409
    with pytest.raises(bookings.MayNotOverride):
        book(machine, ada, start=TEN + HALF, over_cap_because="Please", actor=desk)

    roles.grant_role(user=desk, role="manager", actor=None, now=NOW)
    desk = type(desk).objects.get(pk=desk.pk)
    beyond = book(machine, ada, start=TEN + HALF, over_cap_because=" A promise ", actor=desk)
    assert trail(beyond) == [("book", desk.label, "A promise")]
    later(beyond)


def test_week_goes_from_monday_to_sunday_in_the_studio_and_leaves_some_types_out(machine, ada):
    fill_week(2, cap=2)
    sunday_night = datetime(2026, 6, 7, 21, 30, tzinfo=UTC)  # 23:30 in Paris

    book(machine, ada, start=TEN + timedelta(days=7))
    book(machine, ada, start=TEN, session_type=type_of("makeup"))
    book(machine, start=TEN + HALF, session_type=type_of("non_bookable"))
    with pytest.raises(slots.WeekFull):
        book(machine, ada, start=sunday_night)
    TrainingSession.objects.filter(session_type="makeup").delete()
    bookings.cancel_session(session=TrainingSession.objects.earliest("created_at"), reason="Ill", actor=None, now=NOW)
    book(machine, ada, start=sunday_night)


def test_two_calls_that_change_a_session(machine, other, ada):
    session = book(machine, ada)

    changed = bookings.change_session(
        session=session, machine=other, scheduled_start=TEN + HALF, scheduled_end=TEN + 3 * HALF,
        session_type=type_of("makeup"), notes="Later", seen_at=session.updated_at, actor=None, now=NOW,
    )  # fmt: skip

    changed.refresh_from_db()
    assert (changed.machine, changed.scheduled_start, changed.session_type_id, changed.notes) == (
        other, TEN + HALF, "makeup", "Later",
    )  # fmt: skip
    with pytest.raises(bookings.ChangedSince):
        bookings.change_session(session=session, notes="x", seen_at=session.updated_at, actor=None, now=NOW)
    assert [verb for verb, _label, _reason in trail(session)] == ["book", "change"]


def test_machine_that_is_off_keeps_its_sessions_and_takes_no_other(machine, other, ada):
    session, elsewhere = book(machine, ada), book(other, MemberFactory())
    switched_off(machine)

    bookings.change_session(session=session, notes="Still on", actor=None, now=NOW)
    assert later(session).machine == machine
    with pytest.raises(slots.SlotRefused, match="Left is switched off"):
        bookings.change_session(session=elsewhere, machine=machine, actor=None, now=NOW)


def test_second_member_is_refused(machine, ada):
    session = book(machine, ada)
    noa = MemberFactory(first_name="Noa", last_name="Costa")

    with pytest.raises(wishes.WrongAttendee, match=r"This session is for Ada Morel.*another one for Noa Costa") as full:
        bookings.put_member_on(session=session, member=noa, actor=None, now=NOW)
    assert full.value.status_code == 400

    empty = TrainingSessionFactory(machine=machine, member=None, scheduled_start=TEN + HALF)
    given = bookings.put_member_on(session=empty, member=noa, actor=None, now=NOW)
    assert (given.member, given.current_participants) == (noa, 1)


def test_trainer_is_assigned_later_also_after_completion(machine, other, ada, trainer, desk):
    session = book(machine, ada)
    TrainingSession.objects.update(status="completed")

    assigned = bookings.assign_trainer(session=session, trainer=trainer, actor=desk, now=TEN + DAY)

    assigned.refresh_from_db()
    assert (assigned.trainer, assigned.trainer_label) == (trainer, "Theo Rossi")
    clashing = book(other, MemberFactory())
    with pytest.raises(slots.SlotTaken, match="Theo Rossi is taken"):
        bookings.assign_trainer(session=clashing, trainer=trainer, actor=desk, now=NOW)
    with pytest.raises(states.WrongState, match="Name who trained instead"):
        bookings.assign_trainer(session=session, trainer=None, actor=desk, now=TEN + DAY)
    TrainingSession.objects.filter(pk=session.pk).update(status="scheduled")
    emptied = bookings.assign_trainer(session=session, trainer=None, actor=desk, now=TEN + DAY)
    assert (emptied.trainer, emptied.trainer_label) == (None, "")
    gone = TrainerFactory()
    type(gone).objects.filter(pk=gone.pk).delete()
    with pytest.raises(wishes.UnknownPart):
        bookings.assign_trainer(session=session, trainer=gone, actor=desk, now=NOW)


def test_who_has_left_is_booked_no_more_and_keeps_what_was_agreed(machine, ada, trainer):
    agreed = book(machine, ada, trainer=trainer)
    Trainer.objects.update(is_active=False)
    left = Trainer.objects.get()

    with pytest.raises(slots.SlotRefused, match="Theo Rossi does not work here any more"):
        book(machine, MemberFactory(), TEN + HALF, trainer=left)
    open_one = book(machine, MemberFactory(), TEN + HALF)
    with pytest.raises(slots.SlotRefused, match="does not work here"):
        bookings.assign_trainer(session=open_one, trainer=left, actor=None, now=NOW)
    moved = bookings.change_session(
        session=agreed, scheduled_start=TEN + DAY, scheduled_end=TEN + DAY + HALF, actor=None, now=NOW
    )
    assert (moved.trainer, list(booking_offer(TEN, now=NOW).trainers)) == (left, [])
    afterwards = bookings.assign_trainer(session=open_one, trainer=left, actor=None, now=TEN + DAY)
    assert afterwards.trainer == left


def test_cancelled_session_keeps_its_reason_and_leaves_its_slot(machine, ada, desk):
    session = book(machine, ada)
    with pytest.raises(facts.NoReason):
        bookings.cancel_session(session=session, reason="  ", actor=desk, now=NOW)

    for _twice in range(2):
        cancelled = bookings.cancel_session(session=session, reason="Ill", actor=desk, now=NOW)

    assert (cancelled.status, cancelled.cancellation_reason, cancelled.cancelled_by) == ("cancelled", "Ill", desk)
    assert [verb for verb, _label, _reason in trail(session)] == ["book", "cancel"]
    with pytest.raises(states.WrongState, match="cancelled"):
        bookings.assign_trainer(session=session, trainer=TrainerFactory(), actor=desk, now=NOW)


def overlapping(machine, first, second):
    """Return two sessions that were taken over although they overlap."""
    return [
        TrainingSessionFactory(
            machine=machine, member=member, scheduled_start=TEN + number * HALF / 2, overlap_kept=True
        )
        for number, member in enumerate((first, second))
    ]


def test_taken_over_overlap_is_settled_on_both_sides(machine, other, ada):
    first, second = overlapping(machine, ada, MemberFactory())
    bookings.change_session(session=first, notes="Seen", actor=None, now=NOW)
    assert TrainingSession.objects.to_settle().count() == 2

    with pytest.raises(slots.SlotTaken):  # a kept overlap takes its slot all the same
        book(machine, MemberFactory())
    moved = bookings.change_session(session=second, machine=other, actor=None, now=NOW)

    assert moved.overlap_kept is False
    assert TrainingSession.objects.to_settle().count() == 0


def test_member_of_a_taken_over_overlap_keeps_the_other_machine_marked(machine, other, ada):
    first, second = overlapping(machine, ada, ada)

    moved = bookings.change_session(session=second, machine=other, actor=None, now=NOW)

    assert moved.overlap_kept is True
    bookings.cancel_session(session=first, reason="Twice", actor=None, now=NOW)
    assert TrainingSession.objects.to_settle().count() == 0


def test_session_that_is_gone_is_no_error_of_the_house(machine, ada):
    with pytest.raises(slots.SessionGone, match="deleted this session"):
        bookings.cancel_session(session=TrainingSession(pk=uuid4()), reason="x", actor=None, now=NOW)
