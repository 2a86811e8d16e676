"""The completion desk, through the pages that people use."""

import html
import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from studio.office.models import StudioProfile
from tests.staff import account, signed_in
from tests.training.desk import DESK, PARIS, act, address, tomorrow
from tests.training_factories import MachineFactory, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.admin.completion_form import nearest
from training.models import SessionOutcome, TrainingSession
from training.selectors.completion_queue import desk

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 2, 16, 0, tzinfo=UTC)  # 18:00 in Paris
HALF_HOUR = timedelta(minutes=30)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def typed(**given):
    return {"attendance": "came", "trainer": "", "start": "10:05", "end": "10:40"} | given


# What waits ---------------------------------------------------------------------------------------


def test_desk_has_what_is_over_oldest_first_and_tomorrows_without_a_trainer(
    machine, other, trainer, django_assert_num_queries
):
    made = {
        name: TrainingSessionFactory(
            machine=machine, member=MemberFactory(first_name=name), scheduled_start=start, **given
        )
        for name, start, given in (
            ("Yesterday", NOW - timedelta(days=1), {}),
            ("Morning", NOW - timedelta(hours=6), {"status": "in_progress"}),
            ("Ending", NOW - HALF_HOUR, {}),
            ("Running", NOW - timedelta(minutes=10), {"status": "cancelled"}),
            ("Said", NOW - timedelta(hours=3), {"status": "completed"}),
            ("Tomorrow", NOW + timedelta(days=1), {}),
            ("Trained", NOW + timedelta(days=1, hours=1), {"trainer": trainer}),
            ("Later", NOW + timedelta(days=2), {}),
        )
    }
    TrainingSessionFactory(machine=other, member=None, session_type_id="non_bookable", scheduled_start=NOW - HALF_HOUR)

    with django_assert_num_queries(4):
        found = desk(now=NOW, zone=PARIS)

    assert [(day.day, [each.pk for each in day.sessions]) for day in found.days] == [
        (date(2026, 6, 1), [made["Yesterday"].pk]),
        (date(2026, 6, 2), [made["Morning"].pk, made["Ending"].pk]),
    ]
    assert found.waiting == 3
    assert [[each.pk for each in part] for part in (found.untrained, found.said)] == [
        [made["Tomorrow"].pk],
        [made["Said"].pk],
    ]


@pytest.mark.parametrize(
    ("wall", "planned", "instant"),
    [
        (time(10, 5), at(2026, 6, 2, 8, 0), at(2026, 6, 2, 8, 5)),
        (time(0, 10), at(2026, 6, 2, 21, 45), at(2026, 6, 2, 22, 10)),  # over midnight
        (time(23, 50), at(2026, 6, 2, 22, 0), at(2026, 6, 2, 21, 50)),  # begun before it
        (time(2, 15), at(2026, 10, 25, 1, 0), at(2026, 10, 25, 1, 15)),  # the second 02:15
        (time(2, 15), at(2026, 10, 25, 0, 0), at(2026, 10, 25, 0, 15)),  # the first
        (time(2, 30), at(2026, 3, 29, 1, 0), at(2026, 3, 29, 1, 30)),  # skipped: 03:30
    ],
)
def test_real_time_is_the_one_nearest_to_what_was_planned(wall, planned, instant):
    assert nearest(wall, planned, PARIS) == instant


# Saying how it was --------------------------------------------------------------------------------


def test_book_complete_assign_through_the_pages(web, machine, ada, trainer, over):
    """The whole life: booked at the grid, completed at the desk without a trainer, the trainer assigned afterwards."""
    browser = signed_in(web, account("front_desk"))
    start = over.scheduled_start + timedelta(days=2)
    booked = browser.post(
        "/admin/training/book/",
        {
            "session_type": "contractual",
            "machine": machine.pk,
            "start": start.isoformat(),
            "length": 30,
            "member": MemberFactory(member_type="trial").pk,
        },
    )
    assert booked.status_code == 302
    session = TrainingSession.objects.exclude(pk=over.pk).get()
    TrainingSession.objects.filter(pk=session.pk).update(
        scheduled_start=start - timedelta(days=2, hours=-1),
        scheduled_end=start - timedelta(days=2, hours=-1) + HALF_HOUR,
    )

    assert browser.post(address(session), typed(start="11:00", end="11:30")).status_code == 302
    session.refresh_from_db()
    assert (session.status, session.trainer) == ("completed", None)
    assert browser.post(act(session, "assign"), {"trainer": trainer.pk}).status_code == 302
    session.refresh_from_db()
    assert (session.status, session.trainer, session.trainer_label) == ("completed", trainer, "Theo Rossi")
    assert browser.post(act(session, "assign"), {"trainer": TrainerFactory().pk}).status_code == 403  # they are paid


@pytest.mark.parametrize(("role", "status"), [("trainer", 403), ("front_desk", 302), ("manager", 302)])
def test_who_trained_is_said_afterwards_by_who_completes_everybodys(web, over, trainer, role, status):
    TrainingSession.objects.update(status="completed")
    browser = signed_in(web, account(role))

    assert browser.post(act(over, "assign"), {"trainer": trainer.pk}).status_code == status
    over.refresh_from_db()
    assert over.trainer == (trainer if status == 302 else None)


