"""Holds in line: who moves up when, and what a challenge does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sessions_app.models import HoldChallenge, StudioSession
from sessions_app.selectors.availability import check_slot
from sessions_app.services import absences, bookings, challenges, holds, slots, states, sweeping
from studio.accounts.models import AuditEvent, Notification
from tests.factories import NOW, HoldFactory, RoomFactory, SessionFactory, UserFactory
from tests.staff import account

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def first(room):
    return HoldFactory(title="First", room=room, starts_at=TEN, expires_at=NOW + 3 * HOUR)


@pytest.fixture
def second(room, first):
    return HoldFactory(title="Second", room=room, starts_at=TEN, expires_at=NOW + 9 * HOUR)


@pytest.fixture
def third(room, second):
    return HoldFactory(title="Third", room=room, starts_at=TEN, expires_at=NOW + 9 * HOUR)


def line():
    """Return title -> (status, rank)."""
    return {s.title: (s.status, s.hold_rank) for s in StudioSession.objects.order_by("pk")}


def cancel(hold, desk):
    bookings.cancel_session(session=hold, reason="", actor=desk, now=NOW)


def release(hold, desk):
    challenges.release_hold(session=hold, actor=desk, now=NOW)


def expire(_hold, _desk):
    sweeping.sweep(now=NOW + 4 * HOUR)


def move_away(hold, desk):
    start = TEN + 5 * HOUR
    bookings.move_session(session=hold, starts_at=start, ends_at=start + 2 * HOUR, actor=desk, now=NOW)


@pytest.mark.parametrize("leave", [cancel, release, expire, move_away])
def test_everybody_in_line_moves_up_when_the_first_leaves(first, second, third, desk, leave):
    owner = account("owner")
    assert [hold.hold_rank for hold in (first, second, third)] == [1, 2, 3]

    leave(first, desk)

    now_in_line = line()
    assert (now_in_line["Second"], now_in_line["Third"]) == (("hold", 1), ("hold", 2))
    assert AuditEvent.objects.filter(verb="promote", object_id=str(second.pk)).count() == 1
    told = Notification.objects.get(user=owner)
    assert (told.text.startswith("Second has moved up"), str(second.pk) in told.link) == (True, True)


def test_those_who_wait_for_a_booking_that_is_cancelled_move_up(first, second, desk):
    booked = holds.confirm_hold(session=first, actor=desk, now=NOW)
    assert line()["Second"] == ("hold", 2)

    bookings.cancel_session(session=booked, reason="", actor=desk, now=NOW)

    assert line()["Second"] == ("hold", 1)


def test_one_that_waits_for_two_moves_up_when_both_are_gone(room, desk):
    early = HoldFactory(title="Early", room=room, starts_at=TEN)
    late = HoldFactory(title="Late", room=room, starts_at=TEN + 2 * HOUR)
    HoldFactory(title="Long", room=room, starts_at=TEN, ends_at=TEN + 4 * HOUR)

    cancel(early, desk)
    assert line()["Long"] == ("hold", 2)

    cancel(late, desk)
    assert line()["Long"] == ("hold", 1)


def test_a_slot_whose_holder_is_out_of_time_is_not_free_while_somebody_waits(first, second, room):
    later = NOW + 4 * HOUR
    asked = {"room": room, "starts_at": TEN, "ends_at": TEN + 2 * HOUR}

    assert not check_slot(**asked, now=later).free
    with pytest.raises(slots.RoomTaken):
        bookings.book_session(title="Walk-in", **asked, actor=None, now=later)

    StudioSession.objects.filter(pk=second.pk).update(status="cancelled")
    assert check_slot(**asked, now=later).free
    bookings.book_session(title="Walk-in", **asked, actor=None, now=later)


def challenge(first, second, *, is_firm=False, ends_at=NOW + 2 * HOUR, now=NOW):
    return challenges.challenge_hold(
        hold=first, challenger=second, ends_at=ends_at, is_firm=is_firm, actor=None, now=now
    )


@pytest.mark.parametrize(("is_firm", "ends_as"), [(False, ("hold", 1)), (True, ("scheduled", None))])
def test_a_challenge_that_is_not_answered_is_won_once(first, second, is_firm, ends_as):
    made = challenge(first, second, is_firm=is_firm)

    sweeping.sweep(now=NOW + 2 * HOUR - timedelta(seconds=1))
    assert line() == {"First": ("hold", 1), "Second": ("hold", 2)}

    sweeping.sweep(now=NOW + 2 * HOUR)
    assert line() == {"First": ("expired", 1), "Second": ends_as}
    acts = AuditEvent.objects.count()
    sweeping.sweep(now=NOW + 2 * HOUR)

    made.refresh_from_db()
    assert (made.outcome, made.settled_at, AuditEvent.objects.count()) == ("won", NOW + 2 * HOUR, acts)


def test_an_answered_challenge_leaves_the_second_waiting(first, second, desk):
    made = challenge(first, second)

    holds.confirm_hold(session=first, actor=desk, now=NOW + HOUR)
    sweeping.sweep(now=NOW + 5 * HOUR)

    made.refresh_from_db()
    assert (made.outcome, line()) == ("answered", {"First": ("scheduled", None), "Second": ("hold", 2)})


def test_a_challenge_ends_with_its_challenger(first, second, desk):
    made = challenge(first, second)

    cancel(second, desk)
    sweeping.sweep(now=NOW + 2 * HOUR)

    made.refresh_from_db()
    assert (made.outcome, line()["First"]) == ("withdrawn", ("hold", 1))


def test_a_challenged_hold_that_moves_but_stays_in_the_way_is_still_challenged(first, second, desk):
    made = challenge(first, second)
    start = TEN + HOUR

    bookings.move_session(session=first, starts_at=start, ends_at=start + HOUR, actor=desk, now=NOW)

    made.refresh_from_db()
    assert made.outcome == "open"


def test_only_the_second_in_line_challenges_and_only_once(first, second, third):
    with pytest.raises(challenges.NotInLine):
        challenge(first, third)
    with pytest.raises(challenges.NotInLine):
        challenge(second, first)
    challenge(first, second)
    with pytest.raises(challenges.ChallengedAlready):
        challenge(first, second)


@pytest.mark.parametrize("ends_at", [NOW, NOW - HOUR, TEN + HOUR], ids=["now", "past", "after the start"])
def test_a_deadline_leaves_time_and_lies_before_the_session(first, second, ends_at):
    with pytest.raises(challenges.BadDeadline):
        challenge(first, second, ends_at=ends_at)
    assert HoldChallenge.objects.count() == 0


def test_a_withdrawn_challenge_can_be_made_again(first, second, desk):
    made = challenge(first, second)

    for _twice in range(2):
        withdrawn = challenges.withdraw_challenge(challenge=made, actor=desk, now=NOW)
    challenge(first, second)

    assert withdrawn.outcome == "withdrawn"
    assert HoldChallenge.objects.filter(outcome="open").count() == 1


def test_raw_sql_cannot_challenge_twice_nor_oneself(first, second):
    challenge(first, second)
    insert = "INSERT INTO hold_challenges (hold_id, challenger_id, ends_at) VALUES (%s, %s, now())"

    for hold, challenger, name in [
        (first, second, "hold_challenges_one_open"),
        (second, second, "hold_challenges_of_another"),
    ]:
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert, [hold.pk, challenger.pk])


def test_extend_hold_keeps_the_slot_longer(first, desk):
    holds.extend_hold(session=first, expires_at=NOW + 6 * HOUR, actor=desk, now=NOW)

    sweeping.sweep(now=NOW + 4 * HOUR)

    assert line() == {"First": ("hold", 1)}


@pytest.mark.parametrize("until", [NOW, TEN + HOUR], ids=["now", "after the start"])
def test_extend_hold_refuses_what_holds_nothing(first, desk, until):
    with pytest.raises(holds.HoldNeedsFuture):
        holds.extend_hold(session=first, expires_at=until, actor=desk, now=NOW)


def test_extend_and_release_are_for_holds(desk):
    session = SessionFactory(starts_at=TEN)

    with pytest.raises(states.WrongState):
        holds.extend_hold(session=session, expires_at=TEN, actor=desk, now=NOW)
    with pytest.raises(states.WrongState):
        challenges.release_hold(session=session, actor=desk, now=NOW)


def test_extend_hold_is_too_late_once_it_has_expired(first, desk):
    with pytest.raises(states.WrongState):
        holds.extend_hold(session=first, expires_at=TEN, actor=desk, now=NOW + 4 * HOUR)


def test_the_sweep_leaves_other_rooms_alone(first, desk):
    other = HoldFactory(title="Elsewhere", room=RoomFactory(), starts_at=TEN, expires_at=NOW + 9 * HOUR)

    sweeping.sweep(now=NOW + 4 * HOUR)

    assert line() == {"First": ("expired", 1), "Elsewhere": ("hold", 1)}
    other.refresh_from_db()
    assert other.status == "hold"


def test_a_firm_challenger_whose_engineer_is_away_holds_the_slot_and_the_staff_are_told(room, first):
    owner, ada = account("owner"), UserFactory(name="Ada Engineer")
    second = HoldFactory(title="Second", room=room, starts_at=TEN, expires_at=NOW + 9 * HOUR, engineers=[ada])
    challenge(first, second, is_firm=True)
    absences.add_absence(person=ada, starts_at=TEN, ends_at=TEN + HOUR, actor=None, now=NOW)

    sweeping.sweep(now=NOW + 2 * HOUR)

    assert line() == {"First": ("expired", 1), "Second": ("hold", 1)}
    assert Notification.objects.filter(user=owner).latest("pk").text == (
        "Second has moved up and now holds its slot: Studio A, Tue 2 Jun 2026, 12:00-14:00."
        " Ada Engineer is away: Tue 2 Jun 2026, 12:00-13:00."
    )


@pytest.mark.parametrize(("moves", "ends_as"), [(True, ("hold", 1)), (False, ("scheduled", None))])
def test_a_challenge_is_won_for_the_time_it_was_made_at_alone(room, desk, moves, ends_as):
    early = HoldFactory(title="Early", room=room, starts_at=TEN, expires_at=NOW + 9 * HOUR)
    late = HoldFactory(title="Late", room=room, starts_at=TEN + 2 * HOUR, expires_at=NOW + 9 * HOUR)
    both = HoldFactory(title="Both", room=room, starts_at=TEN, ends_at=TEN + 4 * HOUR, expires_at=NOW + 9 * HOUR)
    made = challenge(early, both, is_firm=True)
    sweeping.sweep(now=NOW + 2 * HOUR)
    assert line()["Both"] == ("hold", 2)
    if moves:
        there = TEN + timedelta(days=3)
        late = HoldFactory(title="There", room=room, starts_at=there, expires_at=NOW + 9 * HOUR)
        bookings.move_session(session=both, starts_at=there, ends_at=there + HOUR, actor=desk, now=NOW)

    challenges.release_hold(session=late, actor=desk, now=NOW)

    made.refresh_from_db()
    assert (line()["Both"], made.outcome) == (ends_as, "withdrawn" if moves else "won")
