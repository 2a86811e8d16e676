"""Booking out of the grid: one form with and without scripts, which loses nothing that was typed."""

import html
import re
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from sessions_app.services.opening_hours import add_closure
from studio.office.models import StudioProfile
from tests.staff import account, signed_in
from tests.training_factories import MemberFactory, TrainingSessionFactory
from training.models import Member, SessionType, TrainingSession
from training.services import machines

pytestmark = pytest.mark.django_db
BOOK, MEMBERS = "/admin/training/book/", "/admin/training/book/members/"
PARIS = ZoneInfo("Europe/Paris")
HALF_HOUR = timedelta(minutes=30)
PART = {"HX-Request": "true"}
TRIAL = {
    "first_name": "Nina",
    "last_name": "Neu",
    "phone": "+33 6 12 34 56 78",
    "email": "Nina@Example.org",
    "gender": "female",
    "referral_source": "instagram",
}


@pytest.fixture
def tomorrow():
    """10:00 in Paris on the day after today."""
    day = timezone.now().astimezone(PARIS) + timedelta(days=1)
    return day.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)


@pytest.fixture
def desk_browser(web):
    return signed_in(web, account("front_desk"))


@pytest.fixture
def typed(machine, tomorrow):
    """Return a function that makes what stands in the form, a free session unless told otherwise."""

    def make(**given):
        form = {
            "session_type": "collaboration",
            "machine": str(machine.pk),
            "start": tomorrow.isoformat(),
            "length": 30,
        }
        return form | given

    return make


def said(answer):
    """Return the sentences of a refused form."""
    found = re.search(r"data-refused>(.*?)</div>", answer.content.decode(), re.DOTALL)
    return [html.unescape(each) for each in re.findall("<p>(.*?)</p>", found[1])] if found else []


def choices(page):
    """Return the members to choose from, nobody among them, each with whether it is chosen."""
    found = re.findall(r'name="member" value="([^"]*)"( checked)?', page)
    return [(key, bool(checked)) for key, checked in found]


@pytest.fixture
def mona():
    return MemberFactory(first_name="Mona", last_name="Lenoir", email="mona@mail.example", member_type="collaboration")


def test_link_of_a_slot_fills_the_form(desk_browser, machine, tomorrow):
    page = desk_browser.get(BOOK, {"machine": machine.pk, "start": tomorrow.isoformat()}).content.decode()

    assert f'<option value="{machine.pk}" selected>Left</option>' in page
    assert f'<option value="{tomorrow.isoformat()}" selected>10:00</option>' in page
    assert re.findall(r'name="length" value="(\d+)"[^>]*checked', page) == ["30"]
    assert re.findall(r'name="session_type" value="(\w+)"[^>]*checked', page) == ["member"]
    assert 'value="outage"' not in page


def test_form_is_sent_by_script_only_where_its_panel_is(desk_browser, machine, tomorrow):
    asked = {"machine": machine.pk, "start": tomorrow.isoformat()}

    pages = [desk_browser.get(BOOK, asked, headers=headers).content.decode() for headers in ({}, PART)]

    assert ["hx-post" in page for page in pages] == [False, True]


def test_day_of_which_no_time_is_left_says_so_and_offers_no_button(desk_browser, typed, tomorrow):
    past = (tomorrow - timedelta(days=9)).isoformat()

    for answer in (desk_browser.get(BOOK, {"start": past}), desk_browser.post(BOOK, typed(start=past))):
        assert said(answer)[0] == "No time of this day can be chosen any more: it is past, or the studio is closed."
        page = answer.content.decode()
        assert ('name="confirmed"' in page, "/admin/training/enter/?start=" in page) == (False, True)
    assert 'name="confirmed"' in desk_browser.get(BOOK, {"start": tomorrow.isoformat()}).content.decode()