def test_completing_stores_what_was_typed_and_leaves_the_queue(web, over, trainer):
    browser = signed_in(web, account("front_desk"))

    answer = browser.post(address(over), typed(trainer=trainer.pk))

    over.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, DESK)
    assert (over.status, over.trainer) == ("completed", trainer)
    assert (over.actual_start, over.actual_end) == (
        over.scheduled_start + timedelta(minutes=5),
        over.scheduled_end + timedelta(minutes=10),
    )
    page = html.unescape(browser.get(DESK).content.decode())
    assert "The session of Ada Morel is completed." in page
    assert "Nothing waits" in page


def test_no_show_from_the_desk_needs_no_times(web, over):
    browser = signed_in(web, account("front_desk"))

    browser.post(address(over), typed(attendance="no_show", start="", end=""))

    over.refresh_from_db()
    assert (over.status, SessionOutcome.objects.get().kind) == ("no_show", "no_show")


@pytest.mark.parametrize(
    ("wrong", "status", "sentence"),
    [
        ({"end": "10:05"}, 400, "The real end comes after the real start, and not in the future."),
        ({"start": "soon"}, 400, "Real start: Enter a valid time."),
        ({"start": ""}, 400, "Real start: This field is required."),
        ({"trainer": "nobody"}, 400, "Trainer: Select a valid choice."),
        ({"attendance": "perhaps"}, 400, "Attendance: Select a valid choice."),
    ],
)
def test_refused_line_says_why_keeps_what_was_typed_and_the_others_as_they_are(
    web, over, other, wrong, status, sentence
):
    bystander = TrainingSessionFactory(machine=other, scheduled_start=over.scheduled_start)
    browser = signed_in(web, account("front_desk"))

    answer = browser.post(address(over), typed() | wrong)

    page = html.unescape(answer.content.decode())
    assert (answer.status_code, sentence in page, 'value="10:40"' in page or "end" in wrong) == (status, True, True)
    assert page.count('class="action-refusal') == 1
    assert {each.status for each in TrainingSession.objects.filter(pk__in=[over.pk, bystander.pk])} == {"scheduled"}


