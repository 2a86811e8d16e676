"""Whatever is booked, held, asked for, paid, moved, cancelled or let go: the tables and a model of intervals agree."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sessions_app.models import StudioSession
from sessions_app.selectors.availability import free_slots
from sessions_app.services import (
    absences,
    assignments,
    attendance,
    bookings,
    holds,
    opening_hours,
    requests,
    slots,
    states,
    sweeping,
)
from sessions_app.services.requests import PaymentOutcome
from studio.office.models import OpeningHours, StudioProfile
from tests.factories import EquipmentFactory, RoomFactory, UserFactory
from tests.properties.timetable_model import BUFFERS, DAYS, QUARTER, Intervals, Known

LAST_QUARTER = DAYS * 96
NIGHTS = {
    # zone -> the day whose clocks change, or that is not there at all
    "Europe/Paris": "2026-03-29",
    "America/New_York": "2026-11-01",
    "Australia/Lord_Howe": "2026-04-05",
    "Africa/Casablanca": "2026-03-22",
    "America/Asuncion": "2024-10-06",
    "Pacific/Apia": "2011-12-30",
}
HOURS = {"day": (9 * 60, 24 * 60), "round the clock": (0, 24 * 60)}
quarters = st.integers(0, LAST_QUARTER)
lengths = st.integers(0, 24)
rooms = st.integers(0, len(BUFFERS) - 1)
picks = st.integers(0, 50)
ENGINEERS = ("Edda", "Egon")
people = st.frozensets(st.sampled_from([*ENGINEERS, "gear"]), max_size=2)


class Timetable(Intervals, RuleBasedStateMachine):
    """Two rooms, two engineers and one thing over three days around a clock change."""

    zone_name = "Europe/Paris"
    hours = "day"

    def __init__(self):
        super().__init__()
        self.work = transaction.atomic()
        self.work.__enter__()
        self.zone = ZoneInfo(self.zone_name)
        StudioProfile.objects.update(time_zone=self.zone_name)
        self.opens, self.closes = HOURS[self.hours]
        OpeningHours.objects.update(opens=self.opens, closes=self.closes)
        self.rooms = [
            RoomFactory(name=f"Room {number}", setup_minutes=setup, teardown_minutes=teardown)
            for number, (setup, teardown) in enumerate(BUFFERS)
        ]
        self.engineers = {name: UserFactory(name=name, email=f"{name}@example.org") for name in ENGINEERS}
        self.gear = EquipmentFactory(name="The only U 47")
        # A day before the day of the change, at midnight in UTC.
        self.base = datetime.fromisoformat(NIGHTS[self.zone_name]).replace(tzinfo=UTC) - timedelta(hours=24)
        self.now = self.base
        self.step = timedelta(minutes=StudioProfile.objects.get().slot_minutes)
        self.known = {}
        self.away = {name: [] for name in ENGINEERS}
        self.closed = set()

    def teardown(self):
        transaction.set_rollback(True)
        self.work.__exit__(None, None, None)

    def one(self, pick):
        key = sorted(self.known)[pick % len(self.known)]
        return key, self.known[key], StudioSession.objects.select_related("room").get(pk=key)

    def tried(self, expected, act, but=None, crew=frozenset()):
        """Run a service; it does what is asked exactly when the model sees no reason against it."""
        done, found, alternatives = None, set(), ()
        try:
            done = act()
        except slots.SlotRefused as refused:
            found, alternatives = {reason.kind.value for reason in refused.reasons}, refused.alternatives
        assert found == expected
        self.agree_on_alternatives(alternatives, but, crew)
        return done

    def agree_on_alternatives(self, alternatives, but, crew):
        for slot in alternatives:
            room = [each.pk for each in self.rooms].index(slot.room.pk)
            assert self.reasons(room, slot.starts_at, slot.ends_at, but, crew) == set()

    def with_crew(self, names):
        return {
            "engineers": [self.engineers[name] for name in sorted(names - {"gear"})],
            "equipment": [self.gear] if "gear" in names else [],
        }

    # What can happen -----------------------------------------------------------------------------

    @rule(room=rooms, quarter=quarters, length=lengths, crew=people)
    def book(self, room, quarter, length, crew):
        start, end = self.period(quarter, length)
        booked = self.tried(
            self.reasons(room, start, end, crew=crew),
            lambda: bookings.book_session(
                title="Booked",
                room=self.rooms[room],
                starts_at=start,
                ends_at=end,
                actor=None,
                now=self.now,
                **self.with_crew(crew),
            ),
            crew=crew,
        )
        if booked:
            self.known[booked.pk] = Known(room, start, end, crew)

    @rule(room=rooms, quarter=quarters, length=lengths, lasts=st.integers(1, 60))
    def hold(self, room, quarter, length, lasts):
        start, end = self.period(quarter, length)
        expires = min(self.now + lasts * QUARTER, start)
        in_the_way = [other for other in self.living().values() if other.room == room]
        if expires <= self.now or any(other.expires for other in in_the_way):
            return  # waiting behind another hold is a story of its own
        held = self.tried(
            self.reasons(room, start, end),
            lambda: holds.place_hold(
                title="Held",
                room=self.rooms[room],
                starts_at=start,
                ends_at=end,
                expires_at=expires,
                actor=None,
                now=self.now,
            ),
        )
        if held:
            self.known[held.pk] = Known(room, start, end, expires=expires)

    @rule(room=rooms, quarter=quarters, length=lengths, lasts=st.integers(1, 60))
    def ask(self, room, quarter, length, lasts):
        start, end = self.period(quarter, length)
        expires = min(self.now + lasts * QUARTER, start)
        if expires <= self.now:
            return
        asked = self.tried(
            self.reasons(room, start, end),
            lambda: requests.request_session(
                title="Asked for",
                room=self.rooms[room],
                starts_at=start,
                ends_at=end,
                awaits="payment",
                expires_at=expires,
                actor=None,
                now=self.now,
            ),
        )
        if asked:
            self.known[asked.session_id] = Known(room, start, end, expires=expires)

    @precondition(lambda self: self.known)
    @rule(pick=picks)
    def pay(self, pick):
        key, known, session = self.one(pick)
        is_late = known.expires is not None and known.expires <= self.now
        is_gone = known.end <= self.now or self.of_others(known.room, known.start, known.end, but=key)
        expected = PaymentOutcome.CONFIRMED
        if known.expires is None:
            expected = PaymentOutcome.ALREADY
        elif is_late and is_gone:
            expected = PaymentOutcome.REFUND
        assert requests.accept_payment(session=session, actor=None, now=self.now) == expected
        if expected == PaymentOutcome.CONFIRMED:
            self.known[key] = replace(known, expires=None)

    @precondition(lambda self: self.known)
    @rule(pick=picks)
    def confirm(self, pick):
        key, known, session = self.one(pick)
        try:
            holds.confirm_hold(session=session, actor=None, now=self.now)
        except states.WrongState:
            assert known.expires is None or known.expires <= self.now
            return
        assert known.expires > self.now
        self.known[key] = replace(known, expires=None)

    @precondition(lambda self: self.known)
    @rule(pick=picks, room=rooms, quarter=quarters, length=lengths)
    def move(self, pick, room, quarter, length):
        key, known, session = self.one(pick)
        start, end = self.period(quarter, length)
        if known.expires is not None:
            return
        expected = self.reasons(room, start, end, but=key, crew=known.crew)
        with suppress(states.WrongState):  # a session of the past is a no-show by now
            moved = self.tried(
                expected,
                lambda: bookings.move_session(
                    session=session, room=self.rooms[room], starts_at=start, ends_at=end, actor=None, now=self.now
                ),
                but=key,
                crew=known.crew,
            )
            if moved:
                self.known[key] = Known(room, start, end, known.crew)

    @precondition(lambda self: self.known)
    @rule(pick=picks)
    def cancel(self, pick):
        key, known, session = self.one(pick)
        try:
            bookings.cancel_session(session=session, reason="", actor=None, now=self.now)
            bookings.cancel_session(session=session, reason="twice is once", actor=None, now=self.now)
        except states.WrongState:
            assert session.status == "no_show" or known.expires is not None
            assert known.expires is None or known.expires <= self.now
            return
        del self.known[key]

    @precondition(lambda self: self.known)
    @rule(pick=picks)
    def nobody_comes(self, pick):
        _key, known, session = self.one(pick)
        with suppress(states.WrongState, attendance.TooEarly):
            attendance.mark_no_show(session=session, actor=None, now=self.now)
            assert known.start <= self.now

    @rule(name=st.sampled_from(ENGINEERS), quarter=quarters, length=st.integers(1, 24))
    def leave(self, name, quarter, length):
        start, end = self.period(quarter, length)
        since, is_away = max(start, self.now), self.is_away(name, start, end)
        theirs = {key: known for key, known in self.living().items() if name in known.crew and since < end}
        needed = {key for key, known in theirs.items() if since < known.end and known.start < end}
        person, was_away, named = self.engineers[name], False, set()
        try:
            absences.add_absence(person=person, starts_at=start, ends_at=end, actor=None, now=self.now)
            self.away[name].append((start, end))
        except absences.AwayAlready:
            was_away = True
        except assignments.StillAssigned as refused:
            named = {each.session_id for each in refused.assignments}
        assert (was_away, named) == (is_away, set() if is_away else needed)

    @precondition(lambda self: not self.closed)
    @rule(day=st.integers(0, DAYS - 1))
    def close(self, day):
        day = (self.base + timedelta(days=day)).astimezone(self.zone).date()
        sweeping.sweep(now=self.now)
        self.closed.add(day)
        coming = {key: known for key, known in self.living().items() if known.end > self.now}
        outside = {key for key, known in coming.items() if not self.is_open(known.start, known.end)}
        named = set()
        try:
            opening_hours.add_closure(starts_on=day, ends_on=day, actor=None, now=self.now)
        except opening_hours.SessionsWouldBeOutside as refused:
            named = {row.pk for row in refused.sessions}
            self.closed.clear()
        assert named == outside

    @rule(passed=st.integers(1, 24))
    def time_passes(self, passed):
        self.now += passed * QUARTER

    @rule()
    def sweep(self):
        sweeping.sweep(now=self.now)

    @rule(room=rooms, day=st.integers(0, DAYS - 1), length=st.integers(1, 16))
    def ask_what_is_free(self, room, day, length):
        day = (self.base + timedelta(days=day)).astimezone(self.zone).date()
        length = length * QUARTER
        offered = {slot.starts_at for slot in free_slots(room=self.rooms[room], day=day, length=length, now=self.now)}
        assert offered == {start for start in self.starts_of(day) if not self.reasons(room, start, start + length)}

    # What always holds ---------------------------------------------------------------------------

    @invariant()
    def both_know_the_same(self):
        rows = StudioSession.objects.occupying().unexpired(self.now).values_list("pk", "room", "starts_at", "ends_at")
        keys = [room.pk for room in self.rooms]
        assert {(key, keys.index(room), start, end) for key, room, start, end in rows} == {
            (key, known.room, known.start, known.end) for key, known in self.living().items()
        }

    @invariant()
    def nobody_is_in_two_places(self):
        for name in ("Edda", "Egon", "gear"):
            mine = sorted((known.start, known.end) for known in self.living().values() if name in known.crew)
            for (_start, end), (following, _end) in pairwise(mine):
                assert following >= end

    @invariant()
    def the_gap_between_two_is_the_longer_of_teardown_and_setup(self):
        for number, (setup, teardown) in enumerate(BUFFERS):
            mine = sorted((known.start, known.end) for known in self.living().values() if known.room == number)
            for (_start, end), (following, _end) in pairwise(mine):
                assert following - end >= timedelta(minutes=max(setup, teardown))


def play(machine, examples, steps):
    """Play a machine; a failure is printed as it was found, since finding the least one takes minutes."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            print_blob=True,
        ),
    )


@pytest.mark.parametrize("zone_name", NIGHTS)
@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(4, 30, id="gate"), pytest.param(40, 60, id="long", marks=pytest.mark.long)]
)
def test_tables_and_model_agree(studio, zone_name, hours, examples, steps):
    play(type("Played", (Timetable,), {"zone_name": zone_name, "hours": hours}), examples, steps)


class Forgetful(Timetable):
    """The same, with a model that knows of no teardown."""

    def reasons(self, room, start, end, but=None, crew=frozenset()):
        return super().reasons(room, start, end, but) - {"buffer"}


def test_a_model_without_buffers_is_found_out(studio):
    with pytest.raises(AssertionError):
        play(Forgetful, 200, 30)