@pytest.mark.parametrize("headers", [{}, PART], ids=["plain", "htmx"])
def test_one_click_books_and_leads_back_to_the_slot(desk_browser, typed, mona, trainer, machine, tomorrow, headers):
    form = typed(member=str(mona.pk), trainer=str(trainer.pk), length=60, notes="First time")

    answer = desk_browser.post(BOOK, form, headers=headers)

    session = TrainingSession.objects.get()
    facts = (session.member, session.trainer, session.machine, session.scheduled_start, session.notes)
    assert facts == (mona, trainer, machine, tomorrow, "First time")
    assert session.scheduled_end == tomorrow + timedelta(hours=1)
    address = answer["HX-Redirect"] if headers else answer["Location"]
    assert address == f"/admin/training/day/?day={tomorrow.astimezone(PARIS):%Y-%m-%d}&shown={session.pk}"
    page = html.unescape(desk_browser.get(address).content.decode())
    assert f'data-shown="{session.pk}"' in page
    assert "Mona Lenoir is booked on Left:" in page


@pytest.mark.parametrize("headers", [{}, PART], ids=["plain", "htmx"])
def test_taken_slot_is_a_sentence_with_alternatives_and_keeps_what_was_typed(
    desk_browser, only_two, typed, mona, tomorrow, headers
):
    left, right = only_two
    TrainingSessionFactory(
        machine=left, member=MemberFactory(first_name="Ada", last_name="Morel"), scheduled_start=tomorrow
    )

    answer = desk_browser.post(BOOK, typed(member=str(mona.pk), q="mona", notes="Bring shoes"), headers=headers)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert said(answer)[0].startswith("Left is taken at that time: Ada Morel")
    assert ("Bring shoes" in page, 'value="mona"' in page, f'value="{mona.pk}" checked' in page) == (True, True, True)
    assert TrainingSession.objects.count() == 1
    offered = re.findall(r'name="alternative" value="([^"]+)"', page)
    assert offered[0] == f"{right.pk}|{tomorrow.isoformat()}"

    chosen = desk_browser.post(
        BOOK, typed(member=str(mona.pk), notes="Bring shoes", alternative=offered[0]), headers=headers
    )
    assert chosen.status_code == 200
    assert f'<option value="{right.pk}" selected>Right</option>' in chosen.content.decode()
    assert TrainingSession.objects.count() == 1


def test_alternative_on_another_day_is_booked_on_that_day(desk_browser, only_two, typed, mona, tomorrow):
    closed = tomorrow.astimezone(PARIS).date()
    today = closed - timedelta(days=1)
    add_closure(starts_on=today, ends_on=closed, reason="Inventory", actor=None, now=timezone.now())
    refused = desk_browser.post(BOOK, typed(member=str(mona.pk))).content.decode()
    machine, start = re.search(r'name="alternative" value="([^"|]+)\|([^"]+)"', refused).groups()

    filled = desk_browser.post(BOOK, typed(member=str(mona.pk), alternative=f"{machine}|{start}")).content.decode()
    shown = re.search(r'<option value="([^"]+)" selected>\d\d:\d\d', filled)
    desk_browser.post(BOOK, typed(member=str(mona.pk), machine=machine, start=shown[1]))

    booked = TrainingSession.objects.get().scheduled_start
    assert (booked.isoformat(), booked.astimezone(PARIS).date()) == (start, closed + timedelta(days=1))


@pytest.mark.parametrize("words", ["mona", "LENOIR mo", "mona@mail", "L\N{LATIN SMALL LETTER E WITH ACUTE}noir"])
def test_member_is_found_by_part_of_the_name_or_the_address(desk_browser, mona, words):
    MemberFactory(first_name="Rita", last_name="Autre", email="rita@mail.example")

    page = desk_browser.get(MEMBERS, {"q": words}).content.decode()

    assert re.findall(r'class="found-name">([^<]+)<', page) == ["Mona Lenoir"]


