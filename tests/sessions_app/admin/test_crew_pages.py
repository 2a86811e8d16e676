"""People and equipment on the pages of the back office: who is missing is named, and nothing is half written."""

import html
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from sessions_app.models import SessionAssignment, StudioSession
from sessions_app.services import absences, assignments, maintenance
from tests.factories import (
    ClientFactory,
    EquipmentFactory,
    MusicianFactory,
    ProjectFactory,
    RoomFactory,
    SessionFactory,
    TrackFactory,
)
from tests.staff import account, signed_in

pytestmark = pytest.mark.django_db

SESSIONS = "/admin/sessions_app/studiosession/"
BOOK, FREE = f"{SESSIONS}add/", f"{SESSIONS}free/"
ASSIGNMENTS = "/admin/sessions_app/sessionassignment/"
ONE_PM = datetime(2090, 6, 6, 13, 0, tzinfo=UTC)  # 15:00 in Paris, a Tuesday
HOUR = timedelta(hours=1)


@pytest.fixture
def edith(studio):
    return account("engineer", "edith@studio.example")


@pytest.fixture
def microphone():
    return EquipmentFactory(name="U 87", daily_rate=Decimal(25))


@pytest.fixture
def taken(edith, client_):
    return SessionFactory(title="Drums", client=client_, starts_at=ONE_PM, engineers=[edith])


def typed(**changed):
    given = {"title": "Vocals", "kind": "studio", "booking_type": "hourly", "client": "", "project": "", "room": ""}
    times = {"day": "2090-06-06", "start": "15:00", "end": "18:00", "last_day": "", "notes": ""}
    return given | times | changed


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response):
    return html.unescape(response.content.decode())


# Booking ------------------------------------------------------------------------------------------


def test_books_with_everybody_and_everything(office, room, edith, microphone):
    singer = MusicianFactory(name="Ada Alt")

    office.post(BOOK, typed(room=room.pk, engineers=[edith.pk], talents=[singer.pk], equipment=[microphone.pk]))

    assert sorted(StudioSession.objects.get().assignments.values_list("label", flat=True)) == [
        "Ada Alt",
        "Engineer <edith@studio.example>",
        "U 87",
    ]


def test_who_is_missing_is_named_and_nothing_is_booked_and_all_stays_typed(office, room, taken, edith, microphone):
    response = office.post(BOOK, typed(room=room.pk, engineers=[edith.pk], equipment=[microphone.pk]))

    assert response.status_code == 409
    sentence = "Engineer is in another session at that time. Drums, Mina Morel (Tue 6 Jun 2090, 15:00-17:00)"
    assert sentence in text(response)
    assert response.context["form"]["engineers"].value() == [edith.pk]
    assert f'<option value="{microphone.pk}" selected>U 87</option>' in text(response)
    assert StudioSession.objects.count() == 1


def test_an_alternative_keeps_the_crew_and_can_be_booked(office, room, taken, edith, microphone):
    asked = typed(room=room.pk, engineers=[edith.pk], equipment=[microphone.pk])
    offers = office.post(BOOK, asked).context["alternatives"]
    assert [offer["label"] for offer in offers] == [
        "Studio A: Tue 6 Jun 2090, 17:00-20:00",
        "Studio A: Tue 6 Jun 2090, 12:00-15:00",
        "Studio A: Tue 6 Jun 2090, 20:00-23:00",
    ]

    filled = office.post(BOOK, asked | {"alternative": offers[0]["value"]})
    initial = filled.context["form"].initial
    assert (initial["engineers"], initial["equipment"], initial["start"].hour) == ([edith.pk], [microphone.pk], 17)
    assert office.post(BOOK, asked | {"start": "17:00", "end": "20:00"}).status_code == 302


def test_the_live_answer_names_who_is_missing_and_who_is_there(office, room, taken, edith, microphone):
    asked = typed(room=room.pk, engineers=[edith.pk], equipment=[microphone.pk])

    assert "Engineer is in another session at that time. Drums" in text(office.get(FREE, asked))
    free = text(office.get(FREE, asked | {"start": "19:00", "end": "21:00"}))
    assert "Studio A is free: Tue 6 Jun 2090, 19:00-21:00." in free
    assert "So are: Engineer, U 87." in free


def test_the_live_answer_to_a_move_asks_for_the_crew_of_the_session(office, room, taken, edith):
    session = SessionFactory(room=room, starts_at=ONE_PM + 5 * HOUR, engineers=[edith])

    response = office.get(FREE, typed(room=room.pk, moving=session.pk))
    assert "Engineer is in another session at that time." in text(response)


