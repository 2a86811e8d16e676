"""What each role may do with members, and is shown of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from sessions_app.models import Client
from tests.membership_factories import SubscriptionFactory
from tests.staff import account, signed_in, studio_day
from tests.training.admin.member_pages import MEMBERS, NO_CONTACTS, RUNS, text
from tests.training_factories import CommentFactory
from training.models import EmergencyContact, Member
from training.services import members

ROLES = ("owner", "manager", "front_desk", "trainer", "accountant", "read_only")

pytestmark = pytest.mark.django_db


def statuses(browser, member):
    page = f"{MEMBERS}{member.pk}/"
    asked = {
        "list": browser.get(MEMBERS),
        "profile": browser.get(f"{page}profile/"),
        "change": browser.post(f"{page}change/", {}),
        "comment": browser.post(f"{page}comment/", {"body": "Hello"}),
        "checkup": browser.post(f"{page}checkup/", {"checked_on": "2026-06-01", "weight": "70"}),
        "status": browser.post(f"{page}status/", {"status": "active"}),
        "export": browser.get(f"{MEMBERS}export/csv/"),
        "dormant": browser.get(f"{RUNS}preview/"),
        "delete": browser.get(f"{page}delete/"),
    }
    for answer in asked.values():
        list(answer)  # a file is closed when it has been read
    return "".join("y" if answer.status_code != 403 else "-" for answer in asked.values())


@pytest.mark.parametrize(
    ("role", "may"),
    # list, profile, change, comment, checkup, status, export, dormant, delete
    [
        ("owner", "yyyyyyyyy"),
        ("manager", "yyyyyyyyy"),
        ("front_desk", "yyyyyy---"),
        ("trainer", "yyyyy----"),
        ("accountant", "yy-------"),
        ("read_only", "yy-------"),
        ("engineer", "---------"),
    ],
)
def test_what_each_role_may_do_with_members(web, mina, role, may):
    assert statuses(signed_in(web, account(role)), mina) == may


@pytest.mark.parametrize(("role", "made"), [("trainer", 0), ("front_desk", 1)])
def test_a_trainer_writes_down_no_collaboration(web, role, made):
    given = {"first_name": "Bea", "last_name": "Blanc", "training_preference": "mixed", **NO_CONTACTS}
    browser = signed_in(web, account(role))

    browser.post(f"{MEMBERS}add/", {**given, "member_type": "collaboration"})
    assert Member.objects.count() == made
    assert browser.post(f"{MEMBERS}add/", {**given, "member_type": "trial"}).status_code == 302


def test_what_each_role_is_shown_of_a_member(web, mina):
    ends_on = timezone.localdate() + timedelta(days=9)
    members.change_member(
        member=mina, partnership_company="Radio Nova", contract_ends_on=ends_on, actor=None, now=timezone.now()
    )
    SubscriptionFactory(member=mina, starts_on=studio_day())
    Member.objects.filter(pk=mina.pk).update(member_type="collaboration")
    CommentFactory(member=mina, body="Cries a lot", due_on=ends_on)
    EmergencyContact.objects.create(member=mina, name="Her mother", phone="0611")
    Client.objects.filter(pk=mina.client_id).update(balance_due=Decimal("765.43"))
    pages = (MEMBERS, *(f"{MEMBERS}{mina.pk}/{name}/" for name in ("profile", "change", "history")))
    words = ("Bad knee", "765.43", "Radio Nova", "contract ends", "Cries a lot", "Her mother", "10 of 10")
    shown = {}
    for role in ROLES:
        browser = signed_in(web, account(role))
        seen = " ".join(text(browser.get(page)) for page in pages)
        assert "Mina" in seen
        shown[role] = tuple(word in seen for word in words)

    assert shown == {
        "owner": (True, True, True, True, True, True, True),
        "manager": (True, True, True, True, True, True, True),
        "front_desk": (False, True, True, True, True, True, True),
        "trainer": (True, False, False, False, True, True, True),
        "accountant": (False, True, False, False, False, False, True),
        "read_only": (False, True, False, False, True, True, True),
    }