def test_member_is_found_by_telephone_however_it_is_grouped_and_the_chosen_one_stays(desk_browser, mona):
    rita = MemberFactory(first_name="Rita", last_name="Autre", phone="+33 6 99 88 77 66")

    page = desk_browser.get(MEMBERS, {"q": "06.99.88.77.66"[1:], "member": str(mona.pk)}).content.decode()

    assert choices(page) == [("", False), (str(mona.pk), True), (str(rita.pk), False)]
    assert "Nobody is called so" in desk_browser.get(MEMBERS, {"q": "zzz"}).content.decode()


def test_without_scripts_the_form_finds_members_and_books_nothing(desk_browser, typed, mona):
    answer = desk_browser.post(BOOK, typed(q="lenoir", notes="Later", find="1"))

    page = answer.content.decode()
    assert (answer.status_code, said(answer), TrainingSession.objects.count()) == (200, [], 0)
    assert choices(page) == [("", True), (str(mona.pk), False)]
    assert "Later" in page


def test_enter_in_the_search_box_looks_for_members_first(desk_browser, typed, mona):
    answer = desk_browser.post(BOOK, typed(q="lenoir"))

    assert (answer.status_code, said(answer)) == (200, [])
    assert choices(answer.content.decode()) == [("", True), (str(mona.pk), False)]


@pytest.mark.parametrize("headers", [{}, PART], ids=["plain", "htmx"])
@pytest.mark.parametrize(
    ("session_type", "sentence"),
    [
        ("collaboration", "Nobody is chosen. Choose the member below; for somebody new choose the type Trial first."),
        ("trial", "Nobody is chosen. Choose the member below, or fill in somebody new."),
    ],
)
def test_booking_with_a_name_typed_and_nobody_chosen_says_what_to_do(
    desk_browser, typed, mona, session_type, sentence, headers
):
    form = typed(q="lenoir", session_type=session_type, notes="Later", confirmed="1")
    answer = desk_browser.post(BOOK, form, headers=headers)

    page = answer.content.decode()
    assert (answer.status_code, said(answer), TrainingSession.objects.count()) == (400, [sentence], 0)
    assert choices(page) == [("", True), (str(mona.pk), False)]
    assert ('value="lenoir"' in page, "Later" in page, 'name="confirmed"' in page) == (True, True, True)
    assert re.search('name="first_name" value=', page) is None  # somebody who is known is not made anew


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ("Zelda Phoneperson", {"first_name": "Zelda", "last_name": "Phoneperson"}),
        ("+33 6 99 88 77 66", {"phone": "+33 6 99 88 77 66"}),
        ("zelda@example.org", {"email": "zelda@example.org"}),
    ],
)
@pytest.mark.parametrize("session_type", ["collaboration", "trial"])
def test_words_that_find_nobody_stand_in_the_facts_of_somebody_new(
    desk_browser, typed, mona, words, facts, session_type
):
    answer = desk_browser.post(BOOK, typed(q=words, session_type=session_type, confirmed="1"))

    page = html.unescape(answer.content.decode())
    sentence = {"collaboration": "Nobody is chosen.", "trial": "A trial member needs these as well:"}[session_type]
    assert (answer.status_code, said(answer)[0].startswith(sentence), Member.objects.count()) == (400, True, 1)
    for name, value in facts.items():
        assert re.search(f'name="{name}" value="{re.escape(value)}"', page), name
    assert re.search('data-for="trial" open', page)
    rest = {name: value for name, value in TRIAL.items() if name not in facts}
    booked = desk_browser.post(BOOK, typed(q=words, session_type="trial", confirmed="1", **facts, **rest))
    assert (booked.status_code, TrainingSession.objects.get().member.first_name) == (
        *(302, facts.get("first_name", "Nina")),
    )