@pytest.mark.parametrize("name", ["engineers", "talents", "equipment"])
@pytest.mark.parametrize("key", ["999999", "99999999999999999999999", "x", "-1", "'; --"])
def test_nobody_of_that_key_is_refused_on_the_form_and_left_out_of_the_answer(office, room, name, key):
    given = typed(room=room.pk, **{name: [key]})
    response = office.post(BOOK, given)

    assert response.status_code == 400
    assert office.get(BOOK, {name: key}).status_code == 200
    assert "Studio A is free" in text(office.get(FREE, given))
    assert StudioSession.objects.count() == 0


def test_a_link_fills_in_who_works(office, edith):
    response = office.get(BOOK, {"engineers": edith.pk, "day": "2090-06-06"})

    assert response.context["form"].initial["engineers"] == [edith.pk]


# The session's page -------------------------------------------------------------------------------


def test_somebody_is_put_on_a_session_and_taken_off(office, edith):
    session = SessionFactory(starts_at=ONE_PM)
    address = f"{SESSIONS}{session.pk}/assign/"

    response = office.post(address, {"engineer": edith.pk, "role": "assistant", "rate": "30.50"})
    row = session.assignments.get()
    assert told(response) == ["Engineer is on the session."]
    assert (row.engineer, row.role, row.rate) == (edith, "assistant", Decimal("30.50"))
    page = text(office.get(f"{SESSIONS}{session.pk}/change/"))
    assert 'class="crew-who">Engineer<' in page
    office.post(f"{ASSIGNMENTS}{row.pk}/delete/", {"post": "yes"})
    assert not session.assignments.exists()


def test_who_is_elsewhere_is_refused_with_where(office, taken, edith):
    session = SessionFactory(starts_at=ONE_PM)

    response = office.post(f"{SESSIONS}{session.pk}/assign/", {"engineer": edith.pk, "role": "assistant"})
    assert response.status_code == 409
    assert "Engineer is in another session at that time. Drums, Mina Morel" in text(response)
    assert 'value="assistant"' in text(response)


@pytest.mark.parametrize(
    "given",
    [{}, {"rate": "-1"}, {"rate": "x"}, {"engineer": "nobody"}, {"talent": "9" * 30}, {"equipment": "x"}],
    ids=["nobody", "negative rate", "no number", "unknown engineer", "unknown talent", "unknown equipment"],
)
def test_what_is_not_one_member_is_refused(office, given):
    session = SessionFactory(starts_at=ONE_PM)

    assert office.post(f"{SESSIONS}{session.pk}/assign/", given).status_code == 400
    assert not session.assignments.exists()


def test_two_members_at_once_are_refused(office, edith, microphone):
    session = SessionFactory(starts_at=ONE_PM)

    response = office.post(f"{SESSIONS}{session.pk}/assign/", {"engineer": edith.pk, "equipment": microphone.pk})
    assert (response.status_code, session.assignments.count()) == (400, 0)


def test_what_is_agreed_is_changed_and_leads_back_to_the_session(office, taken):
    row = taken.assignments.get()

    response = office.post(
        f"{ASSIGNMENTS}{row.pk}/change/", {"status": "confirmed", "role": "lead", "rate": "50", "notes": ""}
    )
    row.refresh_from_db()
    assert (row.status, row.role, row.rate) == ("confirmed", "lead", Decimal(50))
    assert response["Location"] == f"{SESSIONS}{taken.pk}/change/"


@pytest.mark.parametrize("count", [1, 3])
def test_the_session_page_asks_once_for_its_crew(office, django_assert_max_num_queries, count):
    session = SessionFactory(starts_at=ONE_PM, equipment=[EquipmentFactory() for _number in range(count)])
    office.get(f"{SESSIONS}{session.pk}/change/")

    with django_assert_max_num_queries(26):
        assert office.get(f"{SESSIONS}{session.pk}/change/").status_code == 200


def test_a_trainer_sees_the_sessions_that_name_them_and_no_others(web, taken):
    trainer = account("trainer")
    own = SessionFactory(title="Choir", starts_at=ONE_PM, engineers=[trainer])
    browser = signed_in(web, trainer)

    page = text(browser.get(SESSIONS))
    assert ("Choir" in page, "Drums" in page) == (True, False)
    assert browser.get(f"{SESSIONS}{own.pk}/change/").status_code == 200
    assert browser.get(f"{SESSIONS}{taken.pk}/change/").status_code == 302
    declined = own.assignments.get()
    assignments.change_assignment(assignment=declined, status="declined", actor=None, now=timezone.now())
    assert "Choir" not in text(browser.get(SESSIONS))