def test_studio_that_asks_for_the_trainer_is_told_so_on_the_line(web, over):
    StudioProfile.objects.update(completion_needs_trainer=True)
    browser = signed_in(web, account("front_desk"))

    answer = browser.post(address(over), typed())

    assert (answer.status_code, "Say who trained" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("sent", ["nobody", "somebody"])
@pytest.mark.parametrize("attendance", ["came", "no_show"])
@pytest.mark.parametrize("at_desk", [True, False])
def test_who_was_assigned_meanwhile_is_not_taken_off_nor_replaced_by_a_completion(
    web, over, trainer, sent, attendance, at_desk
):
    browser, mia = signed_in(web, account("front_desk")), TrainerFactory(first_name="Mia")
    page = address(over) if at_desk else act(over, "complete")
    shown = "" if sent == "nobody" else str(mia.pk)
    TrainingSession.objects.update(trainer=shown or None)
    assert ('name="seen" value="' in browser.get(DESK).content.decode()) == bool(shown)
    TrainingSession.objects.update(trainer=trainer, trainer_label=trainer.name)
    given = typed(trainer=shown, attendance=attendance, seen=shown)

    refused = browser.post(page, given)

    text = html.unescape(refused.content.decode())
    told = "Meanwhile this was changed: Theo Rossi trains. Send it again to change that."
    assert (refused.status_code, told in text, 'value="10:40"' in text) == (409, True, True)
    over.refresh_from_db()
    assert (over.status, over.trainer) == ("scheduled", trainer)
    seen = re.search(r'name="seen" value="([^"]+)"', text)[1]
    assert browser.post(page, given | {"seen": seen}).status_code == 302
    over.refresh_from_db()
    assert (over.status, over.trainer) == ("completed" if attendance == "came" else "no_show", mia if shown else None)


def shown_ids(page):
    return re.findall(r'name="session" value="([^"]+)"', page)


def test_day_is_completed_at_once_as_planned_and_what_was_not_on_the_screen_waits(web, over, other, machine):
    TrainingSessionFactory(machine=other, scheduled_start=over.scheduled_start + HALF_HOUR)
    TrainingSessionFactory(machine=other, scheduled_start=over.scheduled_start - timedelta(days=1))
    browser = signed_in(web, account("front_desk"))
    shown = shown_ids(browser.get(DESK).content.decode())
    ended = TrainingSessionFactory(machine=machine, scheduled_start=over.scheduled_start + HALF_HOUR)

    asked = browser.post(f"{DESK}day/", {"session": shown}).content.decode()
    assert (shown_ids(asked), "Complete 2 sessions" in asked) == (shown, True)
    assert set(TrainingSession.objects.values_list("status", flat=True)) == {"scheduled"}
    page = browser.post(f"{DESK}day/", {"session": shown, "confirmed": "yes"}, follow=True).content.decode()

    assert (len(shown), "2 sessions are completed as planned." in page) == (2, True)
    assert sorted(TrainingSession.objects.values_list("status", flat=True)) == ["completed"] * 2 + ["scheduled"] * 2
    ended.refresh_from_db()
    assert ended.status == "scheduled"


def test_asking_for_a_day_says_what_will_be_and_names_who_is_left_out(web, over, other):
    lines = {"Came": "scheduled", "Missed": "no_show", "Said": "completed", "Unseen": "completed"}
    made = {
        name: TrainingSessionFactory(
            machine=other,
            member=MemberFactory(first_name=name),
            scheduled_start=over.scheduled_start + number * HALF_HOUR,
            status=status,
        )
        for number, (name, status) in enumerate(lines.items(), start=-1)
    }
    sent = [over.pk, made["Came"].pk, made["Said"].pk]

    page = signed_in(web, account("front_desk")).post(f"{DESK}day/", {"session": sent}).content.decode()

    will, left = page.split("Left out, because somebody has said how they were:")
    assert ("2 sessions will be completed" in will, "Came" in will, "Missed" in will) == (True, True, False)
    assert [name for name in lines if name in left] == ["Missed", "Said"]


@pytest.mark.parametrize("sent", [{}, {"session": ""}, {"session": ["x", "9" * 40]}])
def test_nothing_shown_completes_nothing(web, over, sent):
    answer = signed_in(web, account("front_desk")).post(f"{DESK}day/", {**sent, "confirmed": "yes"})

    over.refresh_from_db()
    assert (answer.status_code, over.status) == (400, "scheduled")
    assert "Nothing was chosen" in answer.content.decode()


def test_long_queue_says_that_the_oldest_are_shown(web, over, other, monkeypatch):
    TrainingSessionFactory(machine=other, scheduled_start=over.scheduled_start + HALF_HOUR)
    browser = signed_in(web, account("front_desk"))
    told = []
    for most in (2, 1):
        monkeypatch.setattr("training.selectors.completion_queue.MOST_SHOWN", most)
        told.append("The oldest 1 are shown." in browser.get(DESK).content.decode())

    assert told == [False, True]


@pytest.mark.parametrize("typed_", [typed(), typed(attendance="no_show")])
def test_session_that_was_cancelled_meanwhile_says_so_and_keeps_what_was_typed(web, over, typed_):
    browser = signed_in(web, account("front_desk"))
    TrainingSession.objects.update(status="cancelled")

    answer = browser.post(address(over), typed_)

    page = html.unescape(answer.content.decode())
    assert (answer.status_code, "This session is cancelled, so it cannot become" in page) == (409, True)
    assert ('value="10:40"' in page, page.count("autofocus>"), page.count('class="desk-line"')) == (True, 1, 1)


def test_page_takes_the_same_queries_however_many_wait(web, over, other, trainer):
    browser = signed_in(web, account("front_desk"))
    tomorrow(other)
    browser.get(DESK)
    counts = []
    for more in (0, 6):
        for number in range(more):
            TrainingSessionFactory(machine=other, scheduled_start=over.scheduled_start + number * HALF_HOUR)
            tomorrow(MachineFactory())
        with CaptureQueriesContext(connection) as asked:
            page = browser.get(DESK).content.decode()
        counts.append((len(asked), page.count("Theo Rossi") > more))

    assert counts == [(counts[0][0], True)] * 2


def test_taking_back_is_for_managers_with_a_reason(web, over):
    desk_ = signed_in(web, account("front_desk"))
    desk_.post(address(over), typed())
    assert desk_.get(act(over, "reopen")).status_code == 403

    manager = signed_in(web, account("manager"))
    assert manager.post(act(over, "reopen"), {"reason": ""}).status_code == 400
    assert manager.post(act(over, "reopen"), {"reason": "The wrong one"}).status_code == 302
    over.refresh_from_db()
    assert over.status == "scheduled"


def test_trainer_completes_their_own_and_sees_no_others(web, over, machine):
    user = account("trainer")
    me = TrainerFactory(first_name="Mia", user=user)
    mine = TrainingSessionFactory(machine=machine, trainer=me, scheduled_start=over.scheduled_start + HALF_HOUR)
    browser = signed_in(web, user)

    page = html.unescape(browser.get(DESK).content.decode())
    shown = re.findall(r'class="desk-name"[^>]*>([^<]+)<', page)

    assert shown == [mine.attendee]
    assert browser.post(address(over), typed()).status_code == 404
    assert browser.post(address(mine), typed(trainer=me.pk, seen=me.pk, start="10:30", end="11:00")).status_code == 302
    assert browser.get(act(over, "complete")).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"), [("read_only", 403), ("accountant", 403), ("engineer", 403), ("owner", 200)]
)
def test_desk_is_for_who_completes(web, over, role, status):
    browser = signed_in(web, account(role))

    assert browser.get(DESK).status_code == status
    assert browser.post(address(over), typed()).status_code == (302 if status == 200 else 403)
