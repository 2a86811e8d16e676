"""The list of training sessions and the page of a machine, as the staff see them."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from studio.accounts.models import AuditEvent
from studio.accounts.services import audit
from tests.factories import NOW
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, MemberFactory, TrainerFactory, TrainingSessionFactory
from training.models import Machine, SessionType, TrainingSession
from training.services import bookings

pytestmark = pytest.mark.django_db
LIST = "admin:training_trainingsession_changelist"
AT = NOW + timedelta(days=1)


@pytest.fixture
def manager(web):
    return signed_in(web, account("manager"))


def on(machine, name, start=AT, **given):
    member = MemberFactory(first_name=name, last_name="Haddad")
    return TrainingSessionFactory(machine=machine, member=member, scheduled_start=start, **given)


def shown(browser, **asked):
    """Return the first names of the members in the list."""
    page = browser.get(reverse(LIST), asked).content.decode()
    return sorted(name for name in ("Ada", "Bea", "Cleo", "Dora") if f"{name} Haddad" in page)


def test_sessions_without_a_trainer_are_shown_and_filtered(manager, machine, trainer):
    on(machine, "Ada")
    on(machine, "Bea", AT + HALF_HOUR, trainer=trainer)

    page = manager.get(reverse(LIST)).content.decode()
    assert ("Unassigned" in page, "Theo Rossi" in page) == (True, True)
    assert shown(manager, trainer__isempty="1") == ["Ada"]
    assert shown(manager, trainer__isempty="0") == ["Bea"]


def test_sessions_are_found_by_name_and_by_when_they_begin(manager, machine, other, trainer):
    now = timezone.now()
    on(machine, "Ada", now + timedelta(days=1), trainer=trainer)
    on(machine, "Bea", now - timedelta(days=1), status="completed")
    TrainingSessionFactory(
        machine=other,
        member=None,
        session_type_id="multi_site",
        guest_first_name="Cleo",
        guest_last_name="Haddad",
        guest_gym_name="Lyon",
        current_participants=1,
    )
    on(other, "D\u00f3ra", now + timedelta(days=1))

    for words, names in (
        ("ada", ["Ada"]),
        ("ADA had", ["Ada"]),
        ("rossi", ["Ada"]),
        ("theo bea", []),
        ("had cle", ["Cleo"]),
        ("dora", ["D\u00f3ra"]),
        ("%", []),
        ("x" * 5000, []),
    ):
        page = manager.get(reverse(LIST), {"q": words}).content.decode()
        assert [name for name in ("Ada", "Bea", "Cleo", "D\u00f3ra") if f"{name} Haddad" in page] == names, words
    assert manager.get(reverse(LIST), {"q": "\0"}).status_code == 400
    TrainingSessionFactory(machine=machine, member=None, scheduled_start=now + timedelta(days=3))
    assert "Member (no name)" in manager.get(reverse(LIST), {"period": "coming"}).content.decode()
    assert shown(manager, period="past") == ["Bea", "Cleo"]
    assert shown(manager, period="coming") == ["Ada"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    assert "training_sessions_guests" in TrainingSession.objects.named("cleo").explain()


def test_overlaps_that_were_taken_over_are_listed_until_settled(manager, machine, other):
    first, second = (on(machine, name, overlap_kept=True) for name in ("Ada", "Bea"))
    on(machine, "Cleo", AT + HALF_HOUR)

    assert shown(manager, overlap_kept__exact="1") == ["Ada", "Bea"]
    move(manager, [first], other)
    assert shown(manager, overlap_kept__exact="1") == []
    second.refresh_from_db()
    assert (second.machine, second.overlap_kept) == (machine, False)


def test_list_takes_the_same_queries_for_one_row_and_for_three(manager, machine):
    on(machine, "Ada", trainer=TrainerFactory())
    manager.get(reverse(LIST))  # what is kept of the person is known now
    with CaptureQueriesContext(connection) as one:
        manager.get(reverse(LIST))
    for number in (1, 2):
        on(machine, "Bea", AT + number * HALF_HOUR, trainer=TrainerFactory())
    with CaptureQueriesContext(connection) as three:
        manager.get(reverse(LIST))

    assert len(one) == len(three)


def test_list_leaves_as_a_file_as_it_is_filtered_with_one_manner_of_times(web, manager, machine):
    on(machine, "Ada", status="completed", actual_start=AT, actual_end=AT + HALF_HOUR, notes="Asthma")
    on(machine, "Bea", status="cancelled", cancellation_reason="=1+1")
    on(machine, "Cleo", AT + HALF_HOUR)
    page = manager.get(reverse(LIST)).content.decode()
    file = reverse("admin:training_trainingsession_export", args=["csv"])
    assert (file in page, reverse("admin:training-enter") in page) == (True, True)

    answer = manager.get(file, {"o": "1"})

    raw = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = {row[4]: row for row in csv.reader(io.StringIO(raw))}
    times = ["2026-06-02 08:00", "2026-06-02 08:30"]
    assert rows["Ada Haddad"] == [*times, *times, "Ada Haddad", "", "Member", "Left", "", "completed", "", ""]
    assert (rows["Bea Haddad"][-1], "Asthma" in raw) == ("'=1+1", False)
    assert AuditEvent.objects.get(verb="export").changes["file"] == [None, "csv"]
    assert manager.get(file.replace("csv", "exe")).status_code == 404
    assert signed_in(web, account("front_desk")).get(file).status_code == 403


def test_deleting_is_asked_in_words_and_leads_back_to_the_day(manager, machine):
    session = on(machine, "Ada")
    delete = reverse("admin:training_trainingsession_delete", args=[session.pk])

    page = manager.get(delete).content.decode()
    assert ("entered by mistake" in page, "Are you sure" in page, "Ada Haddad" in page) == (True, False, True)
    gone = manager.post(delete, {"post": "yes"})

    assert (gone.status_code, gone["Location"]) == (302, "/admin/training/day/?day=2026-06-02")
    assert not TrainingSession.objects.exists()


def move(browser, sessions, to):
    """Move what has begun by now, whenever that is."""
    data = {"action": "move_selected", "_selected_action": [str(row.pk) for row in sessions], "index": "0"}
    data |= {"confirmed": "yes", "machine": str(getattr(to, "pk", to)), "past_because": "It was the other one"}
    return browser.post(reverse(LIST), data, follow=True)


def test_selected_sessions_move_and_those_that_clash_stay_and_are_named(manager, machine, other):
    on(other, "Dora")
    clashing, free = on(machine, "Ada"), on(machine, "Bea", AT + HALF_HOUR)
    asked = manager.post(reverse(LIST), {"action": "move_selected", "_selected_action": [str(free.pk)], "index": "0"})
    text = " ".join(asked.content.decode().split())
    offered = [f'<option value="{each.pk}">{each}</option>' in text for each in (machine, other)]
    assert (offered, "<li>Tue 2 Jun 2026, 08:30-09:00, Bea Haddad, Left</li>" in text) == ([False, True], True)
    assert ("1 of them has begun, or is over." in text, 'name="past_because"' in text) == (True, True)

    page = move(manager, [clashing, free], other).content.decode()

    assert "1 session is on Right now." in page
    assert "Ada Haddad" in page
    assert "Right is taken at that time: Dora Haddad, Right" in page
    assert set(TrainingSession.objects.filter(machine=machine)) == {clashing}


def test_the_past_stays_for_who_may_not_correct_it(web, machine, other):
    past, ahead = on(machine, "Ada"), on(machine, "Bea", timezone.now() + timedelta(days=2))
    clerk = signed_in(web, account("front_desk"))
    chosen = {"action": "move_selected", "_selected_action": [str(past.pk), str(ahead.pk)], "index": "0"}
    asked = clerk.post(reverse(LIST), chosen).content.decode()
    assert ("only a manager says anew" in asked, 'name="past_because"' in asked) == (True, False)

    page = move(clerk, [past, ahead], other).content.decode()

    assert ("1 session is on Right now." in page, "It moves only to put the record right." in page) == (True, True)
    assert list(TrainingSession.objects.filter(machine=other)) == [ahead]


@pytest.mark.parametrize("key", ["", "x", "00000000-0000-4000-8000-000000000001"])
def test_move_to_no_machine_moves_nothing(key, manager, machine, other):
    session = on(machine, "Ada")

    refused = move(manager, [session], key)

    page = refused.content.decode()
    assert (refused.status_code, "Choose a machine." in page) == (400, True)
    assert f'name="_selected_action" value="{session.pk}"' in page
    assert TrainingSession.objects.get().machine == machine


def test_who_may_only_look_moves_nothing(web, machine, other):
    session = on(machine, "Ada")
    reader = signed_in(web, account("read_only"))

    page = move(reader, [session], other)

    assert (page.status_code, TrainingSession.objects.get().machine) == (200, machine)
    assert "move_selected" not in reader.get(reverse(LIST)).content.decode()


def test_machine_with_sessions_is_emptied_before_it_is_deleted(manager, machine, other):
    past = [on(machine, "Ada"), on(machine, "Bea", NOW - timedelta(days=9), status="completed")]
    delete = reverse("admin:training_machine_delete", args=[machine.pk])

    why = "2 sessions are kept on Left. Move them to another machine first, or retire this one instead of deleting it."
    assert why in manager.get(delete).content.decode()
    refused = manager.post(delete, {"post": "yes"})
    assert (refused.status_code, why in refused.content.decode()) == (409, True)
    page = manager.get(reverse("admin:training_machine_change", args=[machine.pk])).content.decode()
    empty = reverse("admin:training_machine_empty", args=[machine.pk])
    assert (empty in page, reverse("admin:training_machine_retire", args=[machine.pk]) in page) == (False, True)

    moved = move(manager, past, other)
    assert "2 sessions are on Right now." in moved.content.decode()
    manager.post(delete, {"post": "yes"})
    assert not Machine.objects.filter(pk=machine.pk).exists()
    assert TrainingSession.objects.filter(machine=other).count() == 2


@pytest.mark.parametrize(("role", "sees_member"), [("front_desk", True), ("engineer", False)])
def test_page_of_a_session_tells_it_in_words_and_leads_to_whom_members_are_shown(web, machine, role, sees_member):
    session = on(machine, "Ada", status="cancelled", cancellation_reason="Ill", cancelled_at=NOW)

    browser = signed_in(web, account(role))
    page = browser.get(reverse("admin:training_trainingsession_change", args=[session.pk])).content.decode()

    assert [each for each in ("Ada Haddad", "Tue 2 Jun 2026, 08:00-08:30", "Ill", "Left") if each not in page] == []
    assert (reverse("admin:training_member_profile", args=[session.member_id]) in page) is sees_member


def test_history_of_a_session_names_what_it_says_by_key(manager, machine, other, ada, trainer):
    SessionType.objects.update(takes_credit=False)
    session = TrainingSessionFactory(machine=machine, member=None)
    bookings.put_member_on(session=session, member=ada, actor=None, now=NOW)
    bookings.assign_trainer(session=session, trainer=trainer, actor=None, now=NOW)
    bookings.change_session(session=session, machine=other, actor=None, now=NOW)
    audit.record(verb="note", subject=session, actor=None, now=NOW, changes={"machine": (None, "no key at all")})
    audit.record(verb="delete", subject=trainer, actor=None, now=NOW)
    trainer.delete()

    page = manager.get(reverse("admin:training_trainingsession_history", args=[session.pk])).content.decode()

    for name in ("Ada Morel", "Left", "Right", "no key at all", "Theo Rossi (deleted)"):
        assert name in page
    assert str(machine.pk) not in page


def test_a_form_that_is_out_of_date_moves_no_session_back(manager, machine, other, ada):
    start = (timezone.now() + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
    session = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=start)
    page = reverse("admin:training_trainingsession_move", args=[session.pk])
    seen = manager.get(page)
    told = seen.context["form"].initial
    stale = {name: told[name] for name in ("day", "start", "end", "machine")}
    stale |= {"seen_at": re.search(r'name="seen_at" value="([^"]+)"', seen.content.decode())[1], "notes": "Shoes"}
    bookings.change_session(session=session, machine=other, notes="Knee", actor=None, now=NOW)

    refused = manager.post(page, stale)

    session.refresh_from_db()
    assert (refused.status_code, session.machine, session.notes) == (409, other, "Knee")
    text = refused.content.decode()
    assert ("Now it is on Right: " in text, "Notes: Knee" in text, "Shoes" in text) == (True, True, True)
    again = {**stale, "seen_at": re.search(r'name="seen_at" value="([^"]+)"', text)[1]}
    assert manager.post(page, again).status_code == 302
    session.refresh_from_db()
    assert (session.machine, session.notes) == (machine, "Shoes")


def boxes(page):
    """Return what the form's boxes of the time would send, with what they were shown with."""
    names = r"(?:initial-)?(?:day|start|last_day|end)"
    tags = re.findall(r"<input[^>]*>", page)
    found = {}
    for tag in tags:
        if name := re.search(rf'name="({names})"', tag):
            value = re.search(r'value="([^"]*)"', tag)
            found[name[1]] = value[1] if value else ""
    return found