def test_a_trainer_sees_the_projects_they_work_for_without_the_money(web):
    trainer, client = account("trainer"), ClientFactory()
    own, other = (ProjectFactory(name=name, client=client, budget=Decimal("4321.98")) for name in ("Night", "Day"))
    SessionFactory(title="Choir", starts_at=ONE_PM, client=client, project=own, engineers=[trainer])
    SessionFactory(title="Brass", starts_at=ONE_PM, client=client, project=own)
    track = TrackFactory(project=own, title="Opener")
    browser, projects = signed_in(web, trainer), "/admin/sessions_app/project/"

    listed, page = text(browser.get(projects)), text(browser.get(f"{projects}{own.pk}/change/"))

    assert [name in listed for name in ("Night", "Day", "4321.98")] == [True, False, False]
    assert [name in page for name in ("Choir", "Opener", "Brass", "4321.98", "Budget")] == [True, True, *[False] * 3]
    assert browser.get(f"{projects}{other.pk}/change/").status_code == 302
    assert browser.get(f"/admin/sessions_app/track/{track.pk}/change/").status_code == 200
    assert "4321.98" in text(signed_in(web, account("owner")).get(f"{projects}{own.pk}/change/"))


# Equipment ----------------------------------------------------------------------------------------


def test_equipment_goes_to_maintenance_and_comes_back(office, microphone):
    address = f"/admin/sessions_app/equipment/{microphone.pk}/"
    wall = timezone.localtime(timezone.now() - HOUR)
    given = {"kind": "repair", "from_day": wall.date(), "from_time": f"{wall:%H:%M}", "done_by": "Amp Clinic"}

    assert office.post(f"{address}maintain/", given).status_code == 302
    assert "in maintenance" in text(office.get("/admin/sessions_app/equipment/?state=maintenance"))
    assert "Amp Clinic" in text(office.get(f"{address}change/"))
    response = office.post(f"{address}take-back/", {"cost": "80", "next_maintenance_on": "2091-01-01", "notes": ""})
    assert told(response)[-1] == "U 87 is back in service."
    assert microphone.services.get().cost == Decimal(80)


def test_maintenance_names_the_sessions_and_takes_off_those_that_are_ticked(office, microphone):
    first = SessionFactory(title="Drums", starts_at=ONE_PM, equipment=[microphone]).assignments.get()
    second = SessionFactory(title="Choir", starts_at=ONE_PM + 5 * HOUR, equipment=[microphone]).assignments.get()
    address = f"/admin/sessions_app/equipment/{microphone.pk}/maintain/"
    given = {"kind": "repair", "from_day": "2090-06-06", "from_time": "09:00", "notes": "Hum"}

    refused = office.post(address, given | {"released": [first.pk, "x", "9" * 30]})
    assert refused.status_code == 409
    page = text(refused)
    assert "U 87 is on 1 session in that time, and has to be taken off it first." in page
    assert f'name="released" value="{first.pk}" checked' in page
    assert f'name="released" value="{second.pk}"> Choir' in page
    assert "Hum" in page
    assert SessionAssignment.objects.count() == 2
    assert office.post(address, given | {"released": [first.pk, second.pk]}).status_code == 302
    assert not SessionAssignment.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"from_day": "2090-03-26", "from_time": "02:30"},
        {"to_day": "2090-06-07"},
        {"to_day": "2090-06-01", "to_time": "09:00"},
        {"from_day": "1066-10-14"},
        {"cost": "-1"},
        {"kind": "party"},
    ],
    ids=["skipped hour", "half an end", "backwards", "another millennium", "negative cost", "unknown kind"],
)
def test_impossible_maintenance_is_refused_with_what_was_typed(office, microphone, given):
    facts = {"kind": "repair", "from_day": "2090-06-06", "from_time": "09:00", "done_by": "Amp Clinic"} | given

    response = office.post(f"/admin/sessions_app/equipment/{microphone.pk}/maintain/", facts)
    assert response.status_code == 400
    assert 'value="Amp Clinic"' in text(response)
    assert not microphone.services.exists()