@pytest.mark.parametrize("headers", [{}, PART], ids=["plain", "htmx"])
def test_a_search_that_finds_nobody_offers_to_write_somebody_new_down(desk_browser, typed, mona, headers):
    found = desk_browser.get(MEMBERS, {"q": "Zelda Phoneperson"}, headers=headers).content.decode()
    assert ('name="new"' in found, 'name="new"' in desk_browser.get(MEMBERS, {"q": "mona"}).content.decode()) == (
        *(True, False),
    )

    answer = desk_browser.post(BOOK, typed(q="Zelda Phoneperson", member=str(mona.pk), new="1"), headers=headers)

    page = answer.content.decode()
    assert (answer.status_code, said(answer), Member.objects.count()) == (200, [], 1)
    assert re.search(r'name="session_type" value="trial"[^>]*checked', page)
    for name, value in (("first_name", "Zelda"), ("last_name", "Phoneperson")):
        assert re.search(f'name="{name}" value="{value}"', page), name
    SessionType.objects.filter(code="trial").update(is_active=False)
    assert 'name="new"' not in desk_browser.get(MEMBERS, {"q": "Zelda Phoneperson"}).content.decode()


def test_who_has_no_plan_is_refused_with_the_way_to_one(desk_browser, typed):
    ada = MemberFactory(first_name="Ada")

    answer = desk_browser.post(BOOK, typed(session_type="member", member=str(ada.pk), confirmed="1"))

    link = f"/admin/training/subscription/add/?member={ada.pk}"
    assert (answer.status_code, "has no active subscription" in said(answer)[0]) == (409, True)
    assert f'href="{link}"' in html.unescape(answer.content.decode())


def test_the_only_one_found_is_not_chosen_until_somebody_does_and_can_be_let_go(desk_browser, mona):
    found, chosen = (
        desk_browser.get(MEMBERS, {"q": "mona", "member": key}).content.decode() for key in ("", str(mona.pk))
    )

    assert choices(found) == [("", True), (str(mona.pk), False)]
    assert choices(chosen) == [("", False), (str(mona.pk), True)]


def test_trial_for_a_chosen_member_and_somebody_new_at_once_is_refused_and_keeps_both(desk_browser, typed, mona):
    answer = desk_browser.post(BOOK, typed(session_type="trial", member=str(mona.pk), q="mona", **TRIAL))

    assert (answer.status_code, TrainingSession.objects.count()) == (400, 0)
    assert said(answer) == [
        "Mona Lenoir is chosen, and facts of somebody new are filled in: choose nobody, or empty them."
    ]
    page = answer.content.decode()
    assert ('value="Nina"' in page, choices(page)) == (True, [("", False), (str(mona.pk), True)])


def test_trial_makes_the_member_with_the_session_or_neither(desk_browser, typed, machine, tomorrow):
    form = typed(session_type="trial", **TRIAL)
    TrainingSessionFactory(machine=machine, scheduled_start=tomorrow)

    refused = desk_browser.post(BOOK, form)
    assert (refused.status_code, Member.objects.filter(email="nina@example.org").count()) == (409, 0)
    assert 'value="Nina"' in refused.content.decode()
    booked = desk_browser.post(BOOK, form | {"start": (tomorrow + HALF_HOUR).isoformat()})
    nina = Member.objects.get(email="nina@example.org")
    assert (booked.status_code, nina.member_type, nina.status) == (302, "trial", "pending")
    assert TrainingSession.objects.get(member=nina).session_type_id == "trial"

    again = desk_browser.post(BOOK, form | {"start": (tomorrow + 2 * HALF_HOUR).isoformat()})
    assert again.status_code == 409
    assert "nina@example.org already" in said(again)[0]


def test_trial_lacking_a_fact_says_which(desk_browser, typed):
    answer = desk_browser.post(BOOK, typed(session_type="trial", **TRIAL | {"phone": "", "gender": ""}))

    assert (answer.status_code, TrainingSession.objects.count()) == (400, 0)
    assert said(answer) == ["A trial member needs these as well: Phone, Gender."]


def test_guest_and_kept_free_slots_take_what_is_theirs_and_nothing_else(desk_browser, typed, mona, tomorrow):
    guest = {"guest_first_name": "Gus", "guest_last_name": "Guest", "guest_gym_name": "Lyon"}
    also = {"member": str(mona.pk), **TRIAL}

    desk_browser.post(BOOK, typed(session_type="multi_site", **guest, **also))
    desk_browser.post(
        BOOK, typed(session_type="non_bookable", start=(tomorrow + HALF_HOUR).isoformat(), **guest, **also)
    )

    rows = TrainingSession.objects.order_by("scheduled_start").values_list(
        "session_type_id", "member", "guest_last_name"
    )
    assert list(rows) == [("multi_site", None, "Guest"), ("non_bookable", None, "")]