@pytest.mark.parametrize("day", [3, 4])
def test_another_start_keeps_the_length_while_the_end_is_left_alone(manager, machine, other, ada, day):
    zone = ZoneInfo("Europe/Paris")
    wall = (timezone.now().astimezone(zone) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
    session = TrainingSessionFactory(machine=machine, member=ada, scheduled_start=wall.astimezone(UTC))
    taken = TrainingSessionFactory(
        machine=machine, scheduled_start=(wall + timedelta(days=day - 3, hours=5)).astimezone(UTC)
    )
    page = reverse("admin:training_trainingsession_move", args=[session.pk])
    shown = boxes(manager.get(page).content.decode())
    to = wall + timedelta(days=day - 3, hours=5)
    form = {**shown, "machine": machine.pk, "notes": "", "day": f"{to:%Y-%m-%d}", "start": "15:00"}

    refused = manager.post(page, form)
    text = refused.content.decode()
    offers = re.findall(r'name="alternative" value="[^|]+[|]([^|]+)[|]([^"]+)"', text)
    lengths = {datetime.fromisoformat(end) - datetime.fromisoformat(start) for start, end in offers}
    assert (refused.status_code, lengths, "keeps its 30 minutes" in text) == (409, {timedelta(minutes=30)}, True)
    taken.delete()
    assert manager.post(page, form | boxes(text)).status_code == 302

    session.refresh_from_db()
    assert (session.scheduled_start, session.scheduled_end) == (to, to + timedelta(minutes=30))
    shown = boxes(manager.get(page).content.decode())
    longer = {**shown, "machine": machine.pk, "notes": "", "start": "14:30", "end": "16:00"}
    assert manager.post(page, longer).status_code == 302
    session.refresh_from_db()
    assert session.scheduled_end - session.scheduled_start == timedelta(minutes=90)