def test_an_entry_of_the_log_is_corrected_and_struck(office, microphone, owner):
    entry = maintenance.send_to_maintenance(
        equipment=microphone, starts_at=ONE_PM, ends_at=ONE_PM + HOUR, actor=None, now=timezone.now()
    )
    address = f"/admin/sessions_app/equipmentservice/{entry.pk}/"
    times = {"starts_at_0": "2090-06-06", "starts_at_1": "15:00:00", "ends_at_0": "2090-06-06", "ends_at_1": "17:00:00"}

    office.post(f"{address}change/", {"kind": "inspection", "done_by": "Us", "cost": "5", "notes": ""} | times)
    entry.refresh_from_db()
    assert (entry.kind, entry.cost, entry.ends_at) == ("inspection", Decimal(5), ONE_PM + 2 * HOUR)
    office.post(f"{address}delete/", {"post": "yes"})
    assert not microphone.services.exists()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("model", "queries"), [("equipment", 6), ("equipmentservice", 5), ("sessionassignment", 5), ("absence", 5)]
)
def test_lists_ask_as_often_for_many_rows_as_for_one(office, django_assert_num_queries, count, model, queries):
    for number in range(count):
        start = ONE_PM + number * 24 * HOUR
        item, person = EquipmentFactory(room=RoomFactory()), account("engineer", f"e{number}@studio.example")
        SessionFactory(starts_at=start, engineers=[person], equipment=[item])
        times = {"starts_at": start + 5 * HOUR, "ends_at": start + 6 * HOUR, "actor": None, "now": timezone.now()}
        maintenance.send_to_maintenance(equipment=item, **times)
        absences.add_absence(person=person, **times)
    address = f"/admin/sessions_app/{model}/"
    office.get(address)

    with django_assert_num_queries(queries):
        assert office.get(address).status_code == 200


# Absences -----------------------------------------------------------------------------------------

ABSENCES = "/admin/sessions_app/absence/"


def test_days_off_are_written_down_and_shown_as_days(office, edith):
    given = {"user": edith.pk, "day": "2090-06-06", "last_day": "2090-06-08", "kind": "leave"}
    response = office.post(f"{ABSENCES}add/", given)

    assert told(response) == ["Engineer is away: 6 Jun 2090 - 8 Jun 2090."]
    assert "6 Jun 2090 - 8 Jun 2090" in text(office.get(ABSENCES))


def test_hours_away_are_written_down_and_taken_back(office):
    singer = MusicianFactory(name="Ada Alt")
    given = {"talent": singer.pk, "day": "2090-06-06", "start": "15:00", "end": "17:00", "kind": "unavailable"}
    response = office.post(f"{ABSENCES}add/", given)

    absence = singer.absences.get()
    assert told(response) == ["Ada Alt is away: Tue 6 Jun 2090, 15:00-17:00."]
    assert (absence.starts_at, absence.ends_at) == (ONE_PM, ONE_PM + 2 * HOUR)
    office.post(f"{ABSENCES}{absence.pk}/delete/", {"post": "yes"})
    assert not singer.absences.exists()


def test_an_absence_names_the_sessions_and_takes_off_those_that_are_ticked(office, taken, edith):
    row = taken.assignments.get()
    given = {"user": edith.pk, "day": "2090-06-06", "kind": "leave", "notes": "Sea"}

    refused = office.post(f"{ABSENCES}add/", given)
    assert refused.status_code == 409
    assert f'name="released" value="{row.pk}"> Drums' in text(refused)
    assert 'value="Sea"' in text(refused)
    assert office.post(f"{ABSENCES}add/", given | {"released": row.pk}).status_code == 302
    assert not taken.assignments.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"user": ""},
        {"talent": "9" * 30},
        {"user": "nobody"},
        {"day": "2090-13-01"},
        {"last_day": "2090-06-01"},
        {"start": "15:00"},
        {"end": "15:00"},
        {"day": "2090-03-26", "start": "02:30", "end": "04:00"},
        {"kind": "hungover"},
    ],
    ids=["nobody", "unknown talent", "unknown account", "no day", "backwards", "no end", "no start", "skipped", "kind"],
)
def test_impossible_absences_are_refused(office, edith, given):
    facts = {"user": edith.pk, "day": "2090-06-06", "kind": "leave"} | given

    assert office.post(f"{ABSENCES}add/", facts).status_code == 400
    assert not office.get(ABSENCES).context["cl"].result_count


def test_an_engineer_writes_down_their_own_absence_only_and_sees_no_others(web, edith, owner):
    absences.add_absence(person=owner, starts_at=ONE_PM, ends_at=ONE_PM + HOUR, actor=None, now=timezone.now())
    browser = signed_in(web, edith)

    browser.post(f"{ABSENCES}add/", {"user": owner.pk, "day": "2090-06-07", "kind": "leave"})
    assert [row.user for row in browser.get(ABSENCES).context["cl"].queryset] == [edith]