def test_full_week_is_exceeded_by_a_manager_with_a_reason_only(web, typed, machine, mona, tomorrow):
    StudioProfile.objects.update(weekly_session_cap=1)
    TrainingSessionFactory(machine=machine, scheduled_start=tomorrow + 4 * HALF_HOUR)
    form = typed(member=str(mona.pk))

    desk = signed_in(web, account("front_desk"))
    refused = desk.post(BOOK, form | {"over_cap_because": "please"})
    assert (refused.status_code, TrainingSession.objects.count()) == (403, 1)
    plain = desk.post(BOOK, form)
    assert (plain.status_code, 'name="over_cap_because"' in plain.content.decode()) == (409, False)

    manager = signed_in(web, account("manager"))
    asked = manager.post(BOOK, form)
    assert 'name="over_cap_because"' in asked.content.decode()
    assert manager.post(BOOK, form | {"over_cap_because": "Her only free day"}).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"machine": "x' OR 1=1"}, 400),
        ({"machine": "00000000-0000-4000-8000-000000000000"}, 400),
        ({"start": "soon"}, 400),
        ({"start": "2001-01-01T10:00:00+00:00"}, 400),
        ({"start": "0001-01-01T00:00:00+00:00"}, 400),
        ({"start": "0001-01-01T00:00:00+14:00"}, 400),
        ({"start": "9999-12-31T23:59:59-12:00"}, 400),
        ({"start": "9999-12-31T23:59:59+00:00"}, 400),
        ({"length": "14"}, 400),
        ({"length": "9999999999"}, 400),
        ({"session_type": "outage"}, 400),
        ({"session_type": "<script>"}, 400),
        ({"member": "00000000-0000-4000-8000-000000000000"}, 400),
        ({"member": "", "q": ""}, 400),
        ({"notes": "n" * 4001}, 400),
        ({"trainer": "nobody"}, 400),
    ],
)
def test_bad_input_is_a_sentence_and_writes_nothing(desk_browser, typed, mona, wrong, status):
    answer = desk_browser.post(BOOK, typed(member=str(mona.pk)) | wrong)

    assert (answer.status_code, bool(said(answer)), TrainingSession.objects.count()) == (status, True, 0)


def test_two_members_are_one_too_many(desk_browser, typed, mona):
    other = MemberFactory(member_type="collaboration")

    answer = desk_browser.post(BOOK, typed(member=[str(mona.pk), str(other.pk)]))

    assert (answer.status_code, said(answer), TrainingSession.objects.count()) == (
        *(400, ["Member: A session has one member. Book another one for the other."]),
        0,
    )


def test_machine_switched_off_meanwhile_is_refused_with_another(desk_browser, only_two, typed, mona):
    left, right = only_two
    machines.change_machine(machine=left, is_available=False, actor=None, now=timezone.now())

    answer = desk_browser.post(BOOK, typed(member=str(mona.pk)))

    assert (answer.status_code, said(answer)) == (409, ["Left is switched off."])
    assert f'value="{right.pk}|' in answer.content.decode()


@pytest.mark.parametrize("role", ["read_only", "accountant", "engineer"])
def test_who_may_not_book_gets_neither_form_nor_members(web, role):
    browser = signed_in(web, account(role))

    assert {browser.get(BOOK).status_code, browser.post(BOOK).status_code, browser.get(MEMBERS).status_code} == {403}


def test_address_without_a_slot_still_has_a_form(desk_browser, machine):
    assert [
        desk_browser.get(BOOK, query).status_code for query in ({}, {"start": "x", "machine": "y", "member": "z"})
    ] == [
        200,
        200,
    ]
