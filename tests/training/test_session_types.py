"""Session types: eight codes with their rules as data, edited but neither added nor deleted."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from studio.accounts.models import AuditEvent
from studio.office.models import StudioProfile
from tests.factories import NOW
from tests.staff import account, signed_in
from tests.training_factories import HALF_HOUR, TrainingSessionFactory
from training.models import SessionType
from training.services import bookings, slots
from training.services.session_types import seed_session_types

pytestmark = pytest.mark.django_db
RULES = ("code", "attendee", "takes_credit", "counts_in_cap", "skips_cap", "billed_apart")
SEEDED = [
    ("trial", "trial", False, True, False, False),
    ("member", "full", True, True, False, False),
    ("contractual", "trial", False, True, False, False),
    ("makeup", "full", True, True, True, False),
    ("multi_site", "guest", False, True, False, False),
    ("collaboration", "collaboration", False, True, False, False),
    ("non_bookable", "nobody", False, False, False, False),
    ("outage", "nobody", False, False, False, False),
]
ADDRESS = "/admin/training/sessiontype/"


@pytest.fixture(autouse=True)
def _seeded(studio):
    """A test that commits is followed by a flush, which takes the seeds along."""
    seed_session_types()


def test_new_studio_has_the_eight_types_with_their_rules():
    assert list(SessionType.objects.order_by("position").values_list(*RULES)) == SEEDED
    assert len(set(SessionType.objects.values_list("colour", flat=True))) == 8


@pytest.mark.parametrize(
    ("code", "wrong", "constraint"),
    [
        ("member", {"attendee": "everybody"}, "session_types_attendee_known"),
        ("trial", {"attendee": "guest"}, "session_types_guests_are_multi_site"),
        ("outage", {"takes_credit": True}, "session_types_credit_of_a_member"),
        ("outage", {"billed_apart": True}, "session_types_billed_to_somebody"),
        ("outage", {"attendee": "anyone"}, "session_types_outage_of_nobody"),
        ("outage", {"counts_in_cap": True}, "session_types_outage_of_nobody"),
        ("member", {"colour": "green"}, "session_types_colour_hex"),
        ("member", {"name": ""}, "session_types_name_given"),
        ("member", {"code": "trial"}, "session_types_code_once"),
    ],
)
def test_table_refuses_rules_that_contradict(code, wrong, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SessionType.objects.filter(code=code).update(**wrong)


def test_manager_names_and_rules_a_type_and_its_code_stays(web):
    browser = signed_in(web, account("manager"))
    makeup = SessionType.objects.get(code="makeup")
    typed = {"name": "Goodwill", "colour": "#0f766e", "position": 4, "attendee": "anyone", "is_active": "on"}

    answer = browser.post(f"{ADDRESS}{makeup.pk}/change/", {**typed, "counts_in_cap": "on", "code": "another"})

    assert answer.status_code == 302
    makeup.refresh_from_db()
    assert (makeup.name, makeup.code, makeup.attendee, makeup.takes_credit, makeup.skips_cap) == (
        "Goodwill",
        "makeup",
        "anyone",
        False,
        False,
    )
    assert AuditEvent.objects.filter(verb="change", object_id=str(makeup.pk)).get().changes["name"] == [
        "Make-up",
        "Goodwill",
    ]


def test_contradiction_comes_back_as_a_sentence_and_keeps_what_was_typed(web):
    browser = signed_in(web, account("manager"))
    outage = SessionType.objects.get(code="outage")
    typed = {"name": "Repair", "colour": "#64748b", "position": 8, "attendee": "nobody", "takes_credit": "on"}

    page = browser.post(f"{ADDRESS}{outage.pk}/change/", typed).content.decode()

    assert "Only a member&#x27;s session can take a credit." in page
    assert 'value="Repair"' in page


@pytest.mark.parametrize(
    ("role", "changes"), [("owner", 200), ("manager", 200), ("front_desk", 403), ("trainer", 403), ("read_only", 403)]
)
def test_only_managers_rule_and_nobody_adds_or_deletes(web, role, changes):
    browser = signed_in(web, account(role))
    key = SessionType.objects.get(code="member").pk

    assert browser.get(ADDRESS).status_code == 200
    answer = browser.post(f"{ADDRESS}{key}/change/", {})
    assert (answer.status_code, browser.get(f"{ADDRESS}add/").status_code) == (changes, 403)
    assert browser.post(f"{ADDRESS}{key}/delete/", {"post": "yes"}).status_code == 403


def test_a_make_up_beyond_the_limit_becomes_a_usual_session_only_where_the_week_has_room(ada, machine):
    SessionType.objects.update(takes_credit=False)
    StudioProfile.objects.update(weekly_session_cap=1)
    makeup, usual = (SessionType.objects.get(code=code) for code in ("makeup", "member"))
    start = NOW + timedelta(days=1, hours=4)
    slot = {"machine": machine, "scheduled_start": start, "scheduled_end": start + HALF_HOUR}
    there = TrainingSessionFactory(scheduled_start=start)
    beyond = bookings.book_session(member=ada, session_type=makeup, actor=None, now=NOW, **slot)

    with pytest.raises(slots.WeekFull, match="2 of 1 sessions"):
        bookings.change_session(session=beyond, session_type=usual, actor=None, now=NOW)
    bookings.cancel_session(session=there, reason="Ill", actor=None, now=NOW)
    changed = bookings.change_session(session=beyond, session_type=usual, actor=None, now=NOW)

    assert changed.session_type == usual
